"""Start, watch and stop the embedded Postgres. It outlives whoever started it; the next start re-attaches."""

import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crmgov.env import folders as places
from crmgov.env.environment import Misconfigured
from crmgov.env.folders import Folders

SUPERUSER = "postgres"
START_SECONDS = 60.0
STOP_SECONDS = 30.0
ATTEMPTS = 40
# Tests may lose their database in a power cut; people may not. And what the planner knows of a table is what a test
# gathers, never what the server happened to count in between.
TEST_OPTIONS = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum_analyze_threshold=2000000000",
    "autovacuum_vacuum_insert_threshold=-1",
    "autovacuum_vacuum_threshold=20000",
)

# Servers this process started, so that a killed one is reaped instead of staying a zombie with our lock file.
_started: list[subprocess.Popen[bytes]] = []


def ensure_running(home: Path, *, options: tuple[str, ...] = ()) -> Folders:
    """Make the cluster if there is none, start it if it is down. Safe to call from many processes at once."""
    folders = places.find(home)
    with _alone(home):
        places.make(folders)
        if not (folders.data / "PG_VERSION").exists():
            _initialize(folders)
        if pid(folders) is None:
            _start(folders, options)
        _wait_ready(folders)
    return folders


def stop(folders: Folders) -> None:
    """Fast shutdown: open transactions roll back, a checkpoint is written."""
    running = pid(folders)
    if running is None:
        return
    os.kill(running, signal.SIGINT)
    deadline = time.monotonic() + STOP_SECONDS
    while pid(folders) is not None and time.monotonic() < deadline:
        time.sleep(0.02)


def pid(folders: Folders) -> int | None:
    """The living postmaster of this data folder. A zombie and a reused number count as dead."""
    _reap()
    try:
        number = int((folders.data / "postmaster.pid").read_text().splitlines()[0])
        os.kill(number, 0)
    except PermissionError as refused:
        whose = refused.filename or folders.data
        raise Misconfigured(f"{whose} is another user's: start as that user.") from refused
    except (OSError, ValueError, IndexError):
        return None
    return number if _lives_in(number, folders.data) else None


def _reap() -> None:
    _started[:] = [process for process in _started if process.poll() is None]


def _lives_in(number: int, data: Path) -> bool:
    if not Path("/proc/self").exists():  # macOS: no cheap proof, the lock file's number must do
        return True
    try:
        return Path(f"/proc/{number}/cwd").readlink() == data.resolve()
    except OSError:  # a zombie has no working directory any more
        return False


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    home.mkdir(parents=True, exist_ok=True)
    with open(home / "start.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**kept, "LC_ALL": "C.UTF-8"}


def _initialize(folders: Folders) -> None:
    command = [str(folders.binaries / "initdb"), "-D", str(folders.data), "-U", SUPERUSER, "-A", "trust"]
    command += ["--locale=C.UTF-8", "-E", "UTF8", "--no-instructions"]
    done = subprocess.run(
        command,
        env=_environment(),
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        **folders.identity(),
    )
    if done.returncode:
        raise Misconfigured(f"Postgres could not make its data folder {folders.data}:\n{done.stderr.strip()}")


def _start(folders: Folders, options: tuple[str, ...]) -> None:
    for _attempt in range(ATTEMPTS):
        process = _spawn(folders, options)
        while process.poll() is None and not answers(folders):
            time.sleep(0.05)
        if process.poll() is None:
            _started.append(process)
            return
        # Dying backends of a killed server still hold its shared memory for a moment.
        _drop_dead_lock(folders)
        time.sleep(0.25)
    raise Misconfigured(f"Postgres did not start; its last words are in {folders.log}:\n{_tail(folders.log)}")


def _spawn(folders: Folders, options: tuple[str, ...]) -> subprocess.Popen[bytes]:
    settings = ["listen_addresses=", f"unix_socket_directories={folders.socket}", "max_connections=120"]
    command = [str(folders.binaries / "postgres"), "-D", str(folders.data)]
    for setting in (*settings, *options):
        command += ["-c", setting]
    with open(folders.log, "ab") as log:
        if folders.runs_as is not None:
            os.fchown(log.fileno(), folders.runs_as, -1)
        return subprocess.Popen(
            command,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            env=_environment(),
            cwd="/",
            **folders.identity(),
        )


def _drop_dead_lock(folders: Folders) -> None:
    """A zombie postmaster (nobody reaps in a bare container) blocks its successor: remove its lock file.

    Only when no process works in the data folder any more: then no backend can hold shared memory.
    """
    if pid(folders) is None and not any(_lives_in(number, folders.data) for number in _processes()):
        (folders.data / "postmaster.pid").unlink(missing_ok=True)


def _processes() -> list[int]:
    if not Path("/proc/self").exists():
        return [os.getpid()]
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def answers(folders: Folders) -> bool:
    """True when the server takes connections."""
    command = [str(folders.binaries / "pg_isready"), "-q", "-h", str(folders.socket), "-U", SUPERUSER]
    return (
        subprocess.run([*command, "-d", "postgres"], env=_environment(), cwd="/", check=False).returncode == 0
    )


def _wait_ready(folders: Folders) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not answers(folders):
        if time.monotonic() > deadline:
            raise Misconfigured(f"Postgres does not answer after {START_SECONDS:.0f} s; see {folders.log}.")
        time.sleep(0.05)


def _tail(log: Path, lines: int = 5) -> str:
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return "(no log)"
