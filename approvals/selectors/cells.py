"""Cells with what was signed for them and what their rows say, in sets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import (
    Case,
    CharField,
    Count,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)

from approvals.models import Cell, CellOutcome, CellStanding, Grant, Offer, Suggestion
from crmgov.people.models import Role, User
from crmgov.people.policy import Act, may, sees_everything

from .keyset import Order, Page, page_of

# Grant by cell: the cell's own before those by hand, of its segment before of any.
Grants = dict[int, list[Grant]]


def grants_over(cells: Collection[Cell]) -> Grants:
    """Open grants that speak of each cell, the closest first; whether they are signed is asked elsewhere."""
    rows = Grant.objects.filter(
        agent__in={cell.agent_id for cell in cells},
        workflow_version__in={cell.workflow_version_id for cell in cells},
        revoked_at=None,
    ).select_related("granted_by")
    found: Grants = {cell.pk: [] for cell in cells}
    for grant in rows:
        for cell in cells:
            if speaks_of(grant, cell):
                found[cell.pk].append(grant)
    for grants in found.values():
        grants.sort(key=lambda one: (one.cell_id is None, one.segment == ""))
    return found


def for_user(user: User) -> QuerySet[Cell]:
    """Cells of every agent for admins and auditors, of their own agents for others."""
    rows = Cell.objects.select_related("agent__owner", "workflow_version__workflow")
    return rows if sees_everything(user) else rows.filter(agent__owner=user)


# What a cell may be doing; the words are the filters of the list.
OFFERED, ALONE, DEMOTED, PROVING = "offered", "alone", "demoted", "proving"
STATES = {
    OFFERED: "Waits for a signature",
    ALONE: "Runs by itself",
    DEMOTED: "Demoted",
    PROVING: "Decided by people",
}
LATEST = Order(("pk",), descending=True)
SIZE = 50


def page_for(
    user: User, *, state: str = "", agent: int | None = None, workflow: int | None = None, cursor: str = ""
) -> Page[Cell]:
    """Cells with `state`, their standing, and how many of their rows people decided; the newest first."""
    rows: QuerySet[Any, Any] = with_state(for_user(user).select_related("standing", "tally"))
    if state:
        rows = rows.filter(state=state)
    if agent is not None:
        rows = rows.filter(agent=agent)
    if workflow is not None:
        rows = rows.filter(workflow_version__workflow=workflow)
    return page_of(rows, LATEST, cursor=cursor, size=SIZE, plate=list)


def with_state(cells: QuerySet[Cell]) -> QuerySet[Cell]:
    """Each with its `state`. A grant whose signature does not fit is told apart on the page of its cell only."""
    offer = Offer.objects.filter(cell=OuterRef("pk"), status=Offer.Status.OPEN)
    return cells.annotate(
        state=Case(
            When(Exists(offer), then=Value(OFFERED)),
            When(Exists(_runs_under()), then=Value(ALONE)),
            When(standing__demoted_at__isnull=False, then=Value(DEMOTED)),
            default=Value(PROVING),
            output_field=CharField(),
        )
    )


def running(cells: QuerySet[Cell], *, signed_by: datetime) -> QuerySet[Cell]:
    """Those that run by themselves by what was signed up to then, whatever else is offered for them."""
    return cells.filter(Exists(_runs_under().filter(granted_at__lte=signed_by)))


def _runs_under() -> QuerySet[Grant]:
    """The grants by which a cell runs by itself."""
    ended = OuterRef("standing__demoted_at")
    over: QuerySet[Any, Any] = Grant.objects.filter(
        Q(cell=OuterRef("pk")) | Q(cell=None, segment="") | Q(cell=None, segment=OuterRef("segment")),
        agent=OuterRef("agent"),
        workflow_version=OuterRef("workflow_version"),
        action=OuterRef("action"),
        field_group=OuterRef("field_group"),
        level__in=("execute", "full"),
        revoked_at=None,
    ).annotate(ended=ExpressionWrapper(ended, output_field=DateTimeField()))
    return over.filter(Q(ended=None) | Q(granted_at__gt=F("ended")))


def state_of(cell: Cell) -> str:
    """The state of one."""
    rows: QuerySet[Any, Any] = with_state(Cell.objects.filter(pk=cell.pk))
    return str(rows.values_list("state", flat=True)[0])


def offers_open(user: User) -> QuerySet[Offer]:
    """What this person could sign: every open offer for an admin; of their own agents where nobody else could."""
    if not may(user, Act.ADMINISTER):
        return Offer.objects.none()
    others = User.objects.filter(is_active=True, role=Role.ADMIN).exclude(pk=user.pk)
    # Who cannot sign in signs nothing.
    able = others.exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX)
    return Offer.objects.filter(~Q(cell__agent__owner=user) | ~Exists(able), status=Offer.Status.OPEN)


@dataclass(frozen=True, slots=True)
class Counted:
    """Outcomes of a cell of one way and label; `counts` says whether they are evidence."""

    way: str
    label: str
    number: int


def counts_of(cell: Cell) -> list[Counted]:
    rows = CellOutcome.objects.filter(cell=cell).order_by("way", "label").values_list("way", "label")
    return [Counted(*row) for row in rows.annotate(number=Count("pk"))]


def rows_for(
    user: User,
    cell: Cell,
    *,
    way: str = "",
    label: str | None = None,
    counted: bool = False,
    cursor: str = "",
) -> Page[CellOutcome]:
    """The outcomes of a cell that this person sees, the newest first."""
    rows = CellOutcome.objects.filter(
        cell=cell, suggestion__in=Suggestion.objects.for_user(user).values("pk")
    ).select_related("suggestion")
    if way:
        rows = rows.filter(way=way)
    if label is not None:
        rows = rows.filter(label=label)
    if counted:
        rows = rows.filter(SPEAKS)
    return page_of(rows, NEWEST, cursor=cursor, size=SIZE, plate=list)


NEWEST = Order(("at", "pk"), descending=True)


def by_number(user: User, number: int | None) -> Cell | None:
    """One of them; None where there is none that this person sees."""
    return for_user(user).filter(pk=number).first() if number is not None else None


def speaks_of(grant: Grant, cell: Cell) -> bool:
    """Whether it is about this cell; by hand without a segment it is about any."""
    if grant.cell_id is not None:
        return grant.cell_id == cell.pk
    same = (grant.agent_id, grant.workflow_version_id, grant.action, grant.field_group) == (
        cell.agent_id,
        cell.workflow_version_id,
        cell.action,
        cell.field_group,
    )
    return same and grant.segment in ("", cell.segment)


def standings_of(cells: Iterable[Cell]) -> dict[int, CellStanding]:
    return {row.cell_id: row for row in CellStanding.objects.filter(cell__in=[cell.pk for cell in cells])}


# Decided one by one with nothing but the level against it, or run by itself and drawn by chance.
SPEAKS = Q(way="decided", only_level=True, one_by_one=True) | Q(way="ran", drawn="uniform")
# Found wrong without having been drawn by chance: they raise alarms.
ALARMS = Q(way="ran", label__in=("reverted", "contested", "corrected")) & ~Q(drawn="uniform")


def rows_of(cells: Collection[Cell]) -> dict[int, list[CellOutcome]]:
    """What speaks for or against each cell, and its alarms, in the order in which it was decided or ran."""
    found: defaultdict[int, list[CellOutcome]] = defaultdict(list)
    rows = CellOutcome.objects.filter(SPEAKS | ALARMS, cell__in=cells).order_by("cell", "at", "suggestion_id")
    for row in rows.only("cell_id", "way", "label", "drawn", "at"):
        found[row.cell_id].append(row)
    return found


def decided_of(cell: Cell) -> tuple[int, int]:
    """Kept and not kept, of what speaks for or against letting it run, since its last restart."""
    since = CellStanding.objects.filter(cell=cell).values_list("restarted_at", flat=True).first()
    rows = CellOutcome.objects.filter(cell=cell, way="decided", only_level=True, one_by_one=True)
    if since is not None:
        rows = rows.filter(at__gt=since)
    kept = Q(label=CellOutcome.Label.UNCHANGED)
    counted = rows.aggregate(kept=Count("pk", filter=kept), failed=Count("pk", filter=~kept))
    return counted["kept"], counted["failed"]


def parents_of(cell: Cell) -> Sequence[Cell]:
    """The same kind of change under other versions of the workflow, the newest first: for orientation only."""
    return list(
        Cell.objects.filter(
            agent=cell.agent_id,
            action=cell.action,
            field_group=cell.field_group,
            segment=cell.segment,
            workflow_version__workflow=cell.workflow_version.workflow_id,
        )
        .exclude(pk=cell.pk)
        .select_related("agent", "workflow_version__workflow", "standing")
        .order_by("-workflow_version__first_seen_at", "-pk")
    )
