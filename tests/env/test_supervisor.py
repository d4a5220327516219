"""The supervisor keeps its children running, waits longer each time, and leaves nobody behind."""

import math
import os
import signal
import sys
import time
from pathlib import Path

import psutil
import pytest

from crmgov.env.heartbeat import HeartbeatWatch
from crmgov.env.supervisor import GRACE_SECONDS, Child, Supervisor
from tests.env.product import until

# Of what ends or begins by itself: when nothing is wrong, as soon as the machine comes to it.
PATIENCE_SECONDS = 60.0
SLEEPS = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]
DEAF = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)",
]


class Listener:
    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []

    def __call__(self, name: str, line: str) -> None:
        self.lines.append((name, line))


def running(command: list[str]) -> tuple[Supervisor, Child, Listener]:
    said = Listener()
    supervisor, child = Supervisor(say=said), Child("child", command)
    supervisor.add(child)
    until(lambda: ("child", "up") in said.lines, "its first line", PATIENCE_SECONDS)
    return supervisor, child, said


def test_lines_of_a_child_are_told_with_its_name_and_stop_ends_it() -> None:
    supervisor, child, _said = running(SLEEPS)
    assert child.process is not None
    pid = child.process.pid

    supervisor.stop()

    assert not child.alive
    assert not psutil.pid_exists(pid)


def test_a_dead_child_is_started_again_and_the_wait_grows() -> None:
    said = Listener()
    supervisor, child = Supervisor(say=said), Child("child", [sys.executable, "-c", "raise SystemExit(3)"])
    supervisor.add(child)
    waits = []
    for _ in range(3):
        until(lambda: not child.alive, "its end", PATIENCE_SECONDS)
        supervisor.look()
        waits.append(math.ceil(child.due - time.monotonic()))
        child.due = 0.0
        supervisor.look()

    assert waits == [1, 2, 4]
    assert ("child", "ended with 3; starting it again in 4 s") in said.lines
    supervisor.stop()


def test_a_child_that_does_not_listen_is_killed() -> None:
    supervisor, child, _said = running(DEAF)
    child.ask_to_stop()
    supervisor.look()
    assert child.alive
    child.kill_at = time.monotonic()

    supervisor.look()

    until(lambda: not child.alive, "its end", PATIENCE_SECONDS)
    supervisor.stop()


def test_a_second_signal_stops_at_once() -> None:
    supervisor, child, _said = running(DEAF)
    supervisor.stops = 2
    began = time.monotonic()

    supervisor.stop()

    assert time.monotonic() - began < GRACE_SECONDS / 2
    until(lambda: not child.alive, "its end", PATIENCE_SECONDS)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal is Linux's")
def test_a_killed_supervisor_takes_its_children_with_it(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    program = (
        "import sys, time; from crmgov.env.supervisor import *\n"
        f"s = Supervisor(say=lambda *a: None); c = Child('child', {SLEEPS!r}); s.add(c)\n"
        f"open({str(note)!r}, 'w').write(str(c.process.pid)); time.sleep(600)"
    )
    parent = psutil.Popen([sys.executable, "-c", program])
    until(lambda: note.exists() and bool(note.read_text()), "the child's number", PATIENCE_SECONDS)
    child = int(note.read_text())

    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()

    until(lambda: not psutil.pid_exists(child), "the end of the child", PATIENCE_SECONDS)


def watch_over(age: float | None, *, up_seconds: float) -> tuple[Child, Listener]:
    said, worker = Listener(), Child("worker", SLEEPS)
    worker.start(said)
    worker.started -= up_seconds
    HeartbeatWatch(dsn="", worker=worker, say=said, read_age=lambda dsn: age)()
    return worker, said


@pytest.mark.parametrize(
    ("age", "up_seconds", "restarted"),
    [
        (61.0, 90.0, True),
        (59.0, 90.0, False),
        (600.0, 10.0, False),  # it has just started and could not beat yet
        (None, 90.0, False),  # the database does not say: restarting would not help
    ],
)
def test_a_worker_whose_heart_stands_still_is_asked_to_stop(
    age: float | None, up_seconds: float, restarted: bool
) -> None:
    worker, said = watch_over(age, up_seconds=up_seconds)

    assert (worker.kill_at is not None) is restarted
    assert any("has not beaten" in line for _name, line in said.lines) is restarted
    worker.kill_group()
