"""manage.py outcomes: read anew what became of accounts, contacts and deals."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from scoring.services import outcomes


class Command(BaseCommand):
    help = "Read outcomes (churned, renewed, won, lost) anew from the ledger and the histories of sources."

    def handle(self, **_: Any) -> None:
        done = outcomes.rebuild()
        self.stdout.write(f"{done.new} outcomes are new, {done.gone} are no more, {done.there} are there.")
