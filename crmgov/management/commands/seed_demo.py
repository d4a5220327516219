"""Load the demo company into an empty database, or a large one for benchmarks."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from approvals import nudges
from approvals.services.signals import execution_made, records_moved
from crmgov.demo import company, large
from crmgov.env import environment
from crmgov.people.models import User
from crmgov.records.models import Account


class Command(BaseCommand):
    help = "Loads the demo company: people, records, agents and suggestions, told over eighteen months."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=int, default=company.SEED, help="the same seed, the same story")
        parser.add_argument(
            "--at", help="when the story ends, such as 2026-11-20T10:00+00:00; default is now"
        )

        parser.add_argument(
            "--accounts",
            type=int,
            metavar="N",
            help="instead of the story, N accounts with six contacts each and so on, for benchmarks",
        )
        parser.add_argument(
            "--beside",
            action="store_true",
            help="with --accounts: add them to the company that is here already",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        began, at = time.monotonic(), _moment(options["at"])

        def say(said: str) -> None:
            self.stdout.write(f"{time.monotonic() - began:5.1f} s  {said}")

        accounts = options["accounts"]
        _require_room(accounts, beside=options["beside"])
        with _no_doorbells():
            if accounts is None:
                company.load(at=at, seed=options["seed"], say=say)
            else:
                large.load(accounts=accounts, at=at, seed=options["seed"], say=say)
        say("done")


def _require_room(accounts: int | None, *, beside: bool) -> None:
    """Made-up records never come among real ones by accident."""
    if accounts is None:
        if User.objects.exists():
            raise CommandError("There are people here already; the demo only goes into an empty database.")
        return
    if accounts < 1:
        raise CommandError("--accounts takes a number from 1 on.")
    if not environment.read().embedded:
        raise CommandError(
            "A large company only goes into the embedded database, and DATABASE_URL names another."
        )
    there = Account.objects.count()
    if (there or User.objects.exists()) and not beside:
        raise CommandError(
            f"There is a company here already, with {there:,} accounts. --beside adds the made-up ones to it; "
            "nothing but their names tells them apart afterwards."
        )


@contextmanager
def _no_doorbells() -> Iterator[None]:
    """No worker runs yet, and the story runs its own executions: hundreds of messages would be for nobody."""
    execution_made.disconnect(dispatch_uid="nudge_execution")
    records_moved.disconnect(dispatch_uid="nudge_news")
    try:
        yield
    finally:
        nudges.connect()


def _moment(given: str | None) -> datetime:
    if given is None:
        return timezone.now()
    try:
        moment = datetime.fromisoformat(given)
    except ValueError as error:
        raise CommandError(f"“{given}” is not a moment like 2026-11-20T10:00+00:00.") from error
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)
