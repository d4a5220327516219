"""What built-in workflows read of conversations: meetings nobody summed up, and what is open around a record.

A fixed number of queries for many records. Nothing of another team's is told: what it is told for may hang elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from django.db.models import F, Max, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from approvals.models import Suggestion, SuggestionItem
from approvals.rules.commitments import commitments
from crmgov.records.models import SUMMARY, Account, Activity, ActivityKind, Contact, Opportunity, Task, Ticket
from crmgov.records.models.governed import Governed
from crmgov.records.rules.contactability import Reason
from crmgov.records.selectors import contact_rules, contactability, timeline

from .surroundings import OPEN_TICKET

# What was held longer ago is remembered by nobody, so nobody could say whether a summary is right.
REMEMBERED = timedelta(days=14)
LATELY = timedelta(days=90)
MOST_MEETINGS, MOST_LINES, MOST_READ = 3, 4, 20
TALK = (
    ActivityKind.MAIL_IN, ActivityKind.MAIL_OUT, ActivityKind.REPLY, ActivityKind.CALL, ActivityKind.MEETING,
    ActivityKind.CHAT,
)  # fmt: skip
# The nearest first.
HANGS_ON = ("ticket", "opportunity", "contact", "account")
# What came to nothing without anybody's word may be said again.
UNHEARD = (Suggestion.Status.BLOCKED, Suggestion.Status.SHADOWED, Suggestion.Status.SUPERSEDED)
# What stands against a message today and not next week is no reason to forget them.
LASTING = {Reason.ARCHIVED, Reason.NO_ADDRESS, Reason.OPTED_OUT, Reason.SUPPRESSED}


@dataclass(frozen=True, slots=True)
class Held:
    """A meeting with notes, and the nearest record it was about."""

    id: UUID
    record_type: str
    record_id: UUID
    at: datetime
    subject: str
    notes: str


@dataclass(frozen=True, slots=True)
class Brief:
    """What is open and what was said last, a line each, the newest first."""

    tickets: tuple[str, ...] = ()
    deals: tuple[str, ...] = ()
    promises: tuple[str, ...] = ()
    touches: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Silence:
    """When anybody last talked with them, whether they ever answered, and who may be written to.

    `is_busy`: a deal or a ticket is open, or somebody wanted to write to them lately.
    """

    heard_at: datetime
    answered: bool
    is_busy: bool
    reader: UUID | None


def summed(keys: Iterable[UUID]) -> set[str]:
    """Which activities and tasks somebody has proposed a summary of."""
    wanted = [str(key) for key in keys]
    if not wanted:
        return set()
    rows = SuggestionItem.objects.filter(
        suggestion__action="log_summary", field="of", proposed__in=wanted
    ).exclude(suggestion__status__in=UNHEARD)
    return {str(key) for key in rows.values_list("proposed", flat=True)}


def meetings(records: Mapping[UUID, Governed], at: datetime) -> dict[UUID, dict[str, Any]]:
    """Of each account the last meetings whose notes nobody summed up, the oldest first."""
    rows = Activity.objects.filter(
        account__in=list(records),
        kind=ActivityKind.MEETING,
        occurred_at__gt=at - REMEMBERED,
        occurred_at__lte=at,
    ).exclude(body="")
    newest = list(_numbered(rows).filter(place__lte=MOST_MEETINGS).order_by("occurred_at", "id"))
    known = summed(row.pk for row in newest)
    found: dict[UUID, list[Held]] = {}
    for row in newest:
        if str(row.pk) not in known:
            found.setdefault(cast("UUID", row.account_id), []).append(_held(row))
    return {key: {"meetings": tuple(some)} for key, some in found.items()}


def _held(row: Activity) -> Held:
    kind = next(name for name in HANGS_ON if getattr(row, f"{name}_id") is not None)
    return Held(row.pk, kind, getattr(row, f"{kind}_id"), row.occurred_at, row.subject.strip(), row.body)


def briefs(records: Mapping[UUID, Governed], at: datetime) -> dict[UUID, dict[str, Any]]:
    """What is known around the account of each record; of a task also whether it was briefed about."""
    accounts = {key: account for key, row in records.items() if (account := account_behind(row)) is not None}
    wanted = set(accounts.values())
    told = [
        (row.account_id, row.team_id, "tickets", _ticket(row))
        for row in Ticket.objects.present()
        .filter(account__in=wanted, status__in=OPEN_TICKET)
        .order_by("-opened_at", "pk")
    ]
    deals = Opportunity.objects.present().filter(account__in=wanted, stage__kind="open")
    told += [
        (row.account_id, row.team_id, "deals", _deal(row))
        for row in deals.select_related("stage").order_by("-created_at", "pk")
    ]
    told += list(_said(wanted, at))
    known = summed(records)
    return {
        key: {
            "brief": _brief(told, accounts.get(key), team_of(row)),
            "briefed": str(key) in known,
        }
        for key, row in records.items()
    }


def team_of(record: Any) -> int | None:
    """Whose people read what is proposed about it: of a task those of the nearest record it hangs on."""
    ways = (getattr(record, name) for name in HANGS_ON) if isinstance(record, Task) else (record,)
    return next((one.team_id for one in ways if one is not None), None)


def account_behind(record: Any) -> UUID | None:
    """The account a record hangs on, by way of its deal, its ticket or its contact too."""
    if isinstance(record, Account):
        return record.pk
    ways = (record, *(getattr(record, name, None) for name in ("opportunity", "ticket", "contact")))
    return next((one.account_id for one in ways if one is not None and one.account_id), None)


def _brief(told: Collection[tuple[Any, Any, str, str]], account: UUID | None, team: int | None) -> Brief:
    lines: dict[str, list[str]] = {}
    for about, of_team, kind, line in told:
        if account is not None and about == account and of_team in (None, team):
            lines.setdefault(kind, []).append(line)
    return Brief(**{kind: tuple(some[:MOST_LINES]) for kind, some in lines.items()})


def _said(accounts: Collection[UUID], at: datetime) -> Iterable[tuple[UUID | None, int | None, str, str]]:
    """The last touches and what was promised in them, the newest first."""
    rows = Activity.objects.filter(
        account__in=accounts,
        kind__in=(*TALK, ActivityKind.NOTE),
        occurred_at__gt=at - LATELY,
        occurred_at__lte=at,
    ).exclude(data__has_key=SUMMARY)
    for row in _numbered(rows).filter(place__lte=MOST_READ).order_by("-occurred_at", "-id"):
        day = f"{row.occurred_at:%d %b %Y}"
        if row.kind != ActivityKind.NOTE:
            subject = f", “{row.subject}”" if row.subject else ""
            yield row.account_id, row.team_id, "touches", f"{row.get_kind_display()}, {day}{subject}"
        for one in commitments(row.body):
            yield row.account_id, row.team_id, "promises", f"“{one.sentence}” ({day})"


def _numbered(rows: QuerySet[Activity]) -> QuerySet[Any]:
    """Each with its place among those of its account, the newest first."""
    newest = (F("occurred_at").desc(), F("id").desc())
    return rows.annotate(place=Window(RowNumber(), partition_by=F("account_id"), order_by=newest))


def _ticket(row: Ticket) -> str:
    return f"{row.subject} ({row.get_priority_display().lower()}, since {row.opened_at:%d %b %Y})"


def _deal(row: Any) -> str:
    amount = f", {row.amount:,.0f} {row.currency}" if row.amount is not None else ""
    closes = f", closes {row.close_date:%d %b %Y}" if row.close_date else ""
    return f"{row.name}: {row.stage.name}{amount}{closes}"


def silences(records: Mapping[UUID, Governed], at: datetime) -> dict[UUID, dict[str, Any]]:
    """Of each account how long it has been silent, and who of it is still open to a first word."""
    theirs = Q(kind__in=(ActivityKind.MAIL_IN, ActivityKind.REPLY, ActivityKind.CHAT, ActivityKind.MEETING))
    rows = Activity.objects.filter(account__in=list(records), kind__in=TALK, occurred_at__lte=at)
    happened = timeline.happened(rows).order_by()
    heard = happened.values("account").annotate(
        heard_at=Max("occurred_at"), answered_at=Max("occurred_at", filter=theirs)
    )
    open_tickets = Ticket.objects.present().filter(account__in=list(records), status__in=OPEN_TICKET)
    open_deals = Opportunity.objects.present().filter(account__in=list(records), stage__kind="open")
    busy = {
        *open_tickets.values_list("account", flat=True),
        *open_deals.values_list("account", flat=True),
        *_asked_lately(records, at),
    }
    readers = _open_readers(records, at)
    return {
        row["account"]: {
            "silence": Silence(
                row["heard_at"],
                row["answered_at"] is not None,
                row["account"] in busy,
                readers.get(row["account"]),
            )
        }
        for row in heard
    }


def _asked_lately(accounts: Collection[UUID], at: datetime) -> set[UUID | None]:
    """To whom somebody wanted to write, or a workflow of ours to win them back: they are not asked every night."""
    ours = Q(agent__built_in=True, workflow_version__workflow__name="dormant-reactivation")
    rows = Suggestion.objects.filter(
        ours | Q(action="send_message"), account_id__in=list(accounts), made_at__gt=at - LATELY
    )
    return set(rows.exclude(status__in=UNHEARD).values_list("account_id", flat=True))


def _open_readers(records: Mapping[UUID, Governed], at: datetime) -> dict[UUID, UUID]:
    """The contact heard of last whom nothing lasting keeps from being written to."""
    rows = Contact.objects.present().filter(account__in=list(records)).exclude(email="")
    heard = Max("activities__occurred_at", filter=Q(activities__occurred_at__lte=at))
    ordered = rows.annotate(heard=heard).order_by(F("heard").desc(nulls_last=True), "pk")
    pairs = list(ordered.values_list("account", "pk"))
    reasons = contactability.reasons_for(
        [key for _, key in pairs],
        channel="email",
        purpose="prospecting",
        at=at,
        rules=contact_rules.in_force(),
    )
    found: dict[UUID, UUID] = {}
    for account, key in pairs:
        if not any(one.reason in LASTING for one in reasons[key]):
            found.setdefault(account, key)
    return found
