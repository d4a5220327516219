"""Two reviewers on one item, 200 times, with threads: one decision each."""

from __future__ import annotations

import os
import time


def run(rounds: int) -> int:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    from django.db import connections
    from django.test.utils import setup_databases, teardown_databases

    from crmgov.env import databases, environment

    databases.ensure(environment.read())
    made = setup_databases(verbosity=0, interactive=False, databases={"default", "owner"})
    try:
        return _race(rounds)
    finally:
        # `default` mirrors `owner`, and only the latter is closed before its database is dropped.
        connections.close_all()
        teardown_databases(made, verbosity=0)


def _race(rounds: int) -> int:
    from tests.decisions import scene
    from tests.races.reviewers import race

    reviewers = scene.reviewer(), scene.reviewer("Tom Becker")
    scene.publish(**scene.UNHURRIED)
    suggestions = [scene.propose(scene.account(f"Account {n}"), employees=310) for n in range(rounds)]
    started = time.monotonic()
    tally = race(suggestions, reviewers)
    print(
        f"{rounds} races in {time.monotonic() - started:.1f} s: {tally.won} decided, {tally.told} were told;"
    )
    print(f"decisions per suggestion {dict(tally.decisions)}, anything else {dict(tally.odd)}")
    print("fair" if tally.fair else "NOT FAIR")
    return 0 if tally.fair else 1
