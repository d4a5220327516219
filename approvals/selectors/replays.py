"""What a policy draft would have changed: how many of each kind, and which, by what people did with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Case, CharField, Count, Exists, OuterRef, Q, QuerySet, Value, When

from approvals.models import Decision, PolicyDraft, PolicyReplayLine, Suggestion
from approvals.rules.replays import ORDER, is_stricter
from approvals.rules.vocabulary import Outcome
from crmgov.people.models import User
from crmgov.records.models import ChangeSet

from .keyset import Order, Page, page_of

SIZE = 25
GOOD, BAD, UNKNOWN = "good", "bad", "unknown"
STRICTER, LOOSER = "stricter", "looser"
# A person took it as it was and nobody put it back; or somebody said no to it, before or after it ran.
TAKEN = Q(suggestion__decision__kind=Decision.Kind.APPROVE, suggestion__decision__person__isnull=False)
REFUSED = Q(suggestion__decision__kind=Decision.Kind.REJECT) | Q(suggestion__execution__contest__isnull=False)
PUT_BACK = Exists(ChangeSet.objects.filter(reverses=OuterRef("suggestion__execution__change_set_id")))


@dataclass(frozen=True, slots=True)
class Asked:
    """Which lines: one way or one pair of verdicts, and what became of them; empty for any."""

    way: str = ""
    was: str = ""
    becomes: str = ""
    known: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """So many suggestions went from one verdict to another, of them known good, bad and unknown."""

    was: Outcome
    becomes: Outcome
    known: dict[str, int]

    @property
    def all(self) -> int:
        return sum(self.known.values())

    @property
    def way(self) -> str:
        return way_of(self.was, self.becomes)


@dataclass(frozen=True, slots=True)
class Row:
    """One suggestion that the draft says something else about."""

    suggestion_id: UUID
    number: int
    title: str
    record: str
    agent: str
    was: Outcome
    becomes: Outcome
    rules: Sequence[str]
    known: str
    decided: str


def way_of(was: Outcome, becomes: Outcome) -> str:
    return STRICTER if is_stricter(was, becomes) else LOOSER


def counts_for(user: User, draft: PolicyDraft) -> list[Tally]:
    """Stricter ones first; one query."""
    lines: QuerySet[Any, Any] = _visible(user, draft)
    rows = lines.values("was", "becomes", "known").annotate(n=Count("pk")).order_by()
    found: dict[tuple[str, str], dict[str, int]] = {}
    for row in rows:
        found.setdefault((row["was"], row["becomes"]), {})[row["known"]] = row["n"]
    counted = [Tally(Outcome(was), Outcome(becomes), known) for (was, becomes), known in found.items()]
    return sorted(
        counted, key=lambda one: (one.way == LOOSER, ORDER.index(one.was), ORDER.index(one.becomes))
    )


def page_for(user: User, draft: PolicyDraft, asked: Asked, *, cursor: str = "") -> Page[Row]:
    """The lines that are asked for, page by page; one query."""
    lines = _visible(user, draft)
    if asked.way:
        lines = lines.filter(_way(asked.way))
    for field in ("was", "becomes", "known"):
        if wanted := getattr(asked, field):
            lines = lines.filter(**{field: wanted})
    lines = lines.select_related("suggestion__agent", "suggestion__proposed_by", "suggestion__decision")
    return page_of(
        lines,
        Order(("pk",), descending=True),
        cursor=cursor,
        size=SIZE,
        plate=lambda page: [_row(one) for one in page],
    )


def _visible(user: User, draft: PolicyDraft) -> QuerySet[PolicyReplayLine]:
    mine = Suggestion.objects.for_user(user).values("pk")
    known = Case(
        When(REFUSED | Q(PUT_BACK), then=Value(BAD)),
        When(TAKEN, then=Value(GOOD)),
        default=Value(UNKNOWN),
        output_field=CharField(),
    )
    return PolicyReplayLine.objects.filter(replay__draft=draft, suggestion__in=mine).annotate(known=known)


def _way(way: str) -> Q:
    found = Q()
    for was in ORDER:
        for becomes in ORDER:
            if was is not becomes and way_of(was, becomes) == way:
                found |= Q(was=was.value, becomes=becomes.value)
    return found


def _row(line: PolicyReplayLine) -> Row:
    suggestion = line.suggestion
    decision: Decision | None = getattr(suggestion, "decision", None)
    return Row(
        suggestion_id=suggestion.pk,
        number=suggestion.number,
        title=suggestion.title,
        record=suggestion.record_label,
        agent=str(suggestion.agent or suggestion.proposed_by),
        was=Outcome(line.was),
        becomes=Outcome(line.becomes),
        rules=line.rules,
        known=str(getattr(line, "known", UNKNOWN)),
        decided=str(decision) if decision else suggestion.get_status_display(),
    )
