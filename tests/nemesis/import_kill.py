"""50,000 rows imported while the worker is killed -9, in the preview and in the middle: each row exactly once."""

from __future__ import annotations

import io
import os
import sys
import time
from datetime import datetime
from typing import TYPE_CHECKING

from tests.env.product import Product

if TYPE_CHECKING:
    from crmgov.people.models import User
    from crmgov.records.models import Import

# The worker dies once in the preview and whenever so much of the import is written.
KILLS_AT_PERCENT = (5, 25, 45, 65, 85)
SECONDS_INTO_THE_PREVIEW = 6.0
SECONDS_FOR_A_STEP = 900.0
# Every so-manieth row is one of these.
REPEATED, WITHOUT_ID, BAD_MAIL = 100, 250, 400


def run(number: int) -> int:
    with Product() as product:
        os.environ.update(product.environment(), DJANGO_SETTINGS_MODULE="crmgov.settings", CRMGOV_NO_POOL="1")
        import django

        django.setup()
        return _Trial(product, number).run()


class _Trial:
    def __init__(self, product: Product, number: int) -> None:
        self.product, self.number = product, number
        self.kills = 0

    def run(self) -> int:
        from crmgov.people.models import Role
        from tests.world import a_user

        user = a_user("Ada Admin", Role.ADMIN)
        parent = self._previewed(user)
        self._confirm(parent, user)
        self._shoot(parent)
        return self._judge(parent)

    def _previewed(self, user: User) -> Import:
        from crmgov.records.services import import_checks, import_choices, import_files

        at = self._now()
        parent = import_files.start(user=user, source_name="nemesis", adapter="csv", at=at)
        stream = io.BytesIO(self._file().encode())
        file = import_files.add_file(
            import_id=parent.pk, user=user, name="contacts.csv", stream=stream, at=at
        )
        import_choices.choose(
            import_id=parent.pk,
            file_id=file.pk,
            user=user,
            object_name="contacts",
            mapping=import_choices.suggest_mapping(file=file, object_name="contacts"),
            reading={},
            at=at,
        )
        import_checks.ask_check(import_id=parent.pk, user=user, at=self._now())
        time.sleep(SECONDS_INTO_THE_PREVIEW)
        self._kill("in the preview")
        self._wait_for(parent, "ready")
        return parent

    def _file(self) -> str:
        lines = ["id,first name,last name,email,title"]
        for number in range(1, self.number + 1):
            known = number - 1 if number % REPEATED == 0 else number
            key = "" if number % WITHOUT_ID == 1 else known
            mail = "nobody" if number % BAD_MAIL == 2 else f"person{known}@imports.example"
            lines.append(f"{key},Ada,Person {known},{mail},Engineer")
        return "\n".join(lines) + "\n"

    def _confirm(self, parent: Import, user: User) -> None:
        from crmgov.records.models import Contact
        from crmgov.records.services import import_confirmations

        assert not Contact.objects.exists(), "the preview left something behind"
        import_confirmations.confirm(
            import_id=parent.pk, user=user, seen_fingerprint=parent.fingerprint, at=self._now()
        )

    def _shoot(self, parent: Import) -> None:
        began = time.monotonic()
        for percent in KILLS_AT_PERCENT:
            while not self._is_at(parent, percent):
                if time.monotonic() - began > SECONDS_FOR_A_STEP:
                    raise RuntimeError(f"{parent.rows_done} rows after {SECONDS_FOR_A_STEP:.0f} s")
                time.sleep(0.05)
            self._kill(f"after {parent.rows_done} rows")
        self._wait_for(parent, "done")
        print(f"{self.number} rows in {time.monotonic() - began:.0f} s", flush=True)

    def _is_at(self, parent: Import, percent: int) -> bool:
        parent.refresh_from_db()
        return parent.status == "done" or parent.rows_done * 100 >= percent * self.number

    def _kill(self, when: str) -> None:
        if self.product.kill("worker"):
            self.kills += 1
            print(f"killed the worker {when}", flush=True)

    def _wait_for(self, parent: Import, status: str) -> None:
        deadline = time.monotonic() + SECONDS_FOR_A_STEP
        parent.refresh_from_db()
        while parent.status != status:
            if parent.status in {"open", "failed"} or time.monotonic() > deadline:
                raise RuntimeError(f"The import is {parent.status}: {parent.problem}")
            time.sleep(0.3)
            parent.refresh_from_db()

    def _judge(self, parent: Import) -> int:
        from crmgov.records.models import (
            ChangeSet,
            Contact,
            ExternalId,
            FieldChange,
            ImportRefusal,
            ImportRun,
            RecordEvent,
        )

        run = ImportRun.objects.get(parent=parent)
        written = ChangeSet.objects.filter(import_run_id=run.pk)
        ledger = FieldChange.objects.filter(change_set__in=written, field="last_name")
        repeated = sum(1 for number in range(1, self.number + 1) if number % REPEATED == 0)
        without_id = sum(1 for number in range(1, self.number + 1) if number % WITHOUT_ID == 1)
        people = self.number - repeated - without_id
        found = {
            "contacts": Contact.objects.count(),
            "external ids": ExternalId.objects.filter(kind="contact").count(),
            "ledger rows": ledger.count(),
            "records in the ledger": ledger.values("record_id").distinct().count(),
            "events of making": RecordEvent.objects.filter(kind="created", record_type="contact").count(),
            "snapshots": Contact.history.count(),
            "counted new": run.counts["new"],
        }
        problems = [f"{name}: {number}, not {people}" for name, number in found.items() if number != people]
        refused = ImportRefusal.objects.filter(run=run, row_taken=False).count()
        if not refused == sum(run.counts["refused"].values()) == without_id:
            problems.append(
                f"refused: {refused} kept, {run.counts['refused']} counted, {without_id} in the file"
            )
        if run.counts["unchanged"] != repeated or run.counts["read"] != self.number:
            problems.append(f"unchanged {run.counts['unchanged']}, read {run.counts['read']}")
        if not run.rows_done == parent.rows_done == self.number:
            problems.append(f"rows done: {run.rows_done} and {parent.rows_done}")
        print(
            f"killed {self.kills} times; {people} people, {repeated} repeated, {without_id} refused: {found}"
        )
        for problem in problems:
            print(f"PROBLEM: {problem}")
        print("each row exactly once" if not problems else "FAILED", flush=True)
        if problems:
            print("\n".join(self.product.lines[-60:]), file=sys.stderr)
        return 1 if problems else 0

    def _now(self) -> datetime:
        from django.utils import timezone

        return timezone.now()
