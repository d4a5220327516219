"""The kill switch under 50 executions a second, and under a batch of 1,000 that is being written: when is the last one?

Seen from outside, by what another connection finds committed.
"""

from __future__ import annotations

import os
import time

A_SECOND = 50
AFTER_SECONDS = 12.0
BATCH = 1_000


def run(seconds: int) -> int:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    from django.db import connections
    from django.test.utils import setup_databases, teardown_databases

    from crmgov.env import databases, environment

    databases.ensure(environment.read())
    made = setup_databases(verbosity=0, interactive=False, databases={"default", "owner"})
    try:
        return 0 if _streams(seconds) and _batch() else 1
    finally:
        # `default` mirrors `owner`, and only the latter is closed before its database is dropped.
        connections.close_all()
        teardown_databases(made, verbosity=0)


def _streams(seconds: int) -> bool:
    """Each way to pause, one after the other, under the stream."""
    from tests.decisions import scene
    from tests.races import kill_switch

    held = True
    number = int((seconds + AFTER_SECONDS) * A_SECOND)
    for what in (
        {"scope": "all"},
        {"scope": "workflow", "target": scene.WORKFLOW},
        {"scope": "agent", "target": "Enricher"},
        {"scope": "action", "target": "set_fields"},
    ):
        _forget()
        kill_switch.prepare(number)
        trial = kill_switch.pull(
            a_second=A_SECOND, before_seconds=seconds, after_seconds=AFTER_SECONDS, **what
        )
        said = " ".join(what.values())
        print(
            f"{said}: {trial.done} done in {seconds} s at {A_SECOND} a second; the last one "
            f"{trial.last_after_seconds:.2f} s after the pause (5 s allowed); {trial.left_due} due and left"
        )
        held = held and trial.held
    return held


def _batch() -> bool:
    """All due at once: the pause comes while one transaction writes them all."""
    from tests.races import kill_switch

    _forget()
    kill_switch.prepare(BATCH)
    held = True
    for before in (0.05, 0.4):
        started = time.monotonic()
        trial = kill_switch.pull(
            a_second=1_000_000.0, before_seconds=before, after_seconds=AFTER_SECONDS, scope="all"
        )
        print(
            f"a batch of {BATCH}, paused after {before} s: the last one {trial.last_after_seconds:.2f} s after the "
            f"pause (5 s allowed), {trial.left_due} left, {time.monotonic() - started:.0f} s in all"
        )
        held = held and trial.last_after_seconds <= kill_switch.AT_MOST_SECONDS
        _lift()
    return held


def _lift() -> None:
    from approvals.models import PauseSwitch
    from approvals.services import pauses
    from tests.decisions import scene

    for row in PauseSwitch.objects.filter(lifted_at=None):
        pauses.lift(pause_id=row.pk, user=scene.admin(), at=row.paused_at)


def _forget() -> None:
    """An empty database again, as between transactional tests."""
    from django.core.management import call_command

    call_command("flush", database="owner", verbosity=0, interactive=False)
