"""Work that falls due so many times a second, workers that do it, and somebody who pulls the kill switch meanwhile."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event, Thread
from typing import Any

from django.db import connections
from django.utils import timezone

from approvals.models import Execution, Suggestion
from approvals.rules.vocabulary import Level
from approvals.services import executions, pauses
from tests.decisions import scene

# INVARIANTS L3.
AT_MOST_SECONDS = 5.0
WORKERS = 2
LOOKS_EVERY_SECONDS = 0.02
DUE = """
UPDATE approvals_execution x SET due_at = now() + make_interval(secs => n.place * %s) FROM (
  SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM approvals_execution WHERE status = 'pending') n
WHERE n.id = x.id"""


@dataclass(frozen=True, slots=True)
class Trial:
    """What was done by the time of the pause, seconds from the pause to the last one done, and what was left."""

    done: int
    last_after_seconds: float
    left_due: int

    @property
    def held(self) -> bool:
        """It stopped in time, and there was something to stop."""
        return self.done > 0 and self.left_due > 0 and self.last_after_seconds <= AT_MOST_SECONDS


def prepare(number: int) -> None:
    """So many executions that a policy let run, each of its own account."""
    scene.reviewer()
    scene.publish(level=Level.EXECUTE, daily_actions=10_000, **scene.UNHURRIED)
    scene.grant(scene.propose(scene.account("The first"), employees=300))
    for place in range(number):
        made = scene.propose(scene.account(f"Quay {place}"), employees=301 + place, level="execute")
        assert made.status == Suggestion.Status.APPROVED


def pull(*, a_second: float, before_seconds: float, after_seconds: float, **what: Any) -> Trial:
    """Let what is prepared fall due `a_second` times each second, pause `what` and watch for a while longer."""
    with connections["default"].cursor() as cursor:
        cursor.execute(DUE, [1 / a_second])
    stop, seen = Event(), _Seen()
    with ThreadPoolExecutor(WORKERS + 1) as pool:
        crew = [pool.submit(_work, stop) for _ in range(WORKERS)]
        crew.append(pool.submit(seen.watch, stop))
        time.sleep(before_seconds)
        pauses.pause(reason="a test", user=scene.admin(), at=timezone.now(), **what)
        paused = time.monotonic()
        done = seen.done
        time.sleep(after_seconds)
        stop.set()
        for one in crew:
            one.result()
    due = Execution.objects.filter(status=Execution.Status.PENDING, due_at__lte=timezone.now())
    return Trial(done, max(seen.changed - paused, 0.0), due.count())


@dataclass(slots=True)
class _Seen:
    """How many were done, as anybody else in the database sees it, and when that last changed."""

    done: int = 0
    changed: float = 0.0

    def watch(self, stop: Event) -> None:
        try:
            while not stop.is_set():
                done = Execution.objects.filter(status=Execution.Status.SUCCEEDED).count()
                if done != self.done:
                    self.done, self.changed = done, time.monotonic()
                time.sleep(LOOKS_EVERY_SECONDS)
        finally:
            connections.close_all()


def _work(stop: Event) -> None:
    """As the product's workers do: whatever is due, again and again."""
    try:
        while not stop.is_set():
            if not executions.drain(at=timezone.now()):
                time.sleep(LOOKS_EVERY_SECONDS)
    finally:
        connections.close_all()


def paused_between_claim_and_write(**what: Any) -> None:
    """Somebody else pauses, on a connection of their own, while a batch is held."""

    def press() -> None:
        try:
            pauses.pause(reason="a test", user=scene.admin(), at=timezone.now(), **what)
        finally:
            connections.close_all()

    other = Thread(target=press)
    other.start()
    other.join()
