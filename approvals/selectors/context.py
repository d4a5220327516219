"""Beside an item: the account it hangs on, open tickets, what else is proposed, what happened last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from approvals.models import ModelCall, Suggestion, SuggestionItem
from approvals.rules.commitments import commitments
from approvals.rules.told import Told, places_of
from crmgov.kernel.actors import ActorType
from crmgov.people.models import User
from crmgov.records import registry
from crmgov.records.models import SUMMARY, Account, Activity, ChangeSet, FieldChange, Hold, Ticket
from crmgov.records.selectors import holds

from . import origins, subjects
from .together import Rows, instance, together, whole

Asked = dict[str, QuerySet[Any, Any]]
TICKETS, PROPOSALS, ENTRIES, PROMISES = 3, 5, 8, 4
# What people wrote lately is read for promises.
READ, LATELY = 40, timedelta(days=90)
WRITTEN = ("mail_in", "mail_out", "reply", "note", "call", "meeting", "chat")
# What the card shows of the account itself, and what an agent calls the number of its open tickets.
CARD_FIELDS = (
    "domain", "industry", "employees", "annual_value", "renewal_date", "lifecycle", "owner", "owner_view",
)  # fmt: skip
OPEN_TICKETS_FACT = "open_tickets"
OPEN_TICKETS = ("open", "waiting")
ACTIVITY_ICONS = {
    "mail_in": "mail", "mail_out": "mail", "reply": "reply", "call": "phone", "meeting": "users", "note": "note",
    "chat": "chat", "form": "field", "page_view": "eye", "video": "eye", "login": "login", "usage": "pulse",
    "purchase": "deal",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shown(Told):
    """What a language model was shown, to the last thing: what is not among its places it did not see."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the timeline, as components/timeline.html draws it."""

    at: datetime
    sentence: str
    icon: str = ""
    actor: str = ""
    who: str = ""
    value: str = ""
    meta: tuple[str, ...] = ()
    body: str = ""
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Mini:
    id: str
    title: str
    note: str = ""
    tone: str = ""
    due_at: datetime | None = None
    mark: str = ""


@dataclass(frozen=True, slots=True)
class AccountCard:
    id: UUID
    name: str
    tags: Sequence[str]
    domain: str
    annual_value: Decimal | None
    currency: str
    renewal_date: date | None
    owner: str
    employees: int | None
    industry: str
    lifecycle: str
    owner_view: str
    hold: str
    tickets: Sequence[Mini]
    more_tickets: bool
    proposals: Sequence[Mini]
    promises: Sequence[Entry]
    timeline: Sequence[Entry]
    # Field -> how it stands to the proposal beside it (rules/told.py); the hold is among them as "hold".
    marks: Mapping[str, str]
    by_agent: bool = False
    # Whether the marks say what a language model did not see, rather than what an agent did not name.
    by_model: bool = False


def told_to(suggestion: Suggestion, items: Sequence[SuggestionItem], *, writes: str) -> Told:
    """What stood before the proposer: the facts it named and the fields it proposes to write."""
    names = [str(fact.get("name", "")) for fact in suggestion.facts]
    places = places_of(names, suggestion.record_type) | {(writes, item.field) for item in items}
    places |= {(one["type"], one["id"]) for one in suggestion.stated}
    call = suggestion.model_call
    if call is not None and call.outcome == ModelCall.Outcome.WRITTEN:
        places = frozenset((kind, name) for kind, name in call.given)
        return Shown(suggestion.made_at, places, by_agent=True)
    quotes = tuple(str(one.get("text") or "") for item in items for one in item.evidence)
    return Told(suggestion.made_at, frozenset(places), suggestion.agent_id is not None, quotes)


def card_for(
    user: User, account_id: UUID | None, *, beside: UUID | None, at: datetime, told: Told | None = None
) -> AccountCard | None:
    """The card of the account, if this person may see it; one query. `beside` is the suggestion it stands by.

    With `told` what its proposer could not see, or did not name, is marked.
    """
    return card_of(together(**asked(user, account_id, beside=beside, at=at)), at, told)


def asked(user: User, account_id: UUID | None, *, beside: UUID | None, at: datetime) -> Asked:
    """What the card is made of, to be asked together with what else the page needs."""
    if account_id is None:
        return {}
    return {
        "account": whole(Account.objects.for_user(user).filter(pk=account_id), "owner", "segment"),
        "holds": whole(holds.open_on([account_id], at=at), "placed_by"),
        "tickets": whole(_tickets_of(user, account_id)),
        "proposals": whole(_also_proposed(user, account_id, beside), "workflow_version__workflow"),
        "activities": whole(_activities_of(user, account_id)),
        "written": whole(_written_of(user, account_id, at)),
        "changes": whole(
            FieldChange.objects.filter(record_id=account_id).order_by("-id")[:ENTRIES], "change_set"
        ),
    }


def card_of(found: Mapping[str, Rows], at: datetime, told: Told | None = None) -> AccountCard | None:
    """The card from the answers; None where there is no account this person may see. `told` as for `card_for`."""
    if not found.get("account"):
        return None
    account = instance(Account, found["account"][0])
    tickets = [_ticket(instance(Ticket, row), told) for row in found["tickets"]]
    placed = (instance(Hold, row) for row in found["holds"])
    hold = next((one for one in placed if one.runs(at)), None)
    return AccountCard(
        id=account.pk,
        name=account.name,
        tags=_tags(account),
        domain=account.domain,
        annual_value=account.annual_value,
        currency=account.currency,
        renewal_date=account.renewal_date,
        owner=str(account.owner or ""),
        employees=account.employees,
        industry=account.industry,
        lifecycle=account.get_lifecycle_display() if account.lifecycle else "",
        owner_view=account.get_owner_view_display() if account.owner_view else "",
        hold=_hold(hold),
        tickets=tickets[:TICKETS],
        more_tickets=len(tickets) > TICKETS,
        proposals=[_proposal(instance(Suggestion, row)) for row in found["proposals"]],
        promises=_promises(found["written"]),
        timeline=_timeline(found, told),
        marks=_marks(account, hold, told),
        by_agent=told is not None and told.by_agent,
        by_model=isinstance(told, Shown),
    )


def _timeline(found: Mapping[str, Rows], told: Told | None) -> list[Entry]:
    """Activities of the account and changes of its own fields, newest first."""
    activities = (instance(Activity, row) for row in found["activities"])
    changes = (instance(FieldChange, row) for row in found["changes"])
    entries = [
        *(_happened(activity, told) for activity in activities),
        *(_changed(change, told) for change in changes),
    ]
    return sorted(entries, key=attrgetter("at"), reverse=True)[:ENTRIES]


def _promises(rows: Rows) -> list[Entry]:
    """What was promised in what people wrote, newest first, each with where it stands."""
    found: list[Entry] = []
    for row in rows:
        activity = instance(Activity, row)
        source = activity.subject or activity.get_kind_display()
        found += [
            Entry(
                at=activity.occurred_at,
                sentence=one.sentence,
                icon=ACTIVITY_ICONS.get(activity.kind, "log"),
                meta=(source, activity.by),
            )
            for one in commitments(activity.body)
        ]
    return found[:PROMISES]


def _tags(account: Account) -> list[str]:
    """Facts that matter for a decision, three at most."""
    said = [
        ("Strategic", account.strategic),
        ("Escalated", account.escalated),
        ("Regulated", account.regulated),
        (account.segment.name.capitalize() if account.segment else "", account.segment is not None),
        *((flag.capitalize(), True) for flag in account.relationship_flags),
    ]
    return [words for words, holds in said if holds][:3]


def _marks(account: Account, hold: Hold | None, told: Told | None) -> dict[str, str]:
    """How each field of the card, as it was written last, and the hold stand to the proposal."""
    if told is None:
        return {}
    marks = {field: told.mark(_written_at(account, field), ("account", field)) for field in CARD_FIELDS}
    return marks | ({"hold": told.mark(hold.placed_at)} if hold else {})


def _written_at(account: Account, field: str) -> datetime | None:
    raw = (account.provenance.get(field) or {}).get("at")
    return datetime.fromisoformat(raw) if raw else None


def _hold(hold: Hold | None) -> str:
    return f"{hold.placed_by} holds it until {hold.until:%d %b %Y}: {hold.reason}" if hold else ""


def _tickets_of(user: User, account_id: UUID) -> QuerySet[Ticket]:
    rows: QuerySet[Ticket] = Ticket.objects.for_user(user)
    rows = rows.filter(account=account_id, status__in=OPEN_TICKETS, archived_at=None)
    return rows.order_by("-escalated", "-opened_at", "-id")[: TICKETS + 1]


def _activities_of(user: User, account_id: UUID) -> QuerySet[Activity]:
    rows: QuerySet[Activity] = Activity.objects.for_user(user)
    return rows.filter(account=account_id).order_by("-occurred_at", "-id")[:ENTRIES]


def _written_of(user: User, account_id: UUID, at: datetime) -> QuerySet[Activity]:
    rows: QuerySet[Activity] = Activity.objects.for_user(user)
    rows = rows.filter(account=account_id, kind__in=WRITTEN, occurred_at__gte=at - LATELY).exclude(body="")
    # A summary repeats what stands in what it is made of.
    rows = rows.exclude(data__has_key=SUMMARY)
    return rows.order_by("-occurred_at", "-id")[:READ]


def _ticket(ticket: Ticket, told: Told | None) -> Mini:
    return Mini(
        str(ticket.pk),
        ticket.subject,
        note=f"{ticket.get_priority_display()}, {ticket.get_status_display().lower()}",
        tone="danger" if ticket.escalated else "",
        due_at=None,
        # Whoever counted the open tickets has seen those there were.
        mark=told.mark(ticket.updated_at, ("account", OPEN_TICKETS_FACT), ("ticket", str(ticket.pk)))
        if told
        else "",
    )


def _also_proposed(user: User, account_id: UUID, beside: UUID | None) -> QuerySet[Suggestion]:
    rows = Suggestion.objects.for_user(user).queued().filter(account_id=account_id)
    if beside is not None:
        rows = rows.exclude(pk=beside)
    return rows.order_by("effective_due_at", "pk")[:PROPOSALS]


def _proposal(suggestion: Suggestion) -> Mini:
    return Mini(
        str(suggestion.pk),
        suggestion.title,
        note=f"{suggestion.record_label} · {suggestion.workflow_version}",
        due_at=suggestion.effective_due_at,
    )


def _happened(activity: Activity, told: Told | None) -> Entry:
    return Entry(
        at=activity.occurred_at,
        sentence=activity.subject or activity.get_kind_display(),
        icon=ACTIVITY_ICONS.get(activity.kind, "log"),
        meta=tuple(
            filter(
                None,
                (
                    activity.get_kind_display() if activity.subject else "",
                    activity.by,
                    *origins.words_of(activity),
                ),
            )
        ),
        body=activity.body,
        mark=told.mark(activity.occurred_at, ("activity", str(activity.pk)), body=activity.body)
        if told
        else "",
    )


def _changed(change: FieldChange, told: Told | None) -> Entry:
    return Entry(
        at=change.at,
        sentence=f"{registry.label(change.record_type, change.field)} set to",
        actor=change.change_set.actor_type,
        value=_new_value(change)[:120],
        meta=(_author(change.change_set), change.source),
        mark=told.mark(change.at, (change.record_type, change.field)) if told else "",
    )


def _new_value(change: FieldChange) -> str:
    """In words; a reference has its label copied into the ledger."""
    return change.new_label or subjects.shown(change.record_type, change.field, change.new, {}) or "empty"


def _author(change_set: ChangeSet) -> str:
    if change_set.actor_type == ActorType.HUMAN_APPROVED_AI:
        return f"{change_set.agent_label or 'AI'}, approved by {change_set.actor_label}"
    return change_set.agent_label or change_set.actor_label
