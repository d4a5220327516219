"""Messages on their way: what waits, what was sent, what went wrong, and what nobody knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from approvals.models import Attempt, Delivery, Execution, Message, Settlement, Suggestion
from crmgov.kernel.refusals import NotFound
from crmgov.people.models import User

from .keyset import Order, Page, page_of
from .together import counted, together

SIZE = 25
# A count stops here; one more is "1,000+".
COUNTED = 1_000
UNKNOWN, WAITING, TRYING, SENT, REFUSED, CANCELLED = (
    "unknown", "waiting", "trying", "sent", "refused", "cancelled",
)  # fmt: skip
VIEWS = {
    UNKNOWN: "Outcome unknown",
    WAITING: "Counting down",
    TRYING: "Trying again",
    SENT: "Sent",
    REFUSED: "Refused",
    CANCELLED: "Cancelled",
}
Status = Execution.Status
WHICH = {
    UNKNOWN: Q(status=Status.UNKNOWN),
    WAITING: Q(status=Status.PENDING, tries=0),
    TRYING: Q(status=Status.PENDING, tries__gt=0),
    SENT: Q(status=Status.SUCCEEDED),
    REFUSED: Q(status=Status.FAILED),
    CANCELLED: Q(status__in=(Status.CANCELLED, Status.STALE)),
}
NEWEST_FIRST = Order(("finished_at", "pk"), descending=True)
BY_DUE = Order(("due_at", "pk"))


@dataclass(frozen=True, slots=True)
class Line:
    """One message of the list, fully loaded; `taken` are the words with which somebody took it."""

    execution: Execution
    message: Message
    taken: str = ""

    @property
    def suggestion(self) -> Suggestion:
        return self.execution.suggestion


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt: its number, what came of it and when, and whether its bytes were claimed first."""

    number: int
    outcome: str
    words: str
    at: datetime
    claimed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Opened:
    """One message with its tries, newest first, and what people said of those nobody knew."""

    line: Line
    tries: Sequence[Try]
    settlements: Mapping[int, Settlement]


def counts(user: User) -> dict[str, int]:
    """Each view with how many stand there, up to one above COUNTED; one query."""
    rows = _visible(user)
    found = together(
        **{view: counted(rows.filter(which).values("pk"), most=COUNTED + 1) for view, which in WHICH.items()}
    )
    return {view: answer["all"] for view, (answer,) in found.items()}


def unknown(user: User) -> QuerySet[Execution]:
    """What this person sees of which nobody knows."""
    return _visible(user).filter(WHICH[UNKNOWN])


def page_for(user: User, *, view: str, cursor: str = "", size: int = SIZE) -> Page[Line]:
    """One page of a view; what waits by when it is due, the rest newest first. Of what was sent two queries."""
    order = BY_DUE if view in (WAITING, TRYING) else NEWEST_FIRST
    rows = _loaded(_visible(user).filter(WHICH[view])).defer("decision__message__mime")
    return page_of(
        rows,
        order,
        cursor=cursor,
        size=size,
        plate=lambda page: _lines(page, _taken(page) if view == SENT else {}),
    )


def opened(user: User, execution_id: UUID) -> Opened:
    """One message. Raises NotFound: another team's, or no message at all."""
    execution = _loaded(_visible(user).filter(pk=execution_id)).first()
    if execution is None:
        raise NotFound
    settled = Settlement.objects.filter(execution=execution)
    (line,) = _lines([execution], _taken([execution]))
    return Opened(
        line,
        _tries(execution),
        {one.number: one for one in settled},
    )


def _lines(rows: Sequence[Execution], taken: Mapping[UUID, str]) -> list[Line]:
    return [Line(one, one.decision.message, taken.get(one.pk, "")) for one in rows]


def _taken(rows: Sequence[Execution]) -> dict[UUID, str]:
    ended = Attempt.objects.filter(execution__in=rows, outcome=Status.SUCCEEDED).order_by("number")
    return dict(ended.values_list("execution_id", "note"))


def _tries(execution: Execution) -> list[Try]:
    """Attempts, and the deliveries that none of them ended."""
    claimed = {one.number: one.claimed_at for one in Delivery.objects.filter(execution=execution)}
    ended = {one.number: one for one in Attempt.objects.filter(execution=execution)}
    found = []
    for number in sorted({*claimed, *ended}, reverse=True):
        attempt, at = ended.get(number), claimed.get(number)
        if attempt is not None:
            found.append(Try(number, attempt.outcome, attempt.note, attempt.at, at))
        elif at is not None:
            outcome = "leaving" if execution.sending == number else Status.UNKNOWN.value
            found.append(Try(number, outcome, "", at, at))
    return found


def _visible(user: User) -> QuerySet[Execution]:
    mine = Suggestion.objects.for_user(user).values("pk")
    return Execution.objects.filter(leaves=True, decision__message__isnull=False, suggestion__in=mine)


def _loaded(rows: QuerySet[Execution]) -> QuerySet[Execution]:
    return rows.select_related(
        "suggestion__agent",
        "suggestion__proposed_by",
        "suggestion__workflow_version__workflow",
        "decision__person",
        "decision__message__contact",
        "decision__message__standing__version__template",
        "decision__message__standing__signed_by",
    )
