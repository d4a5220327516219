"""At most one supervisor per data folder. The kernel frees the lock when its holder dies, however it dies."""

import fcntl
from pathlib import Path
from typing import IO

from crmgov.env.environment import Misconfigured

STARTING = "it is just starting"


def take(home: Path) -> IO[str]:
    """The lock of this folder, held while the file is open. Raises Misconfigured naming who holds it."""
    home.mkdir(parents=True, exist_ok=True)
    lock = open(home / "up.lock", "a+")  # noqa: SIM115 (held as long as we run)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        where = _read(lock)
        lock.close()
        raise Misconfigured(
            f"crmgov already runs from {home} ({where}): stop that one with Ctrl-C, "
            "or set CRMGOV_HOME to another folder."
        ) from None
    lock.truncate(0)
    return lock


def note(lock: IO[str], where: str) -> None:
    """Leave word for the next who asks."""
    lock.truncate(0)
    lock.write(where)
    lock.flush()


def _read(lock: IO[str]) -> str:
    lock.seek(0)
    return lock.read().strip() or STARTING
