"""Import a file, or a folder of a source's files, or put an import back.

manage.py import_crm --source csv accounts.csv --object accounts [--mapping FILE] [--dry-run]
manage.py import_crm FOLDER --adapter hubspot --source hubspot [--dry-run]
manage.py import_crm --revert ID --reason WHY [--dry-run]
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from time import sleep
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from crmgov.kernel.refusals import Refused
from crmgov.people.models import User
from crmgov.records.imports import mappings
from crmgov.records.imports.adapters import ADAPTERS
from crmgov.records.imports.catalog import GOVERNED, LISTS
from crmgov.records.imports.reports import REWRITTEN, Remark, Report
from crmgov.records.management.import_lines import folder_json, folder_lines, plan_lines, revert_lines
from crmgov.records.models import Import, ImportRevert, ImportRun
from crmgov.records.services import import_folders, import_whole_reverts, imports
from crmgov.records.services.import_outlooks import outlook
from crmgov.records.services.import_reverts import TwoPeopleNeeded
from crmgov.records.services.imports import Imported

SECONDS_BETWEEN_LOOKS = 0.5


class Command(BaseCommand):
    help = "Import a CSV file of one object or a folder of files, or revert an import. Running it confirms the import."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", nargs="?", type=Path, help="the CSV file, or a folder of them")
        parser.add_argument("--adapter", choices=sorted(ADAPTERS), help="how a folder's files are read")
        parser.add_argument("--source", default="csv", help="whose external ids these are, for example csv")
        parser.add_argument("--object", choices=sorted([*GOVERNED, *LISTS]), help="what a row is")
        parser.add_argument("--mapping", type=Path, help="a JSON file that says which column is which field")
        parser.add_argument("--encoding", default="", help="of the file, when it is not UTF-8")
        parser.add_argument("--dry-run", action="store_true", help="do everything and leave nothing behind")
        parser.add_argument("--json", action="store_true", help="print one JSON object on the last line")
        parser.add_argument("--as", dest="confirmed_by", default="", metavar="E-MAIL", help="who confirms it")
        parser.add_argument("--revert", type=UUID, metavar="ID", help="put the import with this id back")
        parser.add_argument("--reason", default="", help="why it is reverted")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["revert"] and Import.objects.filter(pk=options["revert"]).exists():
                self._revert_whole(options)
            elif options["revert"]:
                self._revert(options)
            elif options["path"] and options["path"].is_dir():
                self._import_folder(options)
            else:
                self._import(options)
        except Refused as refused:
            raise CommandError(refused.say) from refused

    def _import(self, options: dict[str, Any]) -> None:
        if not options["path"] or not options["object"]:
            raise CommandError(
                "Name the file and what its rows are: import_crm accounts.csv --object accounts."
            )
        user = imports.confirming_admin(options["confirmed_by"])
        imported = imports.run(
            source_name=options["source"],
            object_name=options["object"],
            path=options["path"],
            mapping=mappings.load(options["mapping"]) if options["mapping"] else None,
            confirmed_by=user,
            at=timezone.now(),
            dry_run=options["dry_run"],
            encoding=options["encoding"],
        )
        self._say(imported, options["path"].name, options["source"], str(user))
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(imported), ensure_ascii=False))

    def _import_folder(self, options: dict[str, Any]) -> None:
        if not options["adapter"]:
            raise CommandError(f"Say how the files are read: --adapter {', '.join(sorted(ADAPTERS))}.")
        if options["object"] or options["mapping"] or options["encoding"]:
            raise CommandError("--object, --mapping and --encoding go with one file, not with a folder.")
        user = imports.confirming_admin(options["confirmed_by"])
        brought = import_folders.bring(
            folder=options["path"],
            adapter=options["adapter"],
            source_name=options["source"],
            user=user,
            at=timezone.now(),
            dry_run=options["dry_run"],
            say=self.stdout.write,
        )
        for line in folder_lines(brought, options["source"], str(user)):
            self.stdout.write(line)
        if options["json"]:
            self.stdout.write(json.dumps(folder_json(brought), ensure_ascii=False))

    def _revert_whole(self, options: dict[str, Any]) -> None:
        """Show the plan, propose it, or, as a second admin, confirm what was proposed."""
        user = imports.confirming_admin(options["confirmed_by"])
        plan = import_whole_reverts.plan(import_id=options["revert"], user=user)
        for line in plan_lines(plan):
            self.stdout.write(line)
        outcome: dict[str, Any] = {"import": str(options["revert"]), "plan": plan.counts}
        if not options["dry_run"]:
            made = self._go_back(options["revert"], user, options["reason"])
            if made.status == ImportRevert.Status.FAILED:
                raise CommandError(f"It stopped. {made.outcome['problem']} Propose it again for the rest.")
            for line in revert_lines(made):
                self.stdout.write(line)
            outcome |= {"status": made.status, "revert": made.outcome.get("counts", {})}
        if options["json"]:
            self.stdout.write(json.dumps(outcome, ensure_ascii=False))

    def _go_back(self, import_id: UUID, user: User, reason: str) -> ImportRevert:
        waiting = ImportRevert.objects.filter(
            parent_id=import_id, status=ImportRevert.Status.PROPOSED
        ).first()
        if waiting is None:
            return import_whole_reverts.propose(
                import_id=import_id, user=user, reason=reason, at=timezone.now()
            )
        import_whole_reverts.confirm(revert_id=waiting.pk, user=user, at=timezone.now())
        # A worker may have begun; whoever is first does it.
        while ImportRevert.objects.get(pk=waiting.pk).status == ImportRevert.Status.RUNNING:
            if not import_whole_reverts.go_on(revert_id=waiting.pk, at=timezone.now()):
                sleep(SECONDS_BETWEEN_LOOKS)
        waiting.refresh_from_db()
        return waiting

    def _say(self, imported: Imported, file_name: str, source: str, user: str) -> None:
        report = imported.report
        what = report.object.replace("_", " ")
        tense = "would be confirmed" if imported.run is None else "confirmed"
        self.stdout.write(
            f"{what} from {file_name} (source {source}, {tense} by {user}): {report.read} rows read"
        )
        self.stdout.write(
            f"  {report.new} new, {report.changed} changed, {report.unchanged} unchanged, "
            f"{report.refused.total()} refused; {report.conflicts} conflicts"
        )
        self._say_remarks("refused", report, report.refused)
        rewritten = Counter({key: n for key, n in report.reported.items() if key.startswith(REWRITTEN)})
        self._say_remarks("taken, and to be looked at", report, report.reported - rewritten)
        self._say_remarks("stored in another form", report, rewritten, rest="like these")
        for sentence, count in report.readings.items():
            self.stdout.write(f"  {sentence}: {count} values")
        if report.without_place:
            self.stdout.write(
                f"  not taken, for {what} have no place for them: {', '.join(report.without_place)}"
            )
        if imported.run is None:
            self.stdout.write("  A dry run: nothing was kept.")
        else:
            self.stdout.write(f"  To put it back: import_crm --revert {imported.run.pk} --reason WHY")

    def _say_remarks(
        self, title: str, report: Report, counts: Counter[str], rest: str = "kept with the import"
    ) -> None:
        for reason, count in counts.most_common():
            self.stdout.write(f"  {title}: {count} × {reason}")
            for remark in report.examples.get(reason, []):
                self.stdout.write(f"    {_line(remark)}")
            if count > len(report.examples.get(reason, [])):
                self.stdout.write(f"    … and {count - len(report.examples[reason])} more, {rest}")

    def _revert(self, options: dict[str, Any]) -> None:
        """Put a single file's run back; above 100 records as the whole import it is from then on."""
        run_id, user = options["revert"], imports.confirming_admin(options["confirmed_by"])
        if options["dry_run"]:
            run = list(ImportRun.objects.filter(pk=run_id))
            if not run:
                raise CommandError(f"There is no import {run_id}.")
            for line in plan_lines(outlook(run)):
                self.stdout.write(line)
            return
        try:
            outcomes = imports.revert(run_id=run_id, user=user, reason=options["reason"], at=timezone.now())
        except TwoPeopleNeeded:
            import_whole_reverts.as_whole(run_id=run_id, user=user)
            self._revert_whole(options)
            return
        counts = Counter(outcome.result for outcome in outcomes)
        for outcome in outcomes:
            if outcome.say:
                self.stdout.write(f"  {outcome.label}: {outcome.result}. {outcome.say}")
        self.stdout.write(
            ", ".join(f"{count} {result}" for result, count in sorted(counts.items())) or "nothing"
        )
        if options["json"]:
            self.stdout.write(json.dumps({"run": str(options["revert"]), "revert": dict(counts)}))


def _line(remark: Remark) -> str:
    where = f"line {remark.line}" + (f", {remark.column}" if remark.column else "")
    value = f" “{remark.value[:60]}”" if remark.value else ""
    return f"{where}{value}: {remark.say}"


def _as_json(imported: Imported) -> dict[str, Any]:
    return {
        "objects": {imported.report.object: imported.report.counts()},
        "run": None if imported.run is None else str(imported.run.pk),
    }
