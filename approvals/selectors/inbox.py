"""The inbox list: what waits for whom, in the order in which it is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q, QuerySet

from approvals.models import QueueMembership, Suggestion
from approvals.rules.custom_rules import PREFIX, is_custom
from crmgov.people.models import Delegation, Role, User
from crmgov.records.models import Account
from crmgov.records.selectors.keyset import first_behind

from . import dues, on_the_way
from .filters import EVERYTHING, Filters
from .keyset import Page, page_of
from .orders import DUE, ORDERS

MINE, TEAM, DUE_SOON = "mine", "team", "due"
VIEWS = {MINE: "Mine", TEAM: "Team", DUE_SOON: "Due soon", **on_the_way.VIEWS}
SOON = timedelta(hours=4)
SIZE = 25
# A tab says how many up to here; beyond, counting would cost more than it tells.
COUNTED = 1_000

ICONS = {
    "set_fields": "field",
    "create_record": "plus",
    "assign_owner": "swap",
    "move_stage": "deal",
    "create_task": "task",
    "send_message": "mail",
    "request_suppression": "stop",
    "add_tag": "plus",
    "log_summary": "note",
}
# Two reasons at most stand in a row, the first of these that hold it.
WORDS = {
    "paused": "Paused",
    "field_never_ai": "Never changed by AI",
    "loop": "Follows from itself",
    "quota_exceeded": "Over its quota",
    "tombstoned": "Put back before",
    "opted_out": "Opted out",
    "suppressed": "Suppressed",
    "frequency_cap": "Written to often enough",
    "current_customer": "Prospecting to a customer",
    "open_opportunity": "Prospecting into an open deal",
    "unsafe_text": "Look at its text",
    "already_written": "Written to already",
    "escalated": "Open escalation",
    "account_hold": "On hold",
    "empathy_needed": "Complaint or cancellation",
    "sensitive_topic": "Sensitive topic",
    "conflicting_suggestion": "Two claims",
    "stale_facts": "Stale fact",
    "high_value": "High value",
    "winback_high_value": "Customer to win back",
    "sensitive_relationship": "Partner or competitor",
    "strategic_account": "Strategic account",
    "active_ticket": "Open ticket",
    "recent_service_issue": "Recent service issue",
    "complex_deal": "Complex deal",
    "ambiguous_identity": "Perhaps a double",
    "repeat_rejection": "Rejected before",
    "regulated_industry": "Regulated industry",
    "overwrites_verified": "Overwrites a verified value",
    "protected_field": "Always decided by a person",
    "score_conflicts_owner_view": "Against the owner's view",
    "uncalibrated_segment": "Score not proven in this segment",
    "overwrites_value": "Overwrites a value",
    "low_confidence": "Confidence in the review band",
    "customer_facing": "A customer reads it",
    "run_sample": "Sample of a run",
    "level": "Held by its level",
}
WEAK = frozenset({"overwrites_value", "low_confidence", "customer_facing", "level"})


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the list: name, what, why, value and the time left."""

    id: UUID
    number: int
    icon: str
    name: str
    what: str
    why: str
    value: Decimal | None
    due_at: datetime | None
    due_now: bool
    snoozed_until: datetime | None
    due_explained: str
    stale: bool
    in_conflict: bool
    high_risk: bool
    level: str
    watched_by: str


def page_for(
    user: User,
    *,
    at: datetime,
    view: str = MINE,
    filters: Filters = EVERYTHING,
    order: str = DUE,
    cursor: str = "",
    size: int = SIZE,
) -> Page[Row]:
    """One page of what waits, as this person may see it; three queries at most however many rows."""
    return page_of(
        listed(user, view=view, filters=filters, at=at).select_related("claimed_by"),
        ORDERS[order],
        cursor=cursor,
        size=size,
        plate=lambda found: [_row(suggestion, user, at) for suggestion in found],
    )


def waiting(user: User, *, view: str, at: datetime) -> QuerySet[Suggestion]:
    """What is queued and visible: everything, what this person decides, or what is due soon of that.

    What sleeps is in neither of these two; what is asked back is due all the same.
    """
    return _of_view(view, user, decided_by(user, at), at)


def listed(user: User, *, view: str, filters: Filters, at: datetime) -> QuerySet[Suggestion]:
    """`waiting` for a list that is drawn in order, narrowed.

    A reviewer's queues are named rather than asked for inside: who is in one queue, as most are, then reads its
    index in order; one query more.
    """
    decides = decided_by(user, at)
    if user.role == Role.REVIEWER and view != TEAM:
        decides = Q(queue__in=list(_queues(user, at).values_list("queue", flat=True)))
    return filters.apply(_of_view(view, user, decides, at), at=at)


def _of_view(view: str, user: User, decides: Q, at: datetime) -> QuerySet[Suggestion]:
    rows = Suggestion.objects.for_user(user).waiting()
    if view == TEAM:
        return rows
    if view in on_the_way.VIEWS:
        whose = decides | Q(proposed_by=user) if view == on_the_way.ASKED else decides
        return rows.filter(on_the_way.is_in(view, at), whose)
    rows = rows.filter(decides, on_the_way.awake(at))
    return rows.filter(effective_due_at__lte=at + SOON) if view == DUE_SOON else rows.filter(asked_at=None)


def counts(user: User, *, at: datetime) -> dict[str, int]:
    """View -> how many wait there, counted up to COUNTED + 1; one query for all, none of it over all rows."""
    counted = counts_of([waiting(user, view=view, at=at) for view in VIEWS])
    return dict(zip(VIEWS, counted, strict=True))


def next_after(
    user: User,
    decided: Suggestion,
    *,
    at: datetime,
    view: str = MINE,
    filters: Filters = EVERYTHING,
    order: str = DUE,
) -> UUID | None:
    """The one that stood behind it in the list, or the first where it was the last; None when nothing waits."""
    rows = listed(user, view=view, filters=filters, at=at).exclude(pk=decided.pk)
    # What never waited has no place among what does.
    behind = None if decided.effective_due_at is None else first_behind(rows, ORDERS[order], decided)
    found = behind or first_behind(rows, ORDERS[order])
    return found.pk if found else None


def reasons_of(suggestion: Suggestion) -> list[str]:
    """At most two reasons, the weightiest first."""
    held = [rule for rule in WORDS if rule in suggestion.rules]
    # Somebody wrote a custom rule for just this: it says more than that a value or level is so.
    weighty = [rule for rule in held if rule not in WEAK] + [
        rule for rule in suggestion.rules if is_custom(rule)
    ]
    said = [words_of(rule) for rule in dict.fromkeys([*weighty, *held])]
    if suggestion.stale_since is not None and WORDS["stale_facts"] not in said:
        said.insert(0, WORDS["stale_facts"])
    if suggestion.asked_at is not None:
        said.insert(0, on_the_way.ASKED_BACK)
    if suggestion.escalated_at is not None:
        said.insert(0, on_the_way.RAISED)
    return said[:2]


def words_of(rule: str) -> str:
    """What a rule is called on screen, one of the gate or of a policy."""
    if is_custom(rule):
        return f"Rule {rule.removeprefix(PREFIX).replace('_', ' ')}"
    return WORDS.get(rule, rule.replace("_", " ").capitalize())


def counts_of(lists: Sequence[QuerySet[Suggestion]]) -> list[int]:
    """How many each list holds, counted in the database up to COUNTED + 1 each; one query for all of them."""
    parts: list[str] = []
    values: list[Any] = []
    for rows in lists:
        try:
            sql, params = rows.order_by().values("pk")[: COUNTED + 1].query.sql_with_params()
        except EmptyResultSet:
            sql, params = "SELECT WHERE false", ()
        # What Django wrote, its parameters beside it.
        parts.append(f"(SELECT count(*) FROM ({sql}) AS counted)")  # noqa: S608
        values += params
    if not parts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", values)
        return list(cursor.fetchone() or ())


def _queues(user: User, at: datetime) -> QuerySet[QueueMembership]:
    """One's own queues, and those of the people one stands in for."""
    # A subquery rather than a list: a page asks this for each tab and for the rail.
    return QueueMembership.objects.filter(Q(user=user) | Q(user__in=_absent(user, at)))


def _absent(user: User, at: datetime) -> QuerySet[Delegation, Any]:
    stands_in = Delegation.objects.filter(
        delegate=user, starts_at__lte=at, ends_at__gt=at, user__is_active=True
    )
    return stands_in.values("user")


def decided_by(user: User, at: datetime) -> Q:
    """In one's queues, on one's accounts, or for whom one stands in; admins decide everywhere."""
    if user.role == Role.ADMIN:
        return Q(pk__isnull=False)
    if user.role == Role.AUDITOR:
        return Q(pk__isnull=True)
    decides = Q(queue__in=_queues(user, at).values("queue"))
    if user.role == Role.ACCOUNT_MANAGER:
        owned = Account.objects.filter(Q(owner=user) | Q(owner__in=_absent(user, at))).values("pk")
        decides |= Q(account_id__in=owned)
    return decides


def _row(suggestion: Suggestion, user: User, at: datetime) -> Row:
    claimed = suggestion.claimed_until is not None and suggestion.claimed_until > at
    due, sleeps = dues.of(suggestion, at), on_the_way.sleeps(suggestion, at)
    watcher = suggestion.claimed_by if claimed and suggestion.claimed_by_id != user.pk else None
    return Row(
        id=suggestion.pk,
        number=suggestion.number,
        icon="split" if suggestion.in_conflict else ICONS.get(suggestion.action, "field"),
        name=suggestion.record_label,
        what=suggestion.title,
        # Of one that sleeps the list says so first: only it knows how the viewer reads a time.
        why=" · ".join(_lowered(reasons_of(suggestion)[: 1 if sleeps else 2])),
        value=suggestion.value_at_stake,
        due_at=due.at,
        due_now=due.now,
        snoozed_until=suggestion.snoozed_until if sleeps else None,
        due_explained=suggestion.due_explained,
        stale=suggestion.stale_since is not None,
        in_conflict=suggestion.in_conflict,
        high_risk=suggestion.high_risk,
        level=suggestion.level,
        watched_by=str(watcher or ""),
    )


def _lowered(reasons: Sequence[str]) -> list[str]:
    return [reason if place == 0 else reason[:1].lower() + reason[1:] for place, reason in enumerate(reasons)]
