"""Take everything out: manage.py export_crm --format hubspot DIR [--source NAME] [--changes-since T] [--json]."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from crmgov.kernel.refusals import Refused
from crmgov.records.models import Export
from crmgov.records.services import exports, imports

LAST = "last"


class Command(BaseCommand):
    help = "Write all records, consents and their history as CSV files in the headings and ids of a source."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="a new or empty folder")
        parser.add_argument("--format", required=True, choices=list(exports.SHEETS), help="whose headings")
        parser.add_argument("--source", default="", help="whose ids; the format's name when it is left out")
        parser.add_argument(
            "--changes-since",
            metavar="T",
            default="",
            help="only what others than the source changed since a time like 2026-03-31T09:00Z (UTC when it names no "
            f"zone), or since the “{LAST}” export",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object on the last line")
        parser.add_argument(
            "--as", dest="user", default="", metavar="E-MAIL", help="the admin who asks for it"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        since = options["changes_since"]
        try:
            made = exports.export(
                export_format=options["format"],
                source_name=options["source"] or options["format"],
                user=imports.confirming_admin(options["user"]),
                at=timezone.now(),
                into=options["folder"],
                only_changes=since == LAST,
                since=_time(since) if since and since != LAST else None,
            )
        except Refused as refused:
            raise CommandError(refused.say) from refused
        self._say(made, options["folder"])
        if options["json"]:
            self.stdout.write(json.dumps({"export": made.pk, "files": made.counts}))

    def _say(self, made: Export, folder: Path) -> None:
        what = "Changes" if made.only_changes else "Everything"
        self.stdout.write(
            f"{what} for {made.source} in the headings of {made.get_format_display()}, in {folder}:"
        )
        for name, rows in made.counts.items():
            self.stdout.write(f"  {name}: {rows} rows")
        if not made.counts:
            self.stdout.write("  nothing: the source knows all of it.")


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"“{text}” is neither “{LAST}” nor a time like 2026-03-31T09:00Z.") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)
