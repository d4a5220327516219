"""Is the worker alive? A beat task writes a row through the whole chain: beat, broker, worker, database.

A busy worker can lose its broker connection for good and still be a running process; only the row tells.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import psycopg

from crmgov.env.supervisor import Child

STALE_SECONDS = 60.0
LOOK_EVERY_SECONDS = 5.0
AGE = "SELECT extract(epoch FROM now() - max(beat_at))::float FROM approvals_heartbeat"


def age_seconds(dsn: str) -> float | None:
    """Seconds since the last beat; None when there is none or the database does not say."""
    try:
        with psycopg.connect(dsn, connect_timeout=3) as connection:
            row = connection.execute(AGE).fetchone()
    except psycopg.Error:
        return None
    return row[0] if row else None


@dataclass(slots=True)
class HeartbeatWatch:
    """Restarts the worker when it has been up long enough to beat and the last beat is old."""

    dsn: str
    worker: Child
    say: Callable[[str, str], None]
    read_age: Callable[[str], float | None] = age_seconds
    stale_seconds: float = STALE_SECONDS
    looked: float = 0.0

    def __call__(self) -> None:
        now = time.monotonic()
        if now - self.looked < LOOK_EVERY_SECONDS or self.worker.kill_at is not None:
            return
        if self.worker.seconds_up() < self.stale_seconds:
            return
        self.looked = now
        age = self.read_age(self.dsn)
        if age is not None and age > self.stale_seconds:
            self.say("up", f"the worker has not beaten for {age:.0f} s; restarting it")
            self.worker.ask_to_stop()
