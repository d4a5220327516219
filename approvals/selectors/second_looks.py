"""High-risk decisions that wait for a blind second look, and how often two people who looked alone agree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Case, Count, F, Q, QuerySet, Value, When

from approvals.models import Decision, SecondLook, Suggestion
from approvals.rules.second_looks import OPEN_FOR, Agreement
from crmgov.kernel.refusals import NotFound
from crmgov.people.models import User

from . import decided, inbox
from .decided import Decided

# One screen; who works through these sees the next ones.
MOST = 50
# The first answer as a second look would have said it.
FIRST = Case(When(decision__kind=Decision.Kind.REJECT, then=Value("reject")), default=Value("approve"))


@dataclass(frozen=True, slots=True)
class QueueAgreement:
    """How two people who looked alone agreed in one queue, and how many looks wait there."""

    queue: str
    agreement: Agreement
    waiting: int


def of(user: User, *, at: datetime) -> QuerySet[SecondLook]:
    """Those this person may answer, answered or not: where they decide, and nothing that their side proposed."""
    theirs = (
        Suggestion.objects.for_user(user)
        .filter(inbox.decided_by(user, at))
        .exclude(proposed_by=user)
        .exclude(agent__owner=user)
    )
    drawn = SecondLook.objects.filter(
        drawn_at__gt=at - OPEN_FOR, decision__suggestion__in=theirs.values("pk")
    )
    return drawn.exclude(decision__person=user)


def waiting(user: User, *, at: datetime) -> QuerySet[SecondLook]:
    """Those nobody has answered yet."""
    return of(user, at=at).filter(answer="")


def listed(user: User, *, at: datetime) -> list[SecondLook]:
    """The oldest of them; one query. Nothing in it tells what was decided."""
    rows = waiting(user, at=at).select_related(
        "queue", "decision__suggestion__agent", "decision__suggestion__proposed_by"
    )
    return list(rows.order_by("drawn_at", "pk")[:MOST])


def find(user: User, suggestion_id: UUID, *, at: datetime) -> tuple[SecondLook, Decided]:
    """One of them with what was on screen when it was decided; ten queries. Raises NotFound."""
    row = (
        of(user, at=at)
        .select_related("queue", "person", "decision__person")
        .filter(decision__suggestion=suggestion_id)
        .first()
    )
    if row is None:
        raise NotFound
    return row, decided.find(user, suggestion_id)


def agreements() -> list[QueueAgreement]:
    """By queue, the one with the most answers first; one query. For those who oversee."""
    rows = (
        SecondLook.objects.annotate(first=FIRST, name=F("queue__name"))
        .values("name")
        .order_by()
        .annotate(
            asked=Count("pk", filter=~Q(answer="")),
            same=Count("pk", filter=Q(answer=F("first"))),
            left=Count("pk", filter=Q(answer="")),
        )
    )
    found = [
        QueueAgreement(row["name"] or "No queue", Agreement(row["same"], row["asked"]), row["left"])
        for row in rows
    ]
    return sorted(found, key=lambda one: (-one.agreement.asked, one.queue))
