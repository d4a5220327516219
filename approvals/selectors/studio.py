"""What is recorded in one slice: workflow × action × field group × segment over some weeks, added up and row by row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import F, Q, QuerySet, Sum

from approvals.models import AuditSample, Cell, CellOutcome, OutcomeRollup, Suggestion
from approvals.rules.bands import ANY
from approvals.rules.studio import NOT_GIVEN, Recorded, Said, Thresholds
from crmgov.people.models import User

from .keyset import Order, Page, page_of

SIZE = 25
WORST = 20
NEWEST = Order(("at", "pk"), descending=True)
WORKFLOW = "workflow_version__workflow__name"
RAN, REVIEWED, BLOCKED = "ran", "reviewed", "blocked"
GOOD, BAD, UNKNOWN = "good", "bad", "unknown"
Label = CellOutcome.Label
LABELS = {
    GOOD: (Label.UNCHANGED,),
    BAD: (Label.EDITED, Label.REJECTED, Label.REVERTED, Label.CONTESTED, Label.CORRECTED),
    UNKNOWN: (Label.UNKNOWN,),
}


@dataclass(frozen=True, slots=True)
class Slice:
    """`segment` "*" for any of them; since the Monday `weeks` calendar weeks count from, this one included.

    `stake` leaves only what moved at least so much (reporting currency); it is read from the rows, as no rollup has it.
    """

    workflow: str
    action: str
    group: str
    segment: str
    weeks: int
    stake: Decimal | None = None

    def since(self, at: datetime) -> date:
        return _monday(at) - timedelta(weeks=self.weeks - 1)

    def begins(self, at: datetime) -> datetime:
        return datetime.combine(self.since(at), time.min, UTC)


@dataclass(frozen=True, slots=True)
class Choices:
    """Every name that stands in some cell."""

    workflows: Sequence[str]
    actions: Sequence[str]
    groups: Sequence[str]
    segments: Sequence[str]


@dataclass(frozen=True, slots=True)
class Added:
    """Everything recorded in a slice, and its first week; None without any."""

    recorded: Sequence[Recorded]
    first: date | None


@dataclass(frozen=True, slots=True)
class Asked:
    """Which rows: what two thresholds would have done with them, and what is known of them; empty for any.

    `first` to `last` narrow it to some hundredths of confidence, NOT_GIVEN to what came without.
    """

    thresholds: Thresholds
    would: str = ""
    known: str = ""
    first: int | None = None
    last: int | None = None


def choices() -> Choices:
    """One query over the cells, which are few."""
    names = list(Cell.objects.values_list(WORKFLOW, "action", "field_group", "segment").distinct())
    return Choices(
        workflows=sorted({one[0] for one in names}),
        actions=sorted({one[1] for one in names}),
        groups=sorted({one[2] for one in names}),
        segments=sorted({one[3] for one in names if one[3]}),
    )


def fullest() -> tuple[str, str, str] | None:
    """Workflow, action and field group with most outcomes, else of the first cell; None where there is none."""
    counted = (
        OutcomeRollup.objects.values_list(f"cell__{WORKFLOW}", "cell__action", "cell__field_group")
        .annotate(all=Sum(F("unknown") + F("unchanged") + F("edited") + F("rejected") + F("undone")))
        .order_by("-all", f"cell__{WORKFLOW}", "cell__action", "cell__field_group")
    )
    first = counted.first()
    if first is None:
        return Cell.objects.order_by("pk").values_list(WORKFLOW, "action", "field_group").first()
    return first[0], first[1], first[2]


def cells_of(slice_: Slice) -> QuerySet[Cell]:
    """Of any agent and version: a band of the policy names neither."""
    rows = Cell.objects.filter(
        workflow_version__workflow__name=slice_.workflow, action=slice_.action, field_group=slice_.group
    )
    return rows if slice_.segment == ANY else rows.filter(segment=slice_.segment)


# Found with the cells in one round trip: a handle that is dragged asks this again and again.
OF_CELLS = """cell_id IN (
  SELECT c.id FROM approvals_cell c JOIN approvals_workflowversion v ON v.id = c.workflow_version_id
  JOIN approvals_workflow w ON w.id = v.workflow_id
  WHERE w.name = %(workflow)s AND c.action = %(action)s AND c.field_group = %(group)s
    AND (%(segment)s = '*' OR c.segment = %(segment)s))"""
ADDED_UP = f"""
SELECT hundredth, held, way, min(week), sum(unknown)::int, sum(unchanged)::int, sum(edited)::int, sum(rejected)::int,
  sum(undone)::int
FROM approvals_outcomerollup WHERE {OF_CELLS} AND week >= %(since)s GROUP BY hundredth, held, way"""  # noqa: S608
# The same from the rows; what people said of them stands in the rows of the answer.
SCANNED = f"""
SELECT coalesce(floor(o.confidence * 100), -1)::int, o.held, o.way, o.label, count(*), min(o.at)
FROM approvals_celloutcome o JOIN approvals_suggestion s ON s.id = o.suggestion_id
WHERE o.{OF_CELLS} AND o.at >= %(begins)s AND s.value_at_stake >= %(stake)s GROUP BY 1, 2, 3, 4"""  # noqa: S608
SAID = {
    Label.UNKNOWN: "unknown",
    Label.UNCHANGED: "unchanged",
    Label.EDITED: "edited",
    Label.REJECTED: "rejected",
    Label.REVERTED: "undone",
    Label.CONTESTED: "undone",
    Label.CORRECTED: "undone",
}


def added_up(slice_: Slice, at: datetime) -> Added:
    """One query; where it is of all stakes it reads rollups, however many decisions stand behind them."""
    asked = {name: getattr(slice_, name) for name in ("workflow", "action", "group", "segment", "stake")}
    asked |= {"since": slice_.since(at), "begins": slice_.begins(at)}
    if slice_.stake is not None:
        return _scanned(_rows(SCANNED, asked))
    rows = _rows(ADDED_UP, asked)
    recorded = [Recorded(row[0], row[1], row[2], Said(*row[4:])) for row in rows]
    return Added(recorded, min((row[3] for row in rows), default=None))


def _scanned(rows: Sequence[tuple[Any, ...]]) -> Added:
    recorded = [
        Recorded(hundredth, held, way, Said(**{SAID[Label(label)]: number}))
        for hundredth, held, way, label, number, _ in rows
    ]
    first = min((row[5] for row in rows), default=None)
    return Added(recorded, None if first is None else _monday(first))


def _rows(statement: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def _monday(at: datetime) -> date:
    day = at.astimezone(UTC).date()
    return day - timedelta(days=day.weekday())


def outcomes_of(user: User, slice_: Slice, at: datetime) -> QuerySet[CellOutcome]:
    """The rows behind the sums that this person may see."""
    seen = Suggestion.objects.for_user(user).values("pk")
    rows = CellOutcome.objects.filter(
        cell__in=cells_of(slice_), at__gte=slice_.begins(at), suggestion__in=seen
    )
    return rows if slice_.stake is None else rows.filter(suggestion__value_at_stake__gte=slice_.stake)


def narrowed(rows: QuerySet[CellOutcome], asked: Asked) -> QuerySet[CellOutcome]:
    """Those that are asked for; the thresholds say the same here as of the sums."""
    if asked.would:
        rows = rows.filter(_would(asked.thresholds)[asked.would])
    if asked.known:
        rows = rows.filter(label__in=LABELS[asked.known])
    if asked.first == NOT_GIVEN:
        return rows.filter(confidence=None)
    if asked.first is not None:
        rows = rows.filter(confidence__gte=_share(asked.first))
    if asked.last is not None:
        rows = rows.filter(confidence__lt=_share(asked.last + 1))
    return rows


def _would(thresholds: Thresholds) -> dict[str, Q]:
    floor, start = _share(thresholds.blocks_below), _share(thresholds.runs_from)
    stopped, low = Q(held=CellOutcome.Held.BLOCK), Q(confidence__lt=floor)
    kept = ~Q(held=CellOutcome.Held.BLOCK) & (Q(confidence__isnull=True) | Q(confidence__gte=floor))
    short = Q(confidence__isnull=True) | Q(confidence__lt=start) | Q(held=CellOutcome.Held.QUEUE)
    return {
        RAN: Q(held=CellOutcome.Held.NOT, confidence__gte=start),
        BLOCKED: stopped | low,
        REVIEWED: kept & short,
    }


def _share(hundredth: int) -> Decimal:
    return Decimal(hundredth) / 100


def page_for(user: User, slice_: Slice, asked: Asked, *, at: datetime, cursor: str = "") -> Page[CellOutcome]:
    """The newest first; one query."""
    rows = _with_all(narrowed(outcomes_of(user, slice_, at), asked))
    return page_of(rows, NEWEST, cursor=cursor, size=SIZE, plate=lambda page: list(page))


def worst_for(user: User, slice_: Slice, thresholds: Thresholds, *, at: datetime) -> list[CellOutcome]:
    """Known bad and would run by itself: the most at stake first, then the surest of itself; one query."""
    rows = narrowed(outcomes_of(user, slice_, at), Asked(thresholds, would=RAN, known=BAD))
    order = (F("suggestion__value_at_stake").desc(nulls_last=True), "-confidence", "-at", "-pk")
    return list(_with_all(rows).order_by(*order)[:WORST])


def exported(user: User, slice_: Slice, asked: Asked, *, at: datetime) -> Iterable[CellOutcome]:
    """Every row that is asked for, the newest first."""
    rows = _with_all(narrowed(outcomes_of(user, slice_, at), asked))
    return rows.order_by("-at", "-pk").iterator(chunk_size=2_000)


def _with_all(rows: QuerySet[CellOutcome]) -> QuerySet[CellOutcome]:
    related: Any = ("cell__agent", "cell__workflow_version__workflow", "suggestion")
    return rows.select_related(*related)


def unread(user: User, slice_: Slice, thresholds: Thresholds, *, at: datetime) -> QuerySet[CellOutcome]:
    """What ran by itself, would run under these thresholds, and nobody looked at or is to look at."""
    rows = narrowed(outcomes_of(user, slice_, at), Asked(thresholds, would=RAN, known=UNKNOWN))
    return rows.filter(way=CellOutcome.Way.RAN, suggestion__execution__audit=None)


def waiting(slice_: Slice) -> int:
    """How many were drawn here and wait to be read."""
    cells = cells_of(slice_).values("pk")
    drawn = AuditSample.objects.filter(verdict=AuditSample.Verdict.WAITING)
    return drawn.filter(execution__suggestion__outcomes__cell__in=cells).distinct().count()
