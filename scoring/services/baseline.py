"""The rule-only baseline: score every customer and lead again, keep a row only where something changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet

from scoring.models import Score
from scoring.rules import churn, lead_fit
from scoring.rules.criteria import Judgment
from scoring.selectors import facts

# Two refreshes at once would both write the row that counts; they take turns per batch (an advisory lock).
LOCK = 7_201_500


@dataclass(frozen=True, slots=True)
class Refreshed:
    """`looked_at` records were judged, `changed` of them differently than before, `retired` no longer count."""

    looked_at: int
    changed: int
    retired: int


@dataclass(frozen=True, slots=True)
class Yardstick:
    """One kind of score: whom it is about and how it is reached."""

    kind: Score.Kind
    record_type: str
    model: str
    version: str
    records: Callable[[], QuerySet[Any]]
    fetch: Callable[[Sequence[UUID], datetime], dict[UUID, tuple[str, Any]]]
    assess: Callable[[Any, str], Judgment]


YARDSTICKS = (
    Yardstick(
        Score.Kind.CHURN_RISK,
        "account",
        churn.MODEL,
        churn.VERSION,
        facts.customers,
        facts.churn_facts,
        churn.assess,
    ),
    Yardstick(
        Score.Kind.LEAD_FIT,
        "contact",
        lead_fit.MODEL,
        lead_fit.VERSION,
        facts.leads,
        facts.lead_facts,
        lead_fit.assess,
    ),
)


def refresh(*, at: datetime) -> dict[str, Refreshed]:
    """Judge everybody as of `at`, a batch per transaction. Doing so twice writes nothing the second time."""
    return {yardstick.kind.value: _refresh(yardstick, at) for yardstick in YARDSTICKS}


def _refresh(yardstick: Yardstick, at: datetime) -> Refreshed:
    looked_at = changed = 0
    for ids in facts.batches(yardstick.records()):
        changed += _score(yardstick, ids, at)
        looked_at += len(ids)
    return Refreshed(looked_at, changed, _retire(yardstick))


@transaction.atomic(durable=True)
def _score(yardstick: Yardstick, ids: Sequence[UUID], at: datetime) -> int:
    _take_turn()
    before = {row.record_id: row for row in _rows(yardstick).filter(record_id__in=ids)}
    fresh = [
        row
        for record_id, (segment, known) in yardstick.fetch(ids, at).items()
        if _differs(row := _row(yardstick, record_id, segment, known, at), before.get(record_id))
    ]
    Score.objects.filter(
        pk__in=[before[row.record_id].pk for row in fresh if row.record_id in before]
    ).update(current=False)
    Score.objects.bulk_create(fresh, batch_size=1000)
    return len(fresh)


@transaction.atomic(durable=True)
def _retire(yardstick: Yardstick) -> int:
    """A customer who left or a lead who bought keeps the old scores, and has none that counts."""
    _take_turn()
    gone = _rows(yardstick).exclude(record_id__in=yardstick.records().values("id"))
    return gone.update(current=False)


def _rows(yardstick: Yardstick) -> QuerySet[Score]:
    return Score.objects.filter(kind=yardstick.kind, model=yardstick.model, current=True)


def _row(yardstick: Yardstick, record_id: UUID, segment: str, known: Any, at: datetime) -> Score:
    judgment = yardstick.assess(known, segment)
    return Score(
        kind=yardstick.kind,
        record_type=yardstick.record_type,
        record_id=record_id,
        segment=segment,
        value=judgment.value,
        reasons=[reason.to_json() for reason in judgment.reasons],
        model=yardstick.model,
        model_version=yardstick.version,
        scored_at=at,
    )


def _differs(row: Score, before: Score | None) -> bool:
    if before is None:
        return True
    return (row.value, row.reasons, row.segment, row.model_version) != (
        before.value,
        before.reasons,
        before.segment,
        before.model_version,
    )


def _take_turn() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
