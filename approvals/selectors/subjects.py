"""The record a suggestion is about, the account it hangs on, and what things are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from django.db import models
from django.db.models import QuerySet

from approvals.models import Agent
from crmgov.people.models import Team, User
from crmgov.people.policy import sees_everything
from crmgov.records import registry
from crmgov.records.contracts import EXTRA
from crmgov.records.models import Account, Activity, BuyingRole, Contact, Opportunity
from crmgov.records.models.governed import Governed
from crmgov.records.rules.values import Kind

# What is fetched with a record, so that its account and its amount need no further query.
WITH = {
    "account": ("team",),
    "contact": ("team", "account"),
    "opportunity": ("team", "account"),
    "buying_role": ("team", "opportunity__account", "contact"),
    "ticket": ("team", "account", "contact"),
    "task": ("team", "account", "contact", "opportunity", "ticket"),
}
# What a new record may hang on: the first that is named gives account and team.
PARENTS = {
    "contact": ("account",),
    "opportunity": ("account",),
    "buying_role": ("opportunity", "contact"),
    "ticket": ("account", "contact"),
    "task": ("account", "opportunity", "contact", "ticket"),
}
LARGEST_KEY = 2**63
# An agent may send any number; one that long is no figure to write out.
MOST_DIGITS = 30
# Names of types as a sentence says them.
SAID = {"buying_role": "buying role"}


@dataclass(frozen=True, slots=True)
class Proposer:
    """Who looks: an agent sees its teams' and shared records, a person theirs."""

    agent: Agent | None
    user: User | None

    def sees(self, record_type: str) -> QuerySet[Governed]:
        """The records of a type that the proposer may know about."""
        return cast("QuerySet[Governed]", self._of(registry.model_of(record_type)))

    def happened(self) -> QuerySet[Activity]:
        """What happened that the proposer may know about."""
        return cast("QuerySet[Activity]", self._of(Activity))

    def _of(self, model: type[models.Model]) -> QuerySet[Any]:
        rows = cast("Any", model).objects.all()
        if self.agent is not None:
            return cast("QuerySet[Any]", rows.for_teams(self.agent.teams.values("pk")))
        assert self.user is not None  # noqa: S101 (a constraint: a suggestion has a proposer)
        return cast("QuerySet[Any]", rows.for_user(self.user))

    def teams(self) -> QuerySet[Team]:
        """The teams a new record may be put in: the proposer's; an admin's are all."""
        if self.agent is not None:
            return Team.objects.filter(agents=self.agent)
        assert self.user is not None  # noqa: S101 (a constraint: a suggestion has a proposer)
        everything = sees_everything(self.user)
        return Team.objects.all() if everything else Team.objects.filter(memberships__user=self.user)

    def knows(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Of users or teams, those it may name: an agent its teams and their people, so that guessing lists nobody."""
        if rows.model is User:
            rows = rows.filter(is_active=True)
        if self.agent is None:
            return rows
        if rows.model is Team:
            return rows.filter(agents=self.agent)
        if rows.model is User:
            mine = User.objects.filter(memberships__team__agents=self.agent)
            return rows.filter(pk__in=mine.values("pk"))
        return rows


@dataclass(frozen=True, slots=True)
class Subject:
    """The record (None while it is only proposed), with the account and opportunity it hangs on."""

    record_type: str
    record: Governed | None = None
    account: Account | None = None
    opportunity: Opportunity | None = None
    contact: Contact | None = None
    # Of a new record that hangs on nothing: the team it is proposed for.
    home: int | None = None

    @property
    def hangs_on(self) -> bool:
        """Whether there is anything to take a team from."""
        return any(thing is not None for thing in self._things())

    def _things(self) -> tuple[Governed | None, ...]:
        return self.record, self.account, self.opportunity, self.contact

    @property
    def team_id(self) -> int | None:
        """The team that sees it: its own, or that of what a new record will hang on."""
        for thing in self._things():
            if thing is not None:
                return cast("int | None", cast("Any", thing).team_id)
        return self.home

    @property
    def segment(self) -> str:
        """The account's segment; empty for none."""
        return (self.account and cast("str | None", cast("Any", self.account).segment_id)) or ""


def around(record: Governed) -> Subject:
    """The subject of a record fetched with what stands in WITH: no further query."""
    record_type = registry.type_of(record)
    return _subject(record_type, record, record)


def beside(record_type: str, near: Governed) -> Subject:
    """The subject of a new record that will hang on `near`."""
    return _subject(record_type, None, near)


def named(record_type: str) -> str:
    """The type as a sentence says it."""
    return SAID.get(record_type, record_type)


def _subject(record_type: str, record: Governed | None, near: Governed) -> Subject:
    """What `near`, the record itself or what it will hang on, stands beside."""
    opportunity = near if isinstance(near, Opportunity) else getattr(near, "opportunity", None)
    contact = near if isinstance(near, Contact) else getattr(near, "contact", None)
    if isinstance(near, Account):
        account: Account | None = near
    elif isinstance(near, BuyingRole):
        account = near.opportunity.account
    else:
        account = getattr(near, "account", None) or getattr(opportunity or contact, "account", None)
    return Subject(record_type, record, account, opportunity, contact)


def target_of(record_type: str, field: str) -> models.Field[Any, Any]:
    """The column that a reference holds the value of."""
    return cast("models.Field[Any, Any]", cast("Any", registry.column(record_type, field)).target_field)


def as_key(target: models.Field[Any, Any], raw: Any) -> UUID | int | str | None:
    """The key as the database holds it; None for what cannot be one, which an agent may well send."""
    if isinstance(target, models.UUIDField):
        return as_uuid(raw)
    if isinstance(target, models.IntegerField):
        return raw if type(raw) is int and abs(raw) < LARGEST_KEY else None
    return raw if isinstance(raw, str) and raw else None


def is_reference(record_type: str, field: str) -> bool:
    """Whether the field names another thing."""
    return not field.startswith(EXTRA) and registry.spec_of(record_type, field).kind is Kind.REFERENCE


def shown(record_type: str, field: str, value: Any, names: Mapping[str, str]) -> str:
    """A value as people read it, at most 300 characters; `names` are those of references."""
    if value in (None, "", []):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(str(part) for part in value)[:300]
    if field.startswith(EXTRA):
        return str(value)[:300]
    if is_reference(record_type, field):
        return names.get(str(value), str(value))[:300]
    if (said := _figure(registry.spec_of(record_type, field).kind, value)) is not None:
        return said
    return (registry.choice_label(record_type, field, value) or str(value))[:300]


def _figure(kind: Kind, value: Any) -> str | None:
    """A number or a day as people read it; None for anything else, or for what is no such thing."""
    try:
        if kind in (Kind.DECIMAL, Kind.INTEGER):
            number = Decimal(str(value))
            if abs(number.adjusted()) > MOST_DIGITS:
                return None
            return f"{number:,.0f}" if number == number.to_integral_value() else f"{number.normalize():,f}"
        if kind is Kind.DATE:
            day = date.fromisoformat(str(value))
            return f"{day.day} {day:%b %Y}"
    except (ValueError, ArithmeticError):
        return None
    return None


def as_uuid(key: Any) -> UUID | None:
    """The id in a text, None when it is none."""
    try:
        return key if isinstance(key, UUID) else UUID(str(key))
    except ValueError:
        return None
