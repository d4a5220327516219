"""Everything the CRM holds, told without our own keys: records by their ids in a source, people by e-mail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models

from crmgov.kernel.canonical import plain
from crmgov.people.models import Team, User
from crmgov.records import registry
from crmgov.records.contracts import fields_of
from crmgov.records.models import (
    Activity,
    Consent,
    EarlierChange,
    ExchangeRate,
    ExternalId,
    FieldChange,
    Product,
    Segment,
    Stage,
    Suppression,
)
from crmgov.records.rules.contactability import holding
from crmgov.records.rules.values import empty

World = dict[Any, dict[str, Any]]


class Names:
    """What the keys of one database are called outside it."""

    def __init__(self, source: str) -> None:
        rows = ExternalId.objects.filter(source__name=source).order_by("pk")
        self.ids: dict[UUID, str] = {}
        for record_id, value in rows.values_list("record_id", "value"):
            self.ids.setdefault(record_id, value)
        self.people = dict(User.objects.values_list("pk", "email"))
        self.teams = dict(Team.objects.values_list("pk", "name"))

    def of(self, column: models.Field[Any, Any], value: Any) -> Any:
        target = column.related_model if isinstance(column, models.ForeignKey) else None
        if value is None or target is None:
            return None if empty(plain(value)) else plain(value)
        if target is User:
            return self.people[int(value)]
        if target is Team:
            return self.teams[int(value)]
        if isinstance(value, UUID):
            return self.ids[value]
        return value


def records(source: str) -> World:
    """(type, id) -> field -> value of every record that is there; empty fields are left out."""
    names = Names(source)
    found: World = {}
    for record_type, model in registry.MODELS.items():
        wanted = fields_of(record_type)
        for record in model.objects.all():
            key = (record_type, names.ids[record.pk])
            assert key not in found, key
            found[key] = dict(_fields(names, record, wanted)) | _extra(record.extra)
    return found


def timeline(source: str) -> World:
    names = Names(source)
    wanted = ["kind", "account", "contact", "opportunity", "ticket", "team", "occurred_at", "subject", "body",
              "by", "amount", "currency"]  # fmt: skip
    return {
        names.ids[one.pk]: dict(_fields(names, one, wanted)) | _extra(one.data)
        for one in Activity.objects.all()
    }


def consents(source: str) -> World:
    """What holds: out for any is out for all, and an export says so."""
    names = Names(source)
    said: dict[tuple[UUID, str], dict[str, str]] = {}
    for contact, channel, purpose, state in Consent.objects.values_list(
        "contact", "channel", "purpose", "state"
    ):
        said.setdefault((contact, channel), {})[purpose] = state
    return {
        (names.ids[one.contact_id], one.channel, one.purpose): {
            "state": holding(one.purpose, said[one.contact_id, one.channel]),
            "basis": one.lawful_basis,
            "source": one.source,
            "at": one.recorded_at,
        }
        for one in Consent.objects.all()
    }


def lists(source: str) -> World:
    """Names, rates, teams and suppressions by what they are known by."""
    names = Names(source)
    found: World = {}
    for stage in Stage.objects.all():
        found["stage", stage.name] = {"kind": stage.kind, "position": stage.position}
    for segment in Segment.objects.all():
        found["segment", segment.name] = {"position": segment.position}
    for product in Product.objects.all():
        found["product", product.name] = {"family": product.family, "price": product.list_price}
    for rate in ExchangeRate.objects.all():
        found["rate", rate.currency, rate.day] = {"rate": rate.rate}
    for team in Team.objects.all():
        found["team", team.name] = {"there": team.external_name}
    for one in Suppression.objects.filter(lifted_at=None).select_related("account"):
        target = names.ids[one.account.pk] if one.account else one.value
        found["suppression", one.kind, target] = {"reason": one.reason, "until": one.until}
    return found


def people() -> World:
    return {
        user.email: {
            "name": user.name,
            "zone": user.time_zone,
            "language": user.language,
            "active": user.is_active,
        }
        for user in User.objects.all()
    }


History = dict[tuple[str, str, str], list[tuple[Any, Any, datetime]]]


def history(source: str, *, ours: bool) -> History:
    """(type, id, field) -> old, new and time of each change, in order; of references the name of today.

    `ours` adds the ledger behind what was told of earlier times.
    """
    names = Names(source)
    found: History = {}
    rows: list[Any] = list(EarlierChange.objects.order_by("id"))
    called = Called()
    for row in [*rows, *(FieldChange.objects.order_by("id") if ours else [])]:
        say = called.of if isinstance(row, FieldChange) else _nothing_is_none
        told = (say(row.record_type, row.field, row.old), say(row.record_type, row.field, row.new), row.at)
        found.setdefault((row.record_type, names.ids[row.record_id], row.field), []).append(told)
    return found


class Called:
    """What the keys in the ledger are called today."""

    def __init__(self) -> None:
        self.names: dict[Any, str] = {}
        for model in registry.MODELS.values():
            self.names |= {str(record.pk): str(record) for record in model.objects.all()}
        self.people = {user.pk: str(user) for user in User.objects.all()}
        self.teams = {team.pk: str(team) for team in Team.objects.all()}

    def of(self, record_type: str, field: str, value: Any) -> Any:
        if empty(value) or field.startswith("extra."):
            return None if empty(value) else value
        column = registry.column(record_type, field)
        target = column.related_model if isinstance(column, models.ForeignKey) else None
        if target is User:
            return self.people[int(value)]
        if target is Team:
            return self.teams[int(value)]
        return self.names.get(value, value) if isinstance(value, str) else value


def differences(one: dict[Any, Any], other: dict[Any, Any]) -> list[str]:
    """What stands in one world and not the same in the other, as lines to read."""
    found = []
    for key in sorted({*one, *other}, key=str):
        was, now = one.get(key), other.get(key)
        if isinstance(was, dict) and isinstance(now, dict):
            names = sorted({*was, *now})
            found += [f"{key} {name}: {was.get(name)!r} is now {now.get(name)!r}" for name in names
                      if was.get(name) != now.get(name)]  # fmt: skip
        elif was != now:
            found.append(f"{key}: {was!r} is now {now!r}")
    return found


def _fields(names: Names, record: Any, wanted: list[str]) -> Iterator[tuple[str, Any]]:
    for name in wanted:
        column = record._meta.get_field(name)
        value = names.of(column, getattr(record, column.attname))
        if value is not None:
            yield name, value


def _extra(rest: dict[str, Any]) -> dict[str, Any]:
    return {f"extra {key}": value for key, value in rest.items() if not empty(value)}


def _nothing_is_none(record_type: str, field: str, value: Any) -> Any:
    return None if empty(value) else value
