"""Which column of a file becomes which field: from a mapping to controls, and from what was posted to a mapping.

Columns are named by their place, for a heading may hold any character. What the controls cannot say (templates,
constants, known values) is kept from the mapping they were drawn from. How dates and numbers are written is said of
the file, not in the mapping: it is remembered for the next file, which may be written otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from approvals.templatetags.phrases import visible
from crmgov.records import registry
from crmgov.records.imports.catalog import LOOKUPS, FieldPlan, ObjectPlan
from crmgov.records.models import ImportFile

EXTRA, IGNORE, FIELD = "extra", "ignore", "field:"
# The identity as the mapping had it, where one control cannot say it; and the object's own key.
KEPT, NATURAL = "kept", ""
DATES, NUMBERS, IDENTITY = "dates", "numbers", "identity"
DAY_FIRST, MONTH_FIRST = "day", "month"


@dataclass(slots=True)
class ColumnsForm:
    """`base` is the mapping the page is drawn from; `errors` names controls by their name."""

    plan: ObjectPlan
    file: ImportFile
    base: Mapping[str, Any]
    posted: Mapping[str, str] | None = None
    errors: dict[str, str] = field(default_factory=dict)
    # Heading -> its control, the first field that reads it, and whether it is ignored: files have many columns.
    _controls: dict[str, str] = field(init=False)
    _readers: dict[str, str] = field(init=False)
    _ignored: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self._controls = {heading: f"c{place}" for place, heading in enumerate(self.file.headings)}
        self._readers = {column_of(spec): name for name, spec in reversed(list(self.fields.items()))}
        self._ignored = frozenset(self.base.get("ignore", ()))

    @property
    def headings(self) -> Sequence[str]:
        return list(self._controls)

    @property
    def asked(self) -> Mapping[str, Any]:
        """What the file does not tell: dates, numbers or both, with the columns concerned."""
        found: Mapping[str, Any] = self.file.guesses.get("asked") or {}
        return found

    @property
    def fields(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.base.get("fields") or {}
        return found

    def place_of(self, heading: str) -> str:
        """Return what is chosen for a column: a field, extra or ignore."""
        if self.posted is not None:
            return self.posted.get(self.control(heading), self._rest)
        if heading in self._readers:
            return f"{FIELD}{self._readers[heading]}"
        return IGNORE if heading in self._ignored else self._rest

    @property
    def identity(self) -> str:
        """Return what is chosen for the id: a column's control, KEPT, or NATURAL for the object's own key."""
        if self.posted is not None:
            return self.posted.get(IDENTITY, NATURAL)
        kept = self.base.get("external_id")
        if isinstance(kept, str) and kept in self._controls:
            return self.control(kept)
        return KEPT if kept else NATURAL

    def answer(self, question: str) -> str:
        """Return what was answered to a question about the file, "" for nothing yet."""
        if self.posted is not None:
            return self.posted.get(question, "")
        said: Any = self.file.reading.get(question)
        if question == NUMBERS:
            return str(said["decimal"]) if said else ""
        choices = self.asked.get(DATES, ())
        return (DAY_FIRST, MONTH_FIRST)[list(choices).index(said)] if said in choices else ""

    def reading(self) -> dict[str, Any]:
        """Return the answers as the file's reading holds them; what nobody answered is left out."""
        said: dict[str, Any] = {}
        if DATES in self.asked and self.answer(DATES) in (DAY_FIRST, MONTH_FIRST):
            said[DATES] = self.asked[DATES][0 if self.answer(DATES) == DAY_FIRST else -1]
        for option in self.asked.get(NUMBERS, ()):
            if option["decimal"] == self.answer(NUMBERS):
                said[NUMBERS] = dict(option)
        return said

    def mapping(self) -> dict[str, Any]:
        """Return the mapping that was posted; look at `errors` before using it."""
        places = {heading: self.place_of(heading) for heading in self.headings}
        fields = {name: spec for name, spec in self.fields.items() if not column_of(spec)}
        for heading, place in places.items():
            if place.startswith(FIELD):
                self._put(fields, place.removeprefix(FIELD), heading)
        whole = {key: self.base[key] for key in ("about", "time_zone", "keep") if key in self.base}
        identity = self._identity()
        return whole | {
            "object": self.plan.name,
            **({"external_id": identity} if identity else {}),
            "unmapped": EXTRA if self.plan.rest else IGNORE,
            "ignore": [heading for heading, place in places.items() if place == IGNORE],
            "fields": fields,
        }

    def control(self, heading: str) -> str:
        """Return the name of a column's control: its place."""
        return self._controls[heading]

    @property
    def _rest(self) -> str:
        return EXTRA if self.plan.rest and self.base.get("unmapped", EXTRA) == EXTRA else IGNORE

    def _put(self, fields: dict[str, Any], name: str, heading: str) -> None:
        if name in fields:
            said = f"Another column is {field_label(self.plan, name)} already. One of the two goes elsewhere."
            self.errors[self.control(heading)] = said
        elif name in self.plan.fields or name in self.fields:
            fields[name] = self._entry(name, heading)
        else:
            self.errors[self.control(heading)] = "There is no such field."

    def _entry(self, name: str, heading: str) -> dict[str, Any]:
        """The field's entry: its further words stay while its column stays the same."""
        before = self.fields.get(name)
        entry = dict(before) if isinstance(before, dict) and column_of(before) == heading else {}
        if self.file.guesses.get("columns", {}).get(heading, {}).get("kind") in {"date", "moment"}:
            entry.pop("dates", None)
        return {**entry, "column": heading}

    def _identity(self) -> Any:
        if self.identity == KEPT:
            return self.base.get("external_id")
        by_name = {self.control(heading): heading for heading in self.headings}
        if self.identity not in by_name and not self.plan.natural:
            self.errors[IDENTITY] = "Choose the column by which a row is known again."
        return by_name.get(self.identity)


def column_of(spec: Any) -> str:
    """Return the column an entry of a mapping reads, "" for templates and constants."""
    if isinstance(spec, str):
        return spec
    return str(spec.get("column", "")) if isinstance(spec, dict) else ""


def field_label(plan: ObjectPlan, name: str) -> str:
    """Return a field as people read it."""
    if plan.rest and name.startswith(plan.rest):
        return visible(name.removeprefix(plan.rest))
    return registry.label(plan.record_type, name) if plan.governed else name.replace("_", " ").capitalize()


def field_hint(known: FieldPlan) -> str:
    """Return how a field's cells are found, and whether a new row needs it: "by id or name, needed"."""
    ways = {"external_id": "id", "email": "e-mail"}
    by = " or ".join(ways.get(way, way) for way in LOOKUPS.get(known.refers, ()))
    return ", ".join(word for word in (f"by {by}" if by else "", "needed" if known.required else "") if word)
