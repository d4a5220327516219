"""What a cell had earned is taken back: at once, in the transaction of whatever showed it. Door verbs."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import Q

from approvals.models import Cell, CellEvent, CellStanding, CellTally, Grant, Offer
from crmgov.people.models import User

LONGEST_WHY = 500
Kind = CellEvent.Kind


def demote(cells: Collection[int], *, why: str, at: datetime, user: User | None = None) -> int:
    """Let nothing run by itself in these cells until they are signed anew; their evidence begins again.

    A grant by hand for any segment stays open for the other cells it covers. Joins the caller's transaction.
    """
    locked = list(Cell.objects.select_for_update().filter(pk__in=cells).order_by("pk"))
    for cell in locked:
        restart(cell, at=at)
        CellStanding.objects.filter(cell=cell).update(demoted_at=at)
        taken = Grant.objects.filter(_only_of(cell), revoked_at=None)
        taken.update(revoked_at=at, revoked_by=user, revoked_reason=why[:300])
        withdraw(cell, why="The cell was demoted.", at=at)
    note(locked, Kind.DEMOTED, why, at=at, user=user)
    return len(locked)


def restart(cell: Cell, *, at: datetime) -> None:
    """What was decided and what ran up to now counts no more."""
    CellStanding.objects.update_or_create(cell=cell, defaults={"restarted_at": at})
    CellTally.objects.filter(cell=cell).update(ran=0)
    Cell.objects.filter(pk=cell.pk).update(moved_at=at)


def withdraw(cell: Cell, *, why: str, at: datetime) -> None:
    """Take back the open offer of a cell, if there is one."""
    open_one = Offer.objects.filter(cell=cell, status=Offer.Status.OPEN)
    if open_one.update(status=Offer.Status.WITHDRAWN, closed_at=at, reason=why[:300]):
        note([cell], Kind.WITHDRAWN, why, at=at)


def note(cells: Iterable[Cell], kind: str, why: str, *, at: datetime, user: User | None = None) -> None:
    """Keep what became of them."""
    CellEvent.objects.bulk_create(
        [
            CellEvent(
                cell=cell,
                kind=kind,
                why=why[:LONGEST_WHY],
                person=user,
                person_label=str(user)[:200] if user else "",
                at=at,
            )
            for cell in cells
        ]
    )


def _only_of(cell: Cell) -> Q:
    """Grants that cover this cell and no other."""
    by_hand = Q(
        cell=None,
        agent=cell.agent_id,
        workflow_version=cell.workflow_version_id,
        action=cell.action,
        field_group=cell.field_group,
        segment=cell.segment,
    )
    return Q(cell=cell) | (by_hand & ~Q(segment=""))
