"""The files the architecture tests read: what git tracks, or would track."""

import subprocess
from functools import cache
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
GENERATED = "/migrations/"


@cache
def tracked() -> tuple[Path, ...]:
    """Tracked files and new ones that are not ignored, so that a mistake is found before it is committed."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout
    return tuple(path for line in listed.splitlines() if (path := CHECKOUT / line).is_file())


def python_files() -> list[Path]:
    """Our Python, without generated migrations."""
    return [path for path in tracked() if path.suffix == ".py" and GENERATED not in path.as_posix()]


def templates() -> list[Path]:
    return [path for path in tracked() if path.suffix in (".html", ".svg") and "templates" in path.parts]


def name(path: Path) -> str:
    return path.relative_to(CHECKOUT).as_posix()
