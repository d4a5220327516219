"""The record an event is about: by our id, by what a source calls it, or by a person's address."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import cast
from uuid import UUID

from django.db.models import QuerySet

from approvals.selectors import subjects
from approvals.selectors.sights import Sight
from crmgov.kernel.refusals import Refused
from crmgov.records import registry
from crmgov.records.models import Contact, ExternalId
from crmgov.records.models.governed import Governed

from .drafts import Impossible
from .incoming import Event, EventRecord
from .proposals import Problem

type_of = registry.type_of


class NoSuchRecord(Impossible):
    """There is no such record here, or it belongs to a team this key does not see."""

    status = 404


class NotOne(Impossible):
    """More than one record is called this."""

    status = 409


def of(events: Sequence[Event], sight: Sight) -> list[Governed | Refused | None]:
    """The record of each event, or why it cannot be it; None for a person who is unknown here. A few queries."""
    names = _external(event.record for event in events)
    for record_type in {record.type for event in events if (record := event.record)}:
        found = {key for keys in names.values() for kind, key in keys if kind == record_type}
        given = {r.id for e in events if (r := e.record) and r.id and r.type == record_type}
        sight.learn(record_type, found | given)
    people = _people({event.person.email for event in events if event.person}, sight)
    return [_of(event, names, people, sight) for event in events]


def _of(
    event: Event,
    names: dict[tuple[str, str, str, str | None], set[tuple[str, UUID]]],
    people: dict[str, list[Governed]],
    sight: Sight,
) -> Governed | Refused | None:
    record = event.record
    if record is not None and record.id is not None:
        return _present(sight.find(record.type, record.id), record, "/record/id")
    if record is not None:
        keys = names.get(_key(record), set())
        seen = [one for kind, key in sorted(keys) if (one := sight.find(kind, key)) is not None]
        if len(seen) > 1:
            say = f"The source calls {len(seen)} records this: add the kind of the id, or name the record by our id."
            return NotOne([Problem("/record/external_id", say)])
        if seen or event.person is None:
            return _present(seen[0] if seen else None, record, "/record/external_id")
    return _contact(people.get(event.person.email, [])) if event.person else None


def _present(found: Governed | None, record: EventRecord, pointer: str) -> Governed | Refused:
    if found is None:
        said = subjects.named(record.type)
        say = f"There is no such {said} here, or it belongs to a team this key does not see."
        return NoSuchRecord([Problem(pointer, say)])
    if found.archived_at is not None:
        return Impossible([Problem(pointer, f"“{found}” is archived. Ask somebody to restore it first.")])
    return found


def _contact(found: Sequence[Governed]) -> Governed | Refused | None:
    if len(found) > 1:
        say = f"{len(found)} contacts have this address: name the one by its id."
        return NotOne([Problem("/person/email", say)])
    return found[0] if found else None


def _external(
    records: Iterable[EventRecord | None],
) -> dict[tuple[str, str, str, str | None], set[tuple[str, UUID]]]:
    """What the sources call so, with a kind of theirs or with any; one query."""
    wanted = {_key(record) for record in records if record is not None and record.external_id is not None}
    if not wanted:
        return {}
    rows = ExternalId.objects.filter(
        source__name__in={source for _, source, _, _ in wanted},
        value__in={value for _, _, value, _ in wanted},
        record_type__in={kind for kind, _, _, _ in wanted},
    ).values_list("record_type", "source__name", "value", "kind", "record_id")
    found: dict[tuple[str, str, str, str | None], set[tuple[str, UUID]]] = defaultdict(set)
    for record_type, source, value, kind, record_id in rows:
        for key in ((record_type, source, value, kind), (record_type, source, value, None)):
            if key in wanted:
                found[key].add((record_type, record_id))
    return found


def _key(record: EventRecord) -> tuple[str, str, str, str | None]:
    name = record.external_id
    assert name is not None  # noqa: S101 (asked of records named so)
    return (record.type, name.source, name.id, name.kind)


def _people(emails: set[str], sight: Sight) -> dict[str, list[Governed]]:
    """The contacts with these addresses that the agent sees; an exact address is a person (DESIGN §3, identity)."""
    found: dict[str, list[Governed]] = defaultdict(list)
    if emails:
        rows = (
            cast("QuerySet[Contact]", sight.proposer.sees("contact"))
            .filter(email__in=emails, archived_at=None)
            .order_by("pk")
        )
        for contact in rows:
            found[contact.email].append(contact)
    return found
