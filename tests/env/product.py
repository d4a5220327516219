"""A whole product in a folder of its own, for tests that start, kill and count."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil

from crmgov.env import folders, postgres
from tests.architecture.sources import CHECKOUT

READY_SECONDS = 600.0
WORDS = {"web": "granian", "worker": "worker", "beat": "beat"}


class Product:
    """`manage.py up --no-demo` as a person would run it, with its output kept."""

    def __init__(self, *, variables: dict[str, str] | None = None) -> None:
        # Not pytest's tmp_path: user nobody, who runs Postgres under root, may not walk there.
        self.home = Path(tempfile.mkdtemp(prefix="crmgov-test-"))
        self.home.chmod(0o711)
        self.port = free_port()
        self.variables = variables or {}
        self.lines: list[str] = []
        self.process: subprocess.Popen[str] | None = None

    def environment(self) -> dict[str, str]:
        # Also not what the tests set for themselves: the product runs with its pool.
        foreign = (
            "DATABASE_URL",
            "CELERY_BROKER_URL",
            "MIGRATION_DATABASE_URL",
            "DJANGO_SETTINGS_MODULE",
            "CRMGOV_NO_POOL",
        )
        kept = {name: value for name, value in os.environ.items() if name not in foreign}
        return {**kept, "CRMGOV_HOME": str(self.home), **self.variables}

    def start(self, *arguments: str) -> "Product":
        self.lines = []
        command = [sys.executable, "manage.py", "up", "--no-demo", "--port", str(self.port), *arguments]
        self.process = subprocess.Popen(
            command,
            cwd=CHECKOUT,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        threading.Thread(target=self._read, args=(self.process,), daemon=True).start()
        self.wait("stop with Ctrl-C")
        return self

    def _read(self, process: "subprocess.Popen[str]") -> None:
        for line in process.stdout or ():
            self.lines.append(line.rstrip())

    def said(self, words: str) -> bool:
        return any(words in line for line in self.lines)

    def wait(self, words: str) -> None:
        until(lambda: self.said(words), f"{words!r} in:\n" + "\n".join(self.lines[-30:]))

    @property
    def address(self) -> str:
        ready = next(line for line in self.lines if "ready: " in line)
        return ready.rpartition("ready: ")[2]

    def status(self, path: str) -> int:
        try:
            with urllib.request.urlopen(self.address + path, timeout=30) as answer:  # noqa: S310
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def child(self, name: str) -> psutil.Process | None:
        """The process the supervisor started as web, worker or beat."""
        if self.process is None:
            return None
        for child in psutil.Process(self.process.pid).children():
            with suppress(psutil.Error):  # a killed one, not yet buried
                if any(part.rpartition("/")[2] == WORDS[name] for part in child.cmdline()):
                    return child
        return None

    def postmaster(self) -> int | None:
        return postgres.pid(folders.find(self.home))

    def everything(self) -> list[psutil.Process]:
        found = psutil.Process(self.process.pid).children(recursive=True) if self.process else []
        return [process for process in found if process.name() != "postgres"]

    def kill(self, what: str) -> bool:
        """Kill -9 web, worker, beat or the database; False when it is just not there."""
        child = self.child(what) if what in WORDS else None
        pid = child.pid if child else self.postmaster() if what == "database" else None
        if pid is None:
            return False
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            return True
        return False

    def __enter__(self) -> "Product":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.remove()

    def interrupt(self) -> int:
        """Ctrl-C; returns the exit code, also of one that had ended before."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=READY_SECONDS)

    def manage(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a management command over this product's database."""
        command = [sys.executable, "manage.py", *arguments]
        given = {**self.environment(), "DJANGO_SUPERUSER_PASSWORD": "a long sentence of words"}
        return subprocess.run(command, cwd=CHECKOUT, env=given, capture_output=True, text=True, check=False)

    def remove(self) -> None:
        if self.process is not None:
            self.interrupt()
        where = folders.find(self.home)
        postgres.stop(where)
        shutil.rmtree(self.home, ignore_errors=True)


def until(true: Callable[[], bool], what: str, seconds: float = READY_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:.0f} s in vain for {what}")
        time.sleep(0.1)


def free_port() -> int:
    """A port nobody listens on: tests never share a fixed one with whatever else runs here."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
