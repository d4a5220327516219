"""manage.py pause: the kill switch for operators."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from approvals.models import PauseSwitch
from approvals.services import pauses
from crmgov.kernel.refusals import Refused
from crmgov.management.operators import admin_named


class Command(BaseCommand):
    help = "Stop new AI executions (everything, a workflow, an agent or an action), or let them run again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--workflow", metavar="NAME")
        what.add_argument("--agent", metavar="NAME")
        what.add_argument("--action", metavar="NAME")
        what.add_argument("--list", action="store_true", help="show what is paused")
        what.add_argument("--lift", type=int, metavar="NUMBER", help="end the pause of this number")
        parser.add_argument(
            "--cause",
            default=PauseSwitch.Cause.OTHER.value,
            choices=PauseSwitch.Cause.values,
            help="wrong: a wrong action, which also takes back what the cells it covers had earned",
        )
        parser.add_argument("--reason", default="", help="why; it is shown wherever something waits")
        parser.add_argument("--as", dest="email", default="", help="the admin who does this")

    def handle(self, **options: Any) -> None:
        if options["list"]:
            return self._list()
        user = admin_named(options["email"])
        try:
            if options["lift"] is not None:
                row = pauses.lift(pause_id=options["lift"], user=user, at=timezone.now())
                return self._say(row, "lifted")
            scope, target = _scope(options)
            row = pauses.pause(
                scope=scope,
                target=target,
                cause=options["cause"],
                reason=options["reason"],
                user=user,
                at=timezone.now(),
            )
        except Refused as refused:
            raise CommandError(refused.say) from refused
        return self._say(row, "paused")

    def _list(self) -> None:
        rows = PauseSwitch.objects.filter(lifted_at=None).select_related("paused_by").order_by("id")
        for row in rows:
            since = f"since {row.paused_at:%d %b %H:%M} UTC by {row.paused_by}"
            self.stdout.write(f"{row.pk}  {row}  {since}: {row.reason}")
        if not rows:
            self.stdout.write("Nothing is paused.")

    def _say(self, row: PauseSwitch, done: str) -> None:
        self.stdout.write(f"{row} {done} (number {row.pk}).")


def _scope(options: dict[str, Any]) -> tuple[str, str]:
    named = [(scope, options[scope]) for scope in ("workflow", "agent", "action") if options[scope]]
    return named[0] if named else ("all", "")
