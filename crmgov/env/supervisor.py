"""One parent, a few children: start, watch, restart with back-off, stop. Runs in the main thread only.

The kernel ends a child when the *thread* that forked it dies, so every start, restarts too, happens here.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

GRACE_SECONDS = 15.0
LONGEST_WAIT_SECONDS = 30.0
STEADY_SECONDS = 30.0
TICK_SECONDS = 0.2
SET_PARENT_DEATH_SIGNAL = 1

Say = Callable[[str, str], None]
Watch = Callable[[], None]


@dataclass(slots=True)
class Child:
    """One program that should always run."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    started: float = 0.0
    due: float = 0.0
    kill_at: float | None = None

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self, say: Say) -> None:
        self.started, self.kill_at = time.monotonic(), None
        self.process = subprocess.Popen(
            self.command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C in a terminal reaches the supervisor only, which stops in order
            preexec_fn=_die_with(os.getpid()),
            env={**os.environ, "PYTHONUNBUFFERED": "1", **self.environment},
        )
        threading.Thread(target=self._pump, args=(self.process, say), daemon=True).start()

    def _pump(self, process: subprocess.Popen[bytes], say: Say) -> None:
        for line in process.stdout or ():
            say(self.name, line.decode("utf-8", "replace").rstrip())

    def ask_to_stop(self) -> None:
        """SIGTERM to the leader only: Celery and granian stop their children themselves."""
        if self.process is not None and self.alive:
            self.process.send_signal(signal.SIGTERM)
            self.kill_at = self.kill_at or time.monotonic() + GRACE_SECONDS

    def kill_group(self) -> None:
        """Whatever is left of it, also grandchildren whose leader is gone."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def seconds_up(self) -> float:
        return time.monotonic() - self.started if self.alive else 0.0


def _die_with(parent: int) -> Callable[[], None] | None:
    """In the child, before exec: end when the supervisor is killed. Linux only; elsewhere nothing."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None, use_errno=True)

    def arrange() -> None:
        # SIGTERM, not SIGKILL: a killed granian or prefork leader would orphan its own children.
        libc.prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)
        if os.getppid() != parent:  # it died between fork and here
            os._exit(1)

    return arrange


class Supervisor:
    """Keeps `children` running until SIGINT, SIGTERM or SIGHUP; calls `watches` between looks."""

    def __init__(self, *, say: Say, watches: Sequence[Watch] = ()) -> None:
        self.say = say
        self.watches = watches
        self.children: list[Child] = []
        self.stops = 0

    def take_signals(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop)

    def _stop(self, number: int, frame: object) -> None:
        self.stops += 1

    def add(self, child: Child) -> None:
        child.start(self.say)
        self.children.append(child)

    def run(self) -> None:
        while not self.stops:
            time.sleep(TICK_SECONDS)
            self.look()
        self.stop()

    def look(self) -> None:
        """One round: notice the dead, start the due, kill those that do not stop, ask the watches."""
        for child in self.children:
            self._look_at(child, time.monotonic())
        for watch in self.watches:
            watch()

    def _look_at(self, child: Child, now: float) -> None:
        if child.process is None:
            if now >= child.due:
                child.start(self.say)
        elif child.process.poll() is not None:
            self._bury(child, now)
        elif child.kill_at is not None and now >= child.kill_at:
            child.kill_group()

    def _bury(self, child: Child, now: float) -> None:
        child.kill_group()
        child.failures = 0 if now - child.started > STEADY_SECONDS else child.failures
        wait = min(LONGEST_WAIT_SECONDS, 2.0**child.failures)
        child.failures += 1
        code = child.process.returncode if child.process else None
        self.say(child.name, f"ended with {code}; starting it again in {wait:.0f} s")
        child.process, child.due = None, now + wait

    def stop(self) -> None:
        """Ask all, wait, then kill. A second Ctrl-C kills at once."""
        for child in self.children:
            child.ask_to_stop()
        deadline = time.monotonic() + GRACE_SECONDS
        while any(child.alive for child in self.children) and time.monotonic() < deadline and self.stops < 2:
            time.sleep(0.05)
        for child in self.children:
            child.kill_group()
