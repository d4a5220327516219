"""Automatic actions that were drawn to be read afterwards, and what people found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Exists, OuterRef, Q, QuerySet

from approvals.models import AuditSample, Cell, Suggestion, SuggestionItem
from crmgov.people.models import Membership, Role, User
from crmgov.people.policy import Act, Standing, may

from . import done
from .done import Done
from .keyset import Order, Page, page_of

SIZE = 25
WAITING, READ, ALL = "waiting", "read", "all"
VIEWS = {WAITING: "To read", READ: "Read", ALL: "All"}
# What waits longest comes first; what was read lately comes first.
OLDEST, NEWEST = Order(("drawn_at", "pk"), descending=False), Order(("drawn_at", "pk"), descending=True)


@dataclass(frozen=True, slots=True)
class Drawn:
    """One of them, with what it did."""

    sample: AuditSample
    done: Done


def page_for(
    user: User, *, view: str, drawn: str = "", cell: Cell | None = None, cursor: str = "", size: int = SIZE
) -> Page[Drawn]:
    """One page of what this person sees; the same few queries however long it is."""
    rows = _rows(user, view)
    if drawn:
        rows = rows.filter(drawn=drawn)
    if cell is not None:
        rows = rows.filter(Exists(_in_cell(cell)))
    rows = rows.select_related(
        "read_by",
        "execution__suggestion__agent__owner",
        "execution__suggestion__proposed_by",
        "execution__suggestion__workflow_version__workflow",
        "execution__decision__policy_version",
    )
    order = OLDEST if view == WAITING else NEWEST
    return page_of(rows, order, cursor=cursor, size=size, plate=lambda page: _plates(user, page))


def to_read(user: User) -> QuerySet[AuditSample]:
    """What waits for this person: what they see and may speak of; by their own agents where nobody else could."""
    if not may(user, Act.DECIDE, Standing(in_team=True, in_queue=True)):
        return AuditSample.objects.none()
    own, others = Q(execution__suggestion__agent__owner=user), others_who_decide(user)
    in_team = Membership.objects.filter(team=OuterRef("execution__suggestion__team"))
    theirs = (
        Exists(others.filter(role=Role.ADMIN))
        | Exists(in_team.filter(user__in=others))
        | (Q(execution__suggestion__team=None) & Exists(others))
    )
    return _rows(user, WAITING).exclude(own & theirs)


def others_who_decide(user: User) -> QuerySet[User]:
    """Whoever else could say what something was worth, if they see it."""
    people = User.objects.filter(is_active=True).exclude(pk=user.pk).exclude(role=Role.AUDITOR)
    # Sales people brought in by an import cannot sign in.
    return people.exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX)


def found(user: User, sample_id: int) -> Drawn | None:
    """One of them, for whoever sees its record."""
    rows = _rows(user, ALL).filter(pk=sample_id).select_related("execution__suggestion")
    return next(iter(_plates(user, list(rows))), None)


def _rows(user: User, view: str) -> QuerySet[AuditSample]:
    rows = AuditSample.objects.filter(
        execution__suggestion__in=Suggestion.objects.for_user(user).values("pk")
    )
    if view == WAITING:
        return rows.filter(verdict="")
    return rows.exclude(verdict="") if view == READ else rows


def _in_cell(cell: Cell) -> QuerySet[SuggestionItem]:
    return SuggestionItem.objects.filter(
        suggestion=OuterRef("execution__suggestion"),
        group=cell.field_group,
        suggestion__agent=cell.agent_id,
        suggestion__workflow_version=cell.workflow_version_id,
        suggestion__action=cell.action,
        suggestion__segment=cell.segment,
    )


def _plates(user: User, page: Sequence[AuditSample]) -> list[Drawn]:
    plates = done.plates_of(user, [sample.execution for sample in page])
    return [Drawn(sample, plate) for sample, plate in zip(page, plates, strict=True)]
