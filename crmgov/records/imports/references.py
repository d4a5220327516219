"""What a cell refers to: a row found by external id, by name or by e-mail, many at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Lower

from crmgov.people.models import Team, User
from crmgov.records.models import (
    Account,
    Contact,
    ExternalId,
    Opportunity,
    Product,
    Segment,
    Source,
    Stage,
)

from .catalog import GOVERNED
from .nearest import did_you_mean

# Keys of these are whole numbers; an external id holds one as the UUID of the same number.
NUMBERED = {"users", "teams"}
RECORD_TYPES = {"accounts": "account", "contacts": "contact", "opportunities": "opportunity", "tickets": "ticket",
                "buying_roles": "buying_role", "tasks": "task", "users": "user", "teams": "team"}  # fmt: skip
# Looked for where the first kind finds nothing: a lead is a contact.
FURTHER_KINDS = {"contacts": "lead"}


@dataclass(frozen=True, slots=True)
class Lookup:
    """One way to find rows of an object: the object, the ways in order, and whose external ids count."""

    refers: str
    by: tuple[str, ...]
    source_name: str


# Answers kept from batch to batch.
MOST_REMEMBERED = 100_000


class References:
    """Finds and remembers. A name that stands for several rows finds none of them."""

    def __init__(self) -> None:
        self._found: dict[tuple[Lookup, str], Any] = {}
        self._several: set[tuple[Lookup, str]] = set()
        self._hints: dict[str, list[str]] = {}

    def start_batch(self) -> None:
        """Forget what was found when it has become much: memory stays flat, a look-up costs one query more."""
        if len(self._found) > MOST_REMEMBERED:
            self._found.clear()
            self._several.clear()

    def load(self, lookup: Lookup, texts: Collection[str]) -> None:
        """Look up all of `texts` that were not asked before; one query per way."""
        missing = {text for text in texts if text and (lookup, text) not in self._found}
        for way in lookup.by:
            keys = self._keys(lookup, way, missing)
            for text, found in keys.items():
                if len(found) == 1:
                    self._found[lookup, text] = next(iter(found))
                    missing.discard(text)
                else:
                    self._several.add((lookup, text))
        for text in missing:
            self._found[lookup, text] = None

    def key(self, lookup: Lookup, text: str) -> Any:
        """Return the key of what `text` refers to, or None."""
        return self._found.get((lookup, text))

    def why_not(self, lookup: Lookup, text: str) -> str:
        """Return the sentence for a text that found nothing."""
        what = lookup.refers.removesuffix("s") if lookup.refers != "opportunities" else "opportunity"
        if (lookup, text) in self._several:
            return f"“{text}” is the name of several {lookup.refers}, so it says nothing about which."
        ways = " or ".join(way.replace("_", " ") for way in lookup.by)
        return f"There is no {what} with the {ways} “{text}”.{did_you_mean(text, self._names(lookup))}"

    def _keys(self, lookup: Lookup, way: str, texts: Collection[str]) -> dict[str, set[Any]]:
        if not texts:
            return {}
        if way == "external_id":
            return _by_external_id(lookup, texts)
        if way == "email":
            return _by_email(lookup.refers, texts)
        return _by_name(lookup.refers, texts)

    def _names(self, lookup: Lookup) -> list[str]:
        """Names for a hint, where the list is short enough to look through."""
        if lookup.refers not in NAMES or "name" not in lookup.by:
            return []
        if lookup.refers in GOVERNED:
            return []
        if lookup.refers not in self._hints:
            names = NAMES[lookup.refers]().order_by("name").values_list("name", flat=True)
            self._hints[lookup.refers] = list(names[:500])
        return self._hints[lookup.refers]


def number_of(key: UUID) -> int:
    """Return the whole-number key that an external id holds as a UUID."""
    return key.int


def as_uuid(key: Any) -> UUID:
    """Return the UUID under which an external id holds a key."""
    return key if isinstance(key, UUID) else UUID(int=int(key))


NAMES: dict[str, Callable[[], QuerySet[Any]]] = {
    "accounts": lambda: Account.objects.present(),
    "opportunities": lambda: Opportunity.objects.present(),
    "users": lambda: User.objects.filter(is_active=True),
    "teams": lambda: Team.objects.all(),
    "segments": lambda: Segment.objects.all(),
    "stages": lambda: Stage.objects.all(),
    "products": lambda: Product.objects.all(),
}
# These are referred to by name, so the name is the key.
KEYED_BY_NAME = {"segments", "stages", "products"}


def _by_name(refers: str, texts: Collection[str]) -> dict[str, set[Any]]:
    key = "name" if refers in KEYED_BY_NAME else "pk"
    found = NAMES[refers]().filter(name__in=texts).values_list("name", key)
    return _grouped(found)


def _by_email(refers: str, texts: Collection[str]) -> dict[str, set[Any]]:
    rows = User.objects.filter(is_active=True) if refers == "users" else Contact.objects.present()
    written: dict[str, set[str]] = {}
    for text in texts:
        written.setdefault(text.lower(), set()).add(text)
    found = rows.annotate(plain=Lower("email")).filter(plain__in=written).values_list("plain", "pk")
    return _grouped((text, key) for email, key in found for text in written[email])


def _by_external_id(lookup: Lookup, texts: Collection[str]) -> dict[str, set[Any]]:
    found = _of_kind(lookup, RECORD_TYPES[lookup.refers], texts)
    further = FURTHER_KINDS.get(lookup.refers)
    if further and (rest := set(texts) - found.keys()):
        found |= _of_kind(lookup, further, rest)
    return found


def _of_kind(lookup: Lookup, kind: str, texts: Collection[str]) -> dict[str, set[Any]]:
    found = ExternalId.objects.filter(
        source__in=Source.objects.filter(name=lookup.source_name), kind=kind, value__in=texts
    ).values_list("value", "record_id")
    numbered = lookup.refers in NUMBERED
    return _grouped((value, number_of(key) if numbered else key) for value, key in found)


def _grouped(pairs: Iterable[tuple[str, Any]]) -> dict[str, set[Any]]:
    grouped: dict[str, set[Any]] = {}
    for text, key in pairs:
        grouped.setdefault(text, set()).add(key)
    return grouped
