"""What built-in workflows are told of many records at once: a fixed number of queries per kind of fact."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from django.db.models import Count, F, Max, Q

from approvals.models import LetterDue, Suggestion, SuggestionItem
from crmgov.people.models import Membership, Role
from crmgov.records import registry
from crmgov.records.models import Account, Activity, ActivityKind, Contact, Task, Ticket
from crmgov.records.models.governed import Governed
from crmgov.records.rules import domains
from crmgov.records.selectors import timeline
from scoring.models import Score
from scoring.rules.churn import ChurnFacts
from scoring.rules.lead_fit import LeadFacts
from scoring.selectors import believed
from scoring.selectors import facts as scored
from scoring.selectors.believed import Believed

from . import workflow_briefs
from .subjects import WITH
from .surroundings import OPEN_TICKET
from .workflow_briefs import Brief, Held, Silence

# What is done or was said so long ago may be said again.
REMEMBERED = timedelta(days=90)
# What nobody answered for so long is no question any more.
WAITED_FOR = timedelta(days=30)
THEIRS = (ActivityKind.MAIL_IN, ActivityKind.REPLY, ActivityKind.FORM, ActivityKind.CHAT)
# A call or a meeting answers whatever was asked before it.
OURS = (ActivityKind.MAIL_OUT, ActivityKind.CALL, ActivityKind.MEETING)
# A suggestion that came to nothing without anybody's word is no answer.
UNHEARD = (Suggestion.Status.BLOCKED, Suggestion.Status.SHADOWED, Suggestion.Status.SUPERSEDED)
LONGEST_QUOTE = 500
MOST_TWINS = 3
NOTHING_OPEN = Brief()


@dataclass(frozen=True, slots=True)
class Named:
    """Another record as a sentence names it."""

    id: UUID
    label: str


@dataclass(frozen=True, slots=True)
class Asked:
    """The last thing they said, with their words. `since` is the first that nobody of ours answered by a mail, a call
    or a meeting; None when nothing waits.
    """

    at: datetime
    kind: str
    words: str
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """One record with what its workflow asked to know; what was not asked for is empty.

    `assignee` is the owner, of the record or else of its account, where they could do a task about it. `open_tasks`
    and `late_tasks` are purposes: of tasks that are open or proposed, and of all there were in 90 days. `said` are
    the (field, value as JSON) that this workflow proposed in 90 days and somebody could see.
    """

    record: Governed
    account: Account | None = None
    assignee: int | None = None
    open_tasks: frozenset[str] = frozenset()
    late_tasks: frozenset[str] = frozenset()
    said: frozenset[tuple[str, str]] = frozenset()
    segment: str = ""
    lead: LeadFacts | None = None
    churn: ChurnFacts | None = None
    asked: Asked | None = None
    # Other contacts with this e-mail address, and accounts of its domain.
    twins: tuple[Named, ...] = ()
    companies: tuple[Named, ...] = ()

    # When a contact last wrote to us and last bought, and how many tickets of theirs are open.
    answered_at: datetime | None = None
    bought_at: datetime | None = None
    open_tickets: int = 0
    # Of an account: the contact with an address whom we heard of last.
    reader: UUID | None = None
    # Meetings of an account that nobody summed up; what is open around a record; how long an account is silent.
    meetings: tuple[Held, ...] = ()
    brief: Brief = NOTHING_OPEN
    briefed: bool = False
    silence: Silence | None = None
    # Of an account: the churn score that counts, with what may be believed of it.
    score: Believed | None = None

    def has_written(self, template: str) -> bool:
        """Whether this workflow proposed a message by the template lately, or an experiment decided on it."""
        return any(
            name == "template" and json.loads(value).startswith(f"{template}@") for name, value in self.said
        )

    def has_said(self, name: str, value: Any) -> bool:
        """Whether this workflow proposed it lately: a person who said no is not asked again every day."""
        return (name, as_key(value)) in self.said

    def has_tagged(self, tag: str) -> bool:
        """The same of one tag, whatever others were proposed with it."""
        return any(name == "tags" and tag in json.loads(value) for name, value in self.said)


Fetched = dict[UUID, dict[str, Any]]
Fetch = Callable[[Mapping[UUID, Governed], datetime], Fetched]


def gather(
    record_type: str, ids: Collection[UUID], *, needs: Collection[str], workflow_id: int, at: datetime
) -> dict[UUID, Known]:
    """The present ones of the records, with the facts that `needs` names (keys of KINDS)."""
    rows = registry.model_of(record_type)._default_manager.filter(pk__in=ids, archived_at=None)
    held = (*WITH[record_type], "team__calendar", *(("stage",) if record_type == "opportunity" else ()))
    records: dict[UUID, Governed] = {row.pk: row for row in rows.select_related(*held)}
    if not records:
        return {}
    found: dict[UUID, dict[str, Any]] = {key: {"account": account_of(row)} for key, row in records.items()}
    parts = [_assignees(records), _tasks(record_type, records, workflow_id, at)]
    parts += [KINDS[name](records, at) for name in sorted(needs)]
    for part in parts:
        for key, values in part.items():
            found[key].update(values)
    return {key: Known(record=row, **found[key]) for key, row in records.items()}


def account_of(record: Governed) -> Account | None:
    """What it hangs on, or itself."""
    return record if isinstance(record, Account) else getattr(record, "account", None)


def as_key(value: Any) -> str:
    """A value as it stands in JSON, to be compared."""
    return json.dumps(registry.to_json(value), sort_keys=True)


def _assignees(records: Mapping[UUID, Governed]) -> Fetched:
    """Who owns them and may do something about them: active, no auditor, and of the record's team."""
    owners = {key: _owner(row) for key, row in records.items()}
    members = Membership.objects.filter(
        user_id__in={one for one in owners.values() if one is not None}, user__is_active=True
    )
    teams: dict[int, set[int]] = {}
    for user_id, team_id in members.exclude(user__role=Role.AUDITOR).values_list("user_id", "team_id"):
        teams.setdefault(user_id, set()).add(team_id)
    return {
        key: {"assignee": owner if owner is not None and _does(teams.get(owner), records[key]) else None}
        for key, owner in owners.items()
    }


def _owner(record: Any) -> int | None:
    own = getattr(record, "owner_id", None)
    return cast("int | None", own or getattr(account_of(record), "owner_id", None))


def _does(teams: set[int] | None, record: Any) -> bool:
    return teams is not None and (record.team_id is None or record.team_id in teams)


def _tasks(record_type: str, records: Mapping[UUID, Governed], workflow_id: int, at: datetime) -> Fetched:
    """What is to be done or was said already, by tasks and by what this workflow proposed."""
    open_, late, said = (_sets(records) for _ in range(3))
    # No task is about a task: of one only its own purpose is told.
    about = "pk" if record_type == "task" else f"{record_type}_id"
    tasks = Task.objects.filter(**{f"{about}__in": list(records)}, archived_at=None).exclude(purpose="")
    lately = Q(done_at=None) | Q(created_at__gt=at - REMEMBERED)
    for key, purpose, done_at in tasks.filter(lately).values_list(about, "purpose", "done_at"):
        late[key].add(purpose)
        if done_at is None:
            open_[key].add(purpose)
    items = SuggestionItem.objects.filter(
        suggestion__record_id__in=list(records),
        suggestion__workflow_version__workflow=workflow_id,
        suggestion__made_at__gt=at - REMEMBERED,
    ).exclude(suggestion__status__in=UNHEARD)
    columns = ("suggestion__record_id", "suggestion__action", "suggestion__status", "field", "proposed")
    for key, action, status, name, proposed in items.values_list(*columns):
        if action == "create_task" and name == "purpose":
            late[key].add(proposed)
            if status == Suggestion.Status.QUEUED:
                open_[key].add(proposed)
        elif action != "create_task":
            said[key].add((name, as_key(proposed)))
    if record_type == "contact":
        for key, value in _letters_due(records, workflow_id, at):
            said[key].add(("template", value))
    return {
        key: {
            "open_tasks": frozenset(open_[key]),
            "late_tasks": frozenset(late[key]),
            "said": frozenset(said[key]),
        }
        for key in records
    }


def _letters_due(
    records: Mapping[UUID, Governed], workflow_id: int, at: datetime
) -> Iterator[tuple[UUID, str]]:
    """Letters that an experiment wrote by another text, or held back: they count as written all the same."""
    rows = LetterDue.objects.filter(
        contact__in=list(records), assignment__experiment__workflow=workflow_id, at__gt=at - REMEMBERED
    ).select_related("assignment__experiment__control__template")
    for row in rows:
        control = row.assignment.experiment.control
        yield row.contact_id, as_key(f"{control.template}@{control.number}")


def _sets(records: Iterable[UUID]) -> dict[UUID, set[Any]]:
    return {key: set() for key in records}


def _lead(records: Mapping[UUID, Governed], at: datetime) -> Fetched:
    found = scored.lead_facts(list(records), at)
    return {key: {"segment": segment, "lead": known} for key, (segment, known) in found.items()}


def _churn(records: Mapping[UUID, Governed], at: datetime) -> Fetched:
    found = scored.churn_facts(list(records), at)
    return {key: {"segment": segment, "churn": known} for key, (segment, known) in found.items()}


def _scores(records: Mapping[UUID, Governed], at: datetime) -> Fetched:
    found = believed.of(record_ids=list(records), kind=Score.Kind.CHURN_RISK)
    return {key: {"score": one} for key, one in found.items()}


def _asked(records: Mapping[UUID, Governed], at: datetime) -> Fetched:
    """The last thing each said to us, and since when it waits for an answer."""
    column = f"{registry.type_of(next(iter(records.values())))}_id"
    rows = Activity.objects.filter(
        **{f"{column}__in": list(records)}, occurred_at__gt=at - WAITED_FOR, occurred_at__lte=at
    )
    waits: dict[UUID, datetime | None] = {}
    talk = timeline.happened(rows.filter(kind__in=(*THEIRS, *OURS))).order_by("occurred_at", "id")
    for key, kind, moment in talk.values_list(column, "kind", "occurred_at"):
        if kind in OURS:
            waits[key] = None
        elif waits.get(key) is None:
            waits[key] = moment
    last = rows.filter(kind__in=THEIRS).order_by(column, "-occurred_at", "-id").distinct(column)
    return {
        (key := getattr(row, column)): {
            "asked": Asked(row.occurred_at, row.kind, _words(row), waits.get(key))
        }
        for row in last
    }


def _words(activity: Activity) -> str:
    said = "\n".join(part for part in (activity.subject.strip(), activity.body.strip()) if part)
    return said if len(said) <= LONGEST_QUOTE else f"{said[:LONGEST_QUOTE]}…"


def _identity(records: Mapping[UUID, Governed], at: datetime) -> Fetched:
    """By exact keys: who has the same address, and whose domain it is."""
    contacts = {key: row for key, row in records.items() if isinstance(row, Contact)}
    emails = {row.email for row in contacts.values() if row.email}
    names = {key: _company_domain(row.email) for key, row in contacts.items()}
    same: dict[str, list[Named]] = {}
    for row in Contact.objects.present().filter(email__in=emails).order_by("pk"):
        same.setdefault(row.email, []).append(Named(row.pk, str(row)))
    firms: dict[str, list[Named]] = {}
    for firm in Account.objects.present().filter(domain__in=set(names.values()) - {""}).order_by("pk"):
        firms.setdefault(firm.domain, []).append(Named(firm.pk, firm.name))
    return {
        key: {
            "twins": tuple(one for one in same.get(row.email, ()) if one.id != key)[:MOST_TWINS],
            "companies": tuple(firms.get(names[key], ())),
        }
        for key, row in contacts.items()
    }


def _answers(records: Mapping[UUID, Governed], at: datetime) -> Fetched:
    """When each contact last wrote to us or bought, and what they still wait for."""
    rows = Activity.objects.filter(contact__in=list(records), occurred_at__lte=at).order_by()
    wrote, bought = Q(kind__in=THEIRS), Q(kind=ActivityKind.PURCHASE)
    found = rows.values("contact").annotate(
        answered_at=Max("occurred_at", filter=wrote), bought_at=Max("occurred_at", filter=bought)
    )
    last: dict[UUID, dict[str, Any]] = {row["contact"]: dict(row) for row in found}
    tickets = Ticket.objects.filter(
        contact__in=list(records), status__in=OPEN_TICKET, archived_at=None
    ).order_by()
    waiting = dict(tickets.values("contact").annotate(count=Count("pk")).values_list("contact", "count"))
    return {
        key: {
            "answered_at": last.get(key, {}).get("answered_at"),
            "bought_at": last.get(key, {}).get("bought_at"),
            "open_tickets": waiting.get(key, 0),
        }
        for key in records
    }


def _readers(records: Mapping[UUID, Governed], at: datetime) -> Fetched:
    """Of each account the present contact with an address who was heard of last, else the oldest."""
    rows = Contact.objects.present().filter(account__in=list(records)).exclude(email="")
    heard = Max("activities__occurred_at", filter=Q(activities__occurred_at__lte=at))
    found: dict[UUID, UUID] = {}
    ordered = rows.annotate(heard=heard).order_by(F("heard").desc(nulls_last=True), "pk")
    for account, key in ordered.values_list("account", "pk"):
        found.setdefault(account, key)
    return {account: {"reader": key} for account, key in found.items()}


def _company_domain(email: str) -> str:
    name = domains.of_email(email)
    return name if name and domains.identifies(name) else ""


KINDS: dict[str, Fetch] = {
    "lead": _lead,
    "churn": _churn,
    "score": _scores,
    "asked": _asked,
    "identity": _identity,
    "answers": _answers,
    "readers": _readers,
    "meetings": workflow_briefs.meetings,
    "brief": workflow_briefs.briefs,
    "silence": workflow_briefs.silences,
}
