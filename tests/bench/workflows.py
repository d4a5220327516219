"""10,000 contacts that came in, through every built-in workflow, against the same reads and inserts done bare.

Two workflows look at each: one finds nothing to qualify, the other proposes a plainer name. Bare is the same facts in
batches of 1,000, the same receipts, and bulk_create of the very same rows: no rule is asked, no queue is found.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import connections, models, transaction

from approvals.models import GateReading, Suggestion, SuggestionItem, WorkflowStart
from approvals.selectors import workflow_facts
from approvals.services import workflow_triggers, workflow_work, workflows_built_in
from approvals.services.workflow_work import Worker
from approvals.workflows import BUILT_IN
from approvals.workflows.hygiene import ContactHygiene
from approvals.workflows.lead_qualification import LeadQualification
from crmgov.kernel.ids import new_id
from crmgov.records.models import EventReceipt, RecordEvent
from crmgov.records.services import changes
from tests.bench.ground import vacuum
from tests.bench.intake import by_bulk_create, empty, fresh
from tests.bench.rounds import alternate, report
from tests.decisions import scene
from tests.world import NOW, a_team, a_user, hand_edit

# Fewer while one works on it.
ROWS = int(os.environ.get("BENCH_ROWS", "10000"))
BATCH = 1_000
WANTED = 4
AWAKE = (LeadQualification, ContactHygiene)
Tables = list[list[models.Model]]


def contacts(count: int) -> None:
    """People whose first names are in small letters."""
    change_set, team = hand_edit(), a_team().pk
    patches = [
        changes.Patch(
            change_set.id,
            "contact",
            new_id(),
            tuple(
                changes.Edit(field, None, value, "bench")
                for field, value in (("first_name", "maya"), ("last_name", f"Lind {n}"), ("team", team))
            ),
            creates=True,
        )
        for n in range(count)
    ]
    with transaction.atomic():
        assert len(changes.apply(change_sets=[change_set], patches=patches, at=NOW).applied) == count


def ours() -> None:
    assert workflow_triggers.run(at=NOW).proposed == ROWS


def bare(workers: Sequence[Worker], rows: Sequence[Tables]) -> None:
    events = list(RecordEvent.objects.filter(kind="created", record_type="contact").order_by("pk"))
    for worker in workers:
        for start in range(0, ROWS, BATCH):
            some = events[start : start + BATCH]
            with transaction.atomic():
                workflow_facts.gather(
                    "contact",
                    [event.record_id for event in some],
                    needs=worker.workflow.needs,
                    workflow_id=worker.start.workflow_id,
                    at=NOW,
                )
                workflow_work.claim(worker, [event.pk for event in some], NOW)
    by_bulk_create(rows)


def kept() -> list[Tables]:
    """The rows of the last round, batch by batch and table by table."""
    found: list[Tables] = []
    for start in range(0, ROWS, BATCH):
        suggestions = list(Suggestion.objects.order_by("number")[start : start + BATCH])
        keys = [one.pk for one in suggestions]
        hang = (SuggestionItem, GateReading)
        found.append([[*suggestions], *([*model.objects.filter(suggestion__in=keys)] for model in hang)])
    return found


def forget() -> None:
    """As if nothing had been read yet."""
    empty()
    EventReceipt.objects.all().delete()
    WorkflowStart.objects.update(looked_at=0, proposed=0, full_since=None)
    vacuum()
    with connections["owner"].cursor() as cursor:
        cursor.execute("VACUUM ANALYZE records_eventreceipt")


def run() -> dict[str, Any]:
    a_user("Olga Brandt", "admin")
    scene.reviewer()
    scene.publish(**scene.UNHURRIED)
    # Registered today: no night comes between.
    registered = workflows_built_in.register(at=NOW - timedelta(minutes=1), workflows=BUILT_IN)
    assert registered is not None
    workers = [
        Worker(one, registered.agent, registered.starts[one.name])
        for one in BUILT_IN
        if isinstance(one, AWAKE)
    ]
    contacts(ROWS)
    ours()
    rows = kept()
    prepared: list[Tables] = []

    def before() -> None:
        forget()
        prepared[:] = [[fresh(table) for table in tables] for tables in rows]

    paths: dict[str, Any] = {"ours": lambda _: ours(), "bare": lambda _: bare(workers, prepared)}
    result = report(f"workflows, {ROWS:,} events", alternate(paths, before=before))
    print(f"  ours takes {result['ours_over']['bare']} times as long as bare (wanted: at most {WANTED})")
    return {"bench": "workflows", "results": [result]}
