"""What one proposer sees, remembered while its proposals are taken in.

Asked for one thing it makes one query; taught beforehand what a batch will ask, it makes one per kind of thing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from typing import Any, cast
from uuid import UUID

from django.db import models
from django.db.models import QuerySet

from crmgov.people.models import Team, User
from crmgov.records import registry
from crmgov.records.models import ExternalId
from crmgov.records.models.governed import Governed

from . import subjects
from .subjects import Proposer, Subject
from .together import Rows, instance, whole

# Record type, source, kind and value, as a proposal names a record of another system.
External = tuple[str, str, str, str]
Target = models.Field[Any, Any]


class Sight:
    """The records, names, teams and people that a proposer may know, each looked up once."""

    def __init__(self, proposer: Proposer) -> None:
        self.proposer = proposer
        self._records: dict[tuple[str, UUID], Governed | None] = {}
        self._external: dict[External, UUID | None] = {}
        self._names: dict[Target, dict[Any, str | None]] = {}
        self._held: dict[Target, dict[Any, str]] = {}
        self._people: dict[str, int | None] = {}
        self._accounts: dict[UUID, bool] = {}

    @cached_property
    def teams(self) -> list[Team]:
        """The teams a new record may be put in, by name."""
        return list(self.proposer.teams().order_by("name"))

    def find(self, record_type: str, record_id: UUID) -> Governed | None:
        """The record, archived ones included; None when it is not there or another team's."""
        self.learn(record_type, [record_id])
        return self._records[record_type, record_id]

    def asked(self, record_type: str, ids: Collection[UUID]) -> QuerySet[Any, Any]:
        """What `learn` would ask, to be asked together with something else; `told` keeps the answer."""
        rows = self.proposer.sees(record_type).filter(pk__in=ids)
        return whole(rows, *subjects.WITH[record_type])

    def told(self, record_type: str, ids: Collection[UUID], rows: Rows) -> None:
        """Keep what was answered: a row for each that is there and not another team's."""
        model = registry.model_of(record_type)
        self._records.update(dict.fromkeys((record_type, key) for key in ids))
        self._records.update({(record_type, row.pk): row for row in (instance(model, one) for one in rows)})

    def learn(self, record_type: str, ids: Iterable[UUID]) -> None:
        """Fetch the records that are not known yet."""
        new = {key for key in ids if (record_type, key) not in self._records}
        if not new:
            return
        self._records.update(dict.fromkeys((record_type, key) for key in new))
        rows = self.proposer.sees(record_type).select_related(*subjects.WITH[record_type])
        self._records.update({(record_type, row.pk): row for row in rows.filter(pk__in=new)})

    def find_external(self, record_type: str, *, source: str, kind: str, value: str) -> Governed | None:
        """The same by what a source calls it."""
        name = (record_type, source, kind, value)
        self.learn_external([name])
        found = self._external[name]
        return self.find(record_type, found) if found is not None else None

    def learn_external(self, names: Iterable[External]) -> None:
        """Fetch what the sources call them, and the records."""
        new = {name for name in names if name not in self._external}
        if not new:
            return
        self._external.update(dict.fromkeys(new))
        types, sources, kinds, values = (set(part) for part in zip(*new, strict=True))
        rows = ExternalId.objects.filter(
            record_type__in=types, source__name__in=sources, kind__in=kinds, value__in=values
        )
        for *name, record_id in rows.values_list("record_type", "source__name", "kind", "value", "record_id"):
            if (key := cast("External", tuple(name))) in new:
                self._external[key] = record_id
        for record_type in types:
            self.learn(record_type, {self._external[n] for n in new if n[0] == record_type} - {None})  # type: ignore[arg-type]

    def sees_account(self, account_id: UUID | None) -> bool:
        """Whether it may know about the account; a contact may have stayed with a team its account has left."""
        if account_id is None:
            return True
        self.learn_accounts([account_id])
        return self._accounts[account_id]

    def learn_accounts(self, ids: Iterable[UUID | None]) -> None:
        """Ask which of the accounts it may know about."""
        new = {key for key in ids if key is not None and key not in self._accounts}
        if new:
            seen = set(self.proposer.sees("account").filter(pk__in=new).values_list("pk", flat=True))
            self._accounts.update({key: key in seen for key in new})

    def person(self, email: str) -> int | None:
        """The number of the person with this address, if the proposer may name them."""
        self.learn_people([email])
        return self._people[email]

    def learn_people(self, emails: Iterable[str]) -> None:
        """Ask who is behind the addresses."""
        new = {email for email in emails if email not in self._people}
        if new:
            self._people.update(dict.fromkeys(new))
            rows = self.proposer.knows(User.objects.filter(email__in=new))
            self._people.update(rows.values_list("email", "pk"))

    def names(self, record_type: str, field: str, keys: Iterable[Any], *, now: Any = None) -> dict[str, str]:
        """Key as text -> name, for the keys that exist and that the proposer may see.

        `now` is what the record holds, which may be named to whoever sees the record.
        """
        target = subjects.target_of(record_type, field)
        wanted = _keys(target, keys)
        self._learn_names(target, wanted)
        known = self._names.get(target, {})
        found = {str(key): name for key in wanted if (name := known[key]) is not None}
        held = subjects.as_key(target, now)
        if held in wanted and str(held) not in found:
            self._learn_held(target, {held})
            if held in self._held[target]:
                found[str(held)] = self._held[target][held]
        return found

    def learn_names(self, asked: Mapping[tuple[str, str], Iterable[tuple[Any, Any]]]) -> None:
        """Fetch the names behind (key, what the record holds) per record type and field."""
        wanted: dict[Target, tuple[set[Any], set[Any]]] = {}
        for (record_type, field), pairs in asked.items():
            target = subjects.target_of(record_type, field)
            keys, held = wanted.setdefault(target, (set(), set()))
            for key, now in pairs:
                keys |= _keys(target, [key, now])
                held |= _keys(target, [now])
        for target, (keys, held) in wanted.items():
            self._learn_names(target, keys)
            self._learn_held(target, {key for key in held if self._names[target][key] is None})

    def _learn_names(self, target: Target, keys: set[Any]) -> None:
        known = self._names.setdefault(target, {})
        new = keys - known.keys()
        if not new:
            return
        known.update(dict.fromkeys(new))
        if issubclass(target.model, Governed):
            rows: Any = self.proposer.sees(registry.type_of(target.model)).filter(pk__in=new)
        else:
            rows = self.proposer.knows(target.model._default_manager.filter(**{f"{target.name}__in": new}))
        known.update({getattr(row, target.name): str(row) for row in rows})

    def _learn_held(self, target: Target, keys: set[Any]) -> None:
        """A record of another team stays unnamed whoever points there."""
        known = self._held.setdefault(target, {})
        new = keys - known.keys()
        if new and not issubclass(target.model, Governed):
            rows = target.model._default_manager.filter(**{f"{target.name}__in": new})
            known.update({getattr(row, target.name): str(row) for row in rows})

    def of_new(self, record_type: str, values: Mapping[str, Any]) -> Subject:
        """The subject of a record that is only proposed: what it will hang on, as far as the proposer may see it."""
        for field in subjects.PARENTS.get(record_type, ()):
            key = values.get(field)
            if key and (identifier := subjects.as_uuid(key)) and (parent := self.find(field, identifier)):
                return subjects.beside(record_type, parent)
        return Subject(record_type, home=self._home(values.get("team")))

    def _home(self, named: Any) -> int | None:
        """The team named, if it is the proposer's; where none is named, its only one. Never everybody by omission."""
        mine = [team.pk for team in self.teams]
        if named is None:
            return mine[0] if len(mine) == 1 else None
        return named if type(named) is int and named in mine else None


def _keys(target: Target, raw: Iterable[Any]) -> set[Any]:
    return {key for one in raw if (key := subjects.as_key(target, one)) is not None}
