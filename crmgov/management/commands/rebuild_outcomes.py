"""manage.py rebuild_outcomes: tell anew what became of every suggestion."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from approvals.services import outcomes


class Command(BaseCommand):
    help = "Tell the outcomes behind bands, studio and autonomy anew from the rows; `--check` only compares."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing; exit 1 where they differ")

    def handle(self, *, check: bool, **_: Any) -> None:
        differing = outcomes.differing()
        said = f"{differing} rows differ" if differing else "no row differs"
        if not check:
            self.stdout.write(f"{said}; {outcomes.rebuild(at=timezone.now())} outcomes told anew")
        elif differing:
            raise CommandError(f"{said}. Run rebuild_outcomes.")
        else:
            self.stdout.write(said)
