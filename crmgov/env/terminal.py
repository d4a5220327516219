"""What the starter tells the person at the terminal: one prefixed line per event."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Sequence

from crmgov.env.environment import CHECKOUT, Misconfigured


def say(name: str, line: str) -> None:
    """A closed terminal must not stop the product."""
    with contextlib.suppress(BrokenPipeError):
        print(f"{time.strftime('%H:%M:%S')} {name:<6} | {line}", flush=True)  # noqa: T201


def manage(name: str, *arguments: str, tell: bool = True) -> str:
    """Run one management command in a process of its own, telling its lines as they come; returns them.

    Raises Misconfigured when it fails: what it said stands above.
    """
    command = [sys.executable, str(CHECKOUT / "manage.py"), *arguments]
    lines: list[str] = []
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True
    ) as process:
        for line in process.stdout or ():
            lines.append(line.rstrip())
            if tell:
                say(name, lines[-1])
    if process.returncode:
        _tell_all(name, [] if tell else lines)
        raise Misconfigured(f"`manage.py {' '.join(arguments)}` failed; the reason stands above.")
    return "\n".join(lines)


def _tell_all(name: str, lines: Sequence[str]) -> None:
    for line in lines:
        say(name, line)
