"""50,000 suggestions in batches of 1,000: from the body of a request to its answer, with the gate and idempotency,
against bulk_create of the very same rows into the same tables, and COPY of them.

Of the proposals three in five wait for a person, one in five runs by itself, one in five is blocked; every fourth has
two items. Each path starts from the same state and ends with its commit.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from copy import copy
from typing import Any, cast
from uuid import UUID

from django.db import connections, models, transaction

from approvals.api import problems
from approvals.models import (
    Agent,
    Decision,
    Execution,
    GateReading,
    IdempotentCall,
    Suggestion,
    SuggestionItem,
)
from approvals.services import batches, idempotency, storing
from tests.bench.ground import accounts, vacuum
from tests.bench.rounds import alternate, report
from tests.decisions import scene
from tests.intake.kit import WORKFLOW, an_agent, may_execute
from tests.world import NOW, a_team, a_user

# Fewer while one works on it.
ROWS = int(os.environ.get("BENCH_ROWS", "50000"))
BATCH = 1_000
TABLES: tuple[type[models.Model], ...] = (
    Suggestion,
    SuggestionItem,
    GateReading,
    Decision,
    Execution,
    IdempotentCall,
)


def proposal(number: int, account: UUID) -> dict[str, Any]:
    blocked, runs = number % 5 == 0, number % 5 == 1
    items = [
        {"field": "employees", "seen": 0, "proposed": number + 1, "confidence": 0.1 if blocked else 0.97}
    ]
    if number % 4 == 0:
        items.append(
            {"field": "region", "seen": None, "proposed": f"Region {number % 50}", "confidence": 0.95}
        )
    said = {
        "source": "company register",
        "reason": "Newest filing.",
        "evidence": [{"text": f"Filing {number}"}],
    }
    return {
        "record": {"type": "account", "id": str(account)},
        "action": "set_fields",
        "items": [{**item, **said} for item in items],
        "reason": "The register says so.",
        "level": "execute" if runs or blocked else "draft",
        "workflow": WORKFLOW,
        "version": "3",
        "model": "",
    }


def ours(bodies: Sequence[bytes], agent: Agent, round_: int) -> None:
    """What the view does with each request, but for HTTP itself."""
    for number, body in enumerate(bodies):
        call = idempotency.begin(agent=agent, key=f"{round_}-{number}", body=body, at=NOW)
        assert isinstance(call, idempotency.Call)
        lines = batches.receive(batch=json.loads(body), agent=agent, at=NOW, told=problems.body_of, call=call)
        json.dumps({"results": lines})


def kept() -> list[list[list[models.Model]]]:
    """The rows of the last round, batch by batch and table by table, as objects without their counted keys."""
    found = []
    for start in range(0, ROWS, BATCH):
        suggestions = list(Suggestion.objects.order_by("number")[start : start + BATCH])
        keys = [one.pk for one in suggestions]
        rows: list[list[models.Model]] = [[*suggestions]]
        rows += [[*model.objects.filter(suggestion__in=keys)] for model in (SuggestionItem, GateReading)]
        rows += [[*model.objects.filter(suggestion__in=keys)] for model in (Decision, Execution)]
        rows.append([IdempotentCall.objects.order_by("id")[start // BATCH]])
        found.append(rows)
    return found


def fresh(rows: Sequence[models.Model]) -> list[models.Model]:
    """Copies that are not in the database yet."""
    made = [copy(row) for row in rows]
    for row in made:
        row._state = copy(row._state)
        row._state.adding = True
        if isinstance(row._meta.pk, models.AutoField):
            row.pk = None
    return made


def by_bulk_create(prepared: Sequence[Sequence[Sequence[models.Model]]]) -> None:
    for tables in prepared:
        with transaction.atomic():
            for rows in tables:
                if rows:
                    type(rows[0])._default_manager.bulk_create(rows, batch_size=500)


def by_copy(prepared: Sequence[Sequence[Sequence[models.Model]]]) -> None:
    for tables in prepared:
        with transaction.atomic():
            for rows in tables:
                storing.copy(rows)


def with_what_hangs_on(tables: Sequence[type[models.Model]]) -> list[str]:
    """Their names and those of all that point at them, however far: rows of the round before are nobody's cost."""
    found = list(tables)
    for model in found:
        for one in model._meta.get_fields(include_hidden=True):
            if one.auto_created and not one.concrete and one.related_model not in found:
                found.append(cast("type[models.Model]", one.related_model))
    return [model._meta.db_table for model in dict.fromkeys(found)]


def empty() -> None:
    names = with_what_hangs_on(TABLES)
    with connections["owner"].cursor() as cursor:
        for switch in ("DISABLE", "ENABLE"):
            for name in names:
                cursor.execute(f"ALTER TABLE {name} {switch} TRIGGER USER")
            if switch == "DISABLE":
                cursor.execute(f"TRUNCATE {', '.join(names)}")


def run() -> dict[str, Any]:
    team = a_team()
    a_user("Sara Okafor", "reviewer", team)
    agent = an_agent(team)
    may_execute(agent, **scene.UNHURRIED)
    ids = accounts(ROWS)
    proposals = [proposal(number, account) for number, account in enumerate(ids)]
    bodies = [json.dumps(proposals[start : start + BATCH]).encode() for start in range(0, ROWS, BATCH)]
    ours(bodies, agent, 0)
    rows = kept()
    prepared: list[list[list[models.Model]]] = []

    def before() -> None:
        empty()
        vacuum()
        prepared[:] = [[fresh(table) for table in tables] for tables in rows]

    paths: dict[str, Any] = {
        "ours": lambda n: ours(bodies, agent, n),
        "bulk_create": lambda _: by_bulk_create(prepared),
        "COPY": lambda _: by_copy(prepared),
    }
    seconds = alternate(paths, before=before)
    made = {model.__name__: sum(len(tables[n]) for tables in rows) for n, model in enumerate(TABLES)}
    result = report(f"intake, {ROWS:,} suggestions in batches of {BATCH:,}", seconds)
    result["rows"] = made
    result["rate_of_bulk_create"] = round(1 / result["ours_over"]["bulk_create"], 3)
    print(f"  ours has {result['rate_of_bulk_create']} of the rate of bulk_create (wanted: 0.5); rows {made}")
    return {"bench": "intake", "results": [result]}
