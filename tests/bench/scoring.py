"""Features, prediction and score rows of all customers, against the bare aggregate of the same features copied out.

BENCH_ROWS customers (100,000 as usual) with 20 activities each; logistic regression and boosting. Beside it one ORM
aggregate per account, timed on a sample and scaled, and a run over the hundredth that changed.
"""

from __future__ import annotations

import os
import resource
import statistics
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, Max, Q

from crmgov.records.models import Account, Activity, Ticket
from scoring.features.schema import statement
from scoring.features.subjects import SUBJECTS
from scoring.models import Changed, Score, ScoringRun, TrainedModel
from scoring.services import runs
from tests.scoring.crm import models

from . import customers

ROWS = int(os.environ.get("BENCH_ROWS", "100000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
ACTIVITIES_EACH = 20
SAMPLE = 200
AT = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
TOUCHES = ("reply", "mail_in", "call", "meeting", "chat")


def run() -> dict[str, Any]:
    ids = customers.build(ROWS, ROWS * ACTIVITIES_EACH, until=AT)
    made = {
        method: models.fitted(
            ids[: max(1000, ROWS // 50)], AT, method=method, status="candidate", version=version
        )
        for version, method in enumerate(("logistic", "boosting"), 1)
    }
    bare = [_timed(lambda: _bare(ids)) for _ in range(ROUNDS)]
    result: dict[str, Any] = {"rows": ROWS, "bare_seconds": statistics.median(bare)}
    print(f"bare aggregate copied out: {result['bare_seconds']:.2f} s", flush=True)
    for method, model in made.items():
        result[method] = _method(model, ids, result["bare_seconds"])
    per_account = _timed(lambda: _by_orm(ids[:: max(1, len(ids) // SAMPLE)][:SAMPLE])) / min(SAMPLE, len(ids))
    result["orm_seconds"] = per_account * len(ids)
    result["against_orm"] = result["orm_seconds"] / result["boosting"]["full_seconds"]
    result["peak_mb"] = _peak_mb()
    print(
        f"one ORM aggregate per account: {result['orm_seconds']:.0f} s (scaled), {result['against_orm']:.0f} times"
    )
    print(f"peak memory {result['peak_mb']:.0f} MB")
    return result


def _method(model: TrainedModel, ids: Sequence[UUID], bare: float) -> dict[str, float]:
    full = []
    for _ in range(ROUNDS):
        Score.objects.all().delete()
        ScoringRun.objects.all().delete()
        customers.vacuum()
        full.append(_timed(lambda: _score(model, "all", AT)))
    seconds = statistics.median(full)
    later = AT + timedelta(minutes=1)
    Changed.objects.bulk_create(
        Changed(record_type="account", record_id=one, since=later) for one in ids[::100]
    )
    changed = _timed(lambda: _score(model, "changed", later))
    Changed.objects.all().delete()
    found = {
        "full_seconds": seconds,
        "of_bare_rate": bare / seconds,
        "changed_seconds": changed,
        "changed_of_full": changed / seconds,
    }
    print(
        f"{model.method}: {seconds:.2f} s, {found['of_bare_rate']:.2f} of the bare rate; 1 % changed {changed:.2f} s, "
        f"1/{seconds / changed:.0f} of the full run",
        flush=True,
    )
    return found


def _score(model: TrainedModel, scope: str, at: datetime) -> None:
    run = runs.start(model_id=model.pk, scope=scope, at=at)
    assert runs.go_on(run_id=run.pk, at=at, seconds=36_000)
    run.refresh_from_db()
    assert run.status == "done", run.problem


def _bare(ids: Sequence[UUID]) -> None:
    """The same features of everybody in one statement, as CSV to nowhere."""
    with connection.cursor() as cursor:
        cursor.execute("SET work_mem = '256MB'")
        sql = statement(SUBJECTS["churn"])
        with cursor.copy(f"COPY ({sql}) TO STDOUT", {"ids": list(ids), "cuts": [AT] * len(ids)}) as copy:
            for _ in copy:
                pass
        cursor.execute("RESET work_mem")


def _by_orm(ids: Sequence[UUID]) -> None:
    """What a simple nightly job does: an aggregate or two per account."""
    month, two = AT - timedelta(days=30), AT - timedelta(days=60)
    for account in Account.objects.filter(pk__in=ids).iterator():
        Activity.objects.filter(account=account, occurred_at__lte=AT).aggregate(
            logins=Count("id", filter=Q(kind="login", occurred_at__gt=month)),
            before=Count("id", filter=Q(kind="login", occurred_at__gt=two, occurred_at__lte=month)),
            touches=Count("id", filter=Q(kind__in=TOUCHES, occurred_at__gt=month)),
            touched=Max("occurred_at", filter=Q(kind__in=TOUCHES)),
            people=Count("contact", distinct=True),
        )
        Ticket.objects.filter(account=account, opened_at__lte=AT).aggregate(
            tickets=Count("id", filter=Q(opened_at__gt=AT - timedelta(days=90))),
            severe=Count("id", filter=Q(priority__in=("high", "urgent"))),
        )


def _timed(work: Callable[[], None]) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began


def _peak_mb() -> float:
    """Of this process since it began; Linux gives kilobytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
