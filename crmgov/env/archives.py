"""Backups: one file with everything in the database, made and read by Postgres' own tools.

The tools come with the embedded Postgres and serve any server of their version or older. Rights and owners are
left out: the role names of the place where it is restored apply. The broker's queues are left out too: messages
are doorbells, the rows are in the backup.
"""

import os
import shutil
import subprocess
from pathlib import Path
from subprocess import DEVNULL
from typing import IO, Any
from urllib.parse import quote

from crmgov.env.environment import Misconfigured
from crmgov.env.folders import shipped_installation

# In one transaction with the restored rows: a failed restore leaves what was there before.
WIPE = (
    b"DROP SCHEMA IF EXISTS public CASCADE;\nCREATE SCHEMA public;\nGRANT USAGE ON SCHEMA public TO PUBLIC;\n"
)
LOCK_TIMEOUT = "-c lock_timeout=10s"
LINES_OF_REASON = 6


class ArchiveRefused(Exception):
    """The backup or restore cannot be done; the message says why and what to do."""


def tool(name: str) -> str:
    """The path of pg_dump, pg_restore or psql."""
    try:
        shipped = shipped_installation() / "bin" / name
    except Misconfigured:
        shipped = Path(name)
    found = str(shipped) if shipped.exists() else shutil.which(name)
    if found is None:
        raise ArchiveRefused(f"{name} is not on this machine: install the PostgreSQL client programs.")
    return found


def connection_string(settings: dict[str, Any]) -> str:
    """A libpq address of a Django database entry, without its password (see `_variables`)."""
    user, name = quote(settings["USER"], safe=""), quote(settings["NAME"], safe="")
    host, port = quote(settings["HOST"] or "", safe=""), settings["PORT"] or "5432"
    return f"postgresql://{user}@/{name}?host={host}&port={port}"


def dump(settings: dict[str, Any], file: Path) -> int:
    """Write the whole database to `file` (mode 0600); returns its size in bytes. Never overwrites."""
    if file.exists():
        raise ArchiveRefused(f"{file} exists already: name another file, a backup is never overwritten.")
    if not file.parent.is_dir():
        raise ArchiveRefused(f"There is no folder {file.parent}: make it first.")
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    command = [tool("pg_dump"), "--format=custom", "--no-owner", "--no-privileges", "--exclude-schema=pgmq"]
    try:
        # Made here for its mode. Not over standard output: there pg_dump wrote its table of contents twice, and a
        # file cut short was restored without a word.
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        _run([*command, f"--file={draft}", connection_string(settings)], settings)
        draft.rename(file)
    finally:
        draft.unlink(missing_ok=True)
    return file.stat().st_size


def restore(settings: dict[str, Any], file: Path) -> None:
    """Replace everything in the database by what is in `file`, or change nothing."""
    if not file.is_file():
        raise ArchiveRefused(f"There is no file {file}.")
    script = file.with_name(f".{file.name}.{os.getpid()}.sql")
    try:
        with open(os.open(script, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as out:
            out.write(WIPE)
            out.flush()
            unpack = [tool("pg_restore"), "--no-owner", "--no-privileges", "--file=-", str(file)]
            _run(unpack, settings, stdout=out)
        apply = [tool("psql"), "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"]
        _run(
            [*apply, "--file", str(script), connection_string(settings)], settings, stdout=subprocess.DEVNULL
        )
    finally:
        script.unlink(missing_ok=True)


def _run(command: list[str], settings: dict[str, Any], *, stdout: int | IO[bytes] = DEVNULL) -> None:
    done = subprocess.run(
        command, env=_variables(settings), stdout=stdout, stderr=subprocess.PIPE, check=False
    )
    if done.returncode:
        reason = "\n".join(done.stderr.decode(errors="replace").strip().splitlines()[-LINES_OF_REASON:])
        raise ArchiveRefused(f"{Path(command[0]).name} refused:\n{reason}")


def _variables(settings: dict[str, Any]) -> dict[str, str]:
    """The password goes by the environment: a command line can be read by every user of the machine."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    options = settings.get("OPTIONS", {})
    if "sslmode" in options:
        kept["PGSSLMODE"] = str(options["sslmode"])
    return {**kept, "PGPASSWORD": str(settings.get("PASSWORD") or ""), "PGOPTIONS": LOCK_TIMEOUT}
