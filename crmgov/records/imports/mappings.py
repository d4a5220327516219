"""A mapping says which column becomes which field, and how its cells are read. Every mistake in one is a sentence."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping as MappingType
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as made_by
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from crmgov.kernel.refusals import Invalid
from crmgov.records.rules.countries import country
from crmgov.records.rules.problems import ValueProblem

from . import spoken
from .catalog import LOOKUPS, FieldPlan, ObjectPlan
from .nearest import did_you_mean

KEYS = {
    "object", "about", "external_id", "dates", "numbers", "time_zone", "country", "unmapped", "ignore", "keep",
    "fields",
}  # fmt: skip
ENTRY_KEYS = {
    "column", "template", "constant", "dates", "scale", "values", "known_values", "unknown", "by", "source",
    "part", "without", "required", "empty", "as", "split",
}  # fmt: skip
CHOICES = {
    "unknown": ("keep", "leave_out", "refuse"),
    "part": ("first", "last"),
    "empty": ("report",),
    "as": ("text", "date", "number", "country"),
}
# Headings that plainly name the country a row is in, without blanks and signs.
COUNTRY_HEADINGS = {
    "country", "countryregion", "countrycode", "countrynew", "mailingcountry", "billingcountry", "mailingcountrycode",
    "billingcountrycode", "land", "pays",
}  # fmt: skip
# A column in a template stands in braces.
PLACE = re.compile(r"\{([^{}]+)\}")


class BadMapping(Invalid):
    """The mapping file cannot be used."""


@dataclass(frozen=True, slots=True)
class Entry:
    """How one field is read. `unknown`: what happens to a value that is not among `known_values`."""

    field: str
    column: str = ""
    template: str = ""
    constant: str | None = None
    dates: str = ""
    scale: Decimal = Decimal(1)
    values: MappingType[str, str] = made_by(default_factory=dict)
    known_values: tuple[str, ...] = ()
    unknown: str = "keep"
    by: tuple[str, ...] = ()
    source: str = ""
    part: str = ""
    without: tuple[str, ...] = ()
    required: bool = False
    empty: str = ""
    as_: str = "text"
    split: str = ";"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns this entry reads."""
        if self.template:
            return tuple(PLACE.findall(self.template))
        return (self.column,) if self.column else ()

    @property
    def heading(self) -> str:
        """How a remark names where the value came from."""
        return ", ".join(self.columns)


@dataclass(frozen=True, slots=True)
class Mapping:
    """`identity` are the columns that make the external id; `digest` stores their SHA-256 instead of their text.

    `natural`: no id was named, so the columns of the fields that identify a row serve as one.
    `country` (ISO code) and `country_column` say by which rules a phone number is read that names no country.
    """

    identity: tuple[str, ...]
    entries: tuple[Entry, ...]
    digest: bool = False
    decimal: str = "."
    thousands: str = ""
    time_zone: str = "UTC"
    rest: tuple[str, ...] = ()
    natural: bool = False
    raw: MappingType[str, Any] = made_by(default_factory=dict)
    country: str = ""
    country_column: str = ""


def load(path: Path) -> dict[str, Any]:
    """Return the mapping file as a dict. Raises BadMapping."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadMapping(f"There is no mapping file {path}.") from error
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise BadMapping(f"{path.name} is not valid JSON: {error}.") from error
    if not isinstance(found, dict):
        raise BadMapping(f"{path.name} must hold one JSON object.")
    return found


def from_json(raw: MappingType[str, Any], plan: ObjectPlan, headings: Sequence[str]) -> Mapping:
    """Return the mapping for these headings. Raises BadMapping naming what is wrong and what would be right."""
    _keys("The mapping", raw, KEYS)
    if raw.get("object", plan.name) != plan.name:
        raise BadMapping(f"This mapping is for {raw['object']}, and --object says {plan.name}.")
    fields = raw.get("fields")
    if not isinstance(fields, dict) or not fields:
        raise BadMapping(
            "The mapping needs “fields”: an object of field names and where their values come from."
        )
    entries = tuple(_entry(name, spec, raw, plan) for name, spec in fields.items())
    identity, digest = _identity(raw.get("external_id"))
    decimal, thousands = _numbers(raw.get("numbers", {}))
    mapping = Mapping(
        identity or _natural(plan, entries),
        entries,
        digest,
        decimal,
        thousands,
        _zone(raw.get("time_zone", "UTC")),
        _rest(raw, plan, entries, identity, headings),
        not identity,
        dict(raw),
        *_country(raw.get("country", ""), headings),
    )
    _columns_exist(mapping, headings)
    return mapping


def by_headings(plan: ObjectPlan, headings: Sequence[str]) -> Mapping:
    """Return the mapping of a file without one: headings that name a field map to it, the rest is kept."""
    identity, found = named_columns(plan, headings)
    if not found:
        raise BadMapping(
            f"None of the columns ({', '.join(headings)}) is named like a field of {plan.name} "
            f"({', '.join(plan.fields)}). Say in a mapping file which column is which."
        )
    taken = {identity, *(entry.column for entry in found)}
    return Mapping(
        (identity,) if identity else _natural(plan, found),
        found,
        rest=tuple(heading for heading in headings if heading not in taken),
        natural=not identity,
        country_column=_country("", headings)[1],
    )


def named_columns(plan: ObjectPlan, headings: Sequence[str]) -> tuple[str, tuple[Entry, ...]]:
    """Return the heading that is called like an id ("" for none), and an entry per heading called like a field."""
    named = {plain_heading(name): name for name in plan.fields}
    named |= {f"{plain_heading(name)}id": name for name, known in plan.fields.items() if known.refers}
    own = ("externalid", "id", f"{plain_heading(plan.record_type)}id")
    by_plain = {plain_heading(heading): heading for heading in headings}
    identity = next((by_plain[name] for name in own if name in by_plain), "")
    entries: dict[str, Entry] = {}
    for known in (named, spoken.FIELDS.get(plan.name, {})):
        for heading in headings:
            name = known.get(plain_heading(heading), "")
            if name and heading != identity and name not in entries:
                entries[name] = Entry(name, column=heading, by=LOOKUPS.get(plan.fields[name].refers, ()))
    return identity, tuple(entries.values())


def _natural(plan: ObjectPlan, entries: Sequence[Entry]) -> tuple[str, ...]:
    """The columns of the fields that identify a row of this object by themselves."""
    columns = {entry.field: entry.columns for entry in entries}
    if not plan.natural or not any(columns.get(name) for name in plan.natural):
        raise BadMapping(
            f"Nothing says which row of {plan.name} is which: name the column in the mapping, "
            'for example "external_id": "account_id", or call it id or external_id in the file.'
        )
    return tuple(column for name in plan.natural for column in columns.get(name, ()))


def _entry(name: str, spec: Any, raw: MappingType[str, Any], plan: ObjectPlan) -> Entry:
    known = _field(name, plan)
    if isinstance(spec, str):
        spec = {"column": spec}
    if not isinstance(spec, dict):
        raise BadMapping(
            f"“{name}” needs a column name, or an object with “column”, “template” or “constant”."
        )
    _keys(f"“{name}”", spec, ENTRY_KEYS)
    if sum(key in spec for key in ("column", "template", "constant")) != 1:
        raise BadMapping(f"“{name}” needs exactly one of “column”, “template” and “constant”.")
    for key, choices in CHOICES.items():
        if key in spec and spec[key] not in choices:
            raise BadMapping(f"“{name}”: “{key}” is one of {', '.join(choices)}, not “{spec[key]}”.")
    return Entry(
        field=name,
        column=_text(name, spec, "column"),
        template=_template(name, spec),
        constant=None if spec.get("constant") is None else str(spec["constant"]),
        dates=_format(name, spec.get("dates", raw.get("dates", ""))),
        scale=_scale(name, spec.get("scale", 1)),
        values=_values(name, spec),
        known_values=_texts(name, spec, "known_values"),
        unknown=spec.get("unknown", "keep"),
        by=_lookups(name, spec.get("by"), known),
        source=_text(name, spec, "source"),
        part=spec.get("part", ""),
        without=_texts(name, spec, "without"),
        required=spec.get("required", False) is True,
        empty=spec.get("empty", ""),
        as_=spec.get("as", "text"),
        split=_text(name, spec, "split") or ";",
    )


def _field(name: str, plan: ObjectPlan) -> FieldPlan | None:
    known = plan.fields.get(name)
    if known or (plan.rest and name.startswith(plan.rest) and len(name) > len(plan.rest)):
        return known
    where = f" Other columns go to “{plan.rest}…”." if plan.rest else ""
    raise BadMapping(f"{plan.name} has no field “{name}”.{did_you_mean(name, plan.fields)}{where}")


def _identity(spec: Any) -> tuple[tuple[str, ...], bool]:
    if spec is None:
        return (), False
    digest = False
    if isinstance(spec, dict):
        _keys("“external_id”", spec, {"columns", "digest"})
        spec, digest = spec.get("columns"), spec.get("digest", False) is True
    columns = (spec,) if isinstance(spec, str) else tuple(spec) if isinstance(spec, list) else ()
    if not columns or not all(isinstance(column, str) and column for column in columns):
        raise BadMapping(
            "“external_id” is a column name, a list of them, or {“columns”: […], “digest”: true}."
        )
    return columns, digest


def _rest(
    raw: MappingType[str, Any],
    plan: ObjectPlan,
    entries: Sequence[Entry],
    identity: Sequence[str],
    headings: Sequence[str],
) -> tuple[str, ...]:
    """Columns that go to `extra` as they stand: the unmapped ones, and mapped ones a mapping wants kept."""
    unmapped = raw.get("unmapped", "extra")
    if unmapped not in {"extra", "ignore"}:
        raise BadMapping(f"“unmapped” is extra or ignore, not “{unmapped}”.")
    keep, ignore = _texts("The mapping", raw, "keep"), _texts("The mapping", raw, "ignore")
    _known_columns((*keep, *ignore), headings)
    used = {*identity, *ignore, *(column for entry in entries for column in entry.columns)}
    others = () if unmapped == "ignore" else tuple(name for name in headings if name not in used)
    if keep and not plan.rest:
        raise BadMapping(f"{plan.name} has no place to keep columns as they stand.")
    return tuple(name for name in headings if name in others or name in keep)


def _columns_exist(mapping: Mapping, headings: Sequence[str]) -> None:
    _known_columns(mapping.identity, headings)
    for entry in mapping.entries:
        _known_columns(entry.columns, headings)


def _known_columns(columns: Sequence[str], headings: Sequence[str]) -> None:
    for column in columns:
        if column not in headings:
            raise BadMapping(
                f"The file has no column “{column}”.{did_you_mean(column, headings)} "
                f"It has {', '.join(headings)}."
            )


def _keys(what: str, raw: MappingType[str, Any], known: set[str]) -> None:
    for key in raw:
        if key not in known:
            raise BadMapping(
                f"{what} has an unknown key “{key}”.{did_you_mean(key, known)} "
                f"Known are {', '.join(sorted(known))}."
            )


def _text(name: str, spec: MappingType[str, Any], key: str) -> str:
    value = spec.get(key, "")
    if not isinstance(value, str):
        raise BadMapping(f"“{name}”: “{key}” must be text.")
    return value


def _texts(name: str, spec: MappingType[str, Any], key: str) -> tuple[str, ...]:
    value = spec.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise BadMapping(f"{name}: “{key}” must be a list of texts.")
    return tuple(value)


def _values(name: str, spec: MappingType[str, Any]) -> dict[str, str]:
    value = spec.get("values", {})
    if value and "column" not in spec:
        raise BadMapping(f"“{name}”: “values” goes with “column”.")
    if not isinstance(value, dict) or not all(isinstance(new, str) for new in value.values()):
        raise BadMapping(f"“{name}”: “values” must be an object from what the file says to what we say.")
    return value


def _template(name: str, spec: MappingType[str, Any]) -> str:
    template = _text(name, spec, "template")
    if template and not PLACE.search(template):
        raise BadMapping(
            f"“{name}”: the template “{template}” names no column. Write it like “{{first}} {{last}}”."
        )
    return template


def _format(name: str, value: Any) -> str:
    if not isinstance(value, str) or (value and "%" not in value):
        raise BadMapping(f"“{name}”: “dates” is a pattern like %m/%d/%Y (month/day/year), not “{value}”.")
    return value


def _scale(name: str, value: Any) -> Decimal:
    try:
        scale = Decimal(str(value))
    except InvalidOperation as error:
        raise BadMapping(f"“{name}”: “scale” must be a number like 1000000, not “{value}”.") from error
    if not scale.is_finite() or scale == 0:
        raise BadMapping(f"“{name}”: “scale” must be a number other than 0.")
    return scale


def _lookups(name: str, value: Any, known: FieldPlan | None) -> tuple[str, ...]:
    if known is None or not known.refers:
        if value is not None:
            raise BadMapping(f"“{name}” refers to nothing, so “by” has no meaning there.")
        return ()
    possible = LOOKUPS[known.refers]
    wanted = possible if value is None else (value,) if isinstance(value, str) else tuple(value)
    for way in wanted:
        if way not in possible:
            raise BadMapping(
                f"“{name}”: {known.refers} are found by {' or '.join(possible)}, not by “{way}”."
            )
    return wanted


def _numbers(value: Any) -> tuple[str, str]:
    if not isinstance(value, dict):
        raise BadMapping("“numbers” is an object like {“decimal”: “,”, “thousands”: “.”}.")
    _keys("“numbers”", value, {"decimal", "thousands"})
    decimal, thousands = value.get("decimal", "."), value.get("thousands", "")
    if (
        decimal not in {".", ","}
        or thousands not in {"", ".", ",", " ", "'", "\u00a0"}
        or decimal == thousands
    ):
        raise BadMapping("“numbers”: decimal is “.” or “,”, and thousands another sign (or none).")
    return decimal, thousands


def _zone(value: Any) -> str:
    if value not in available_timezones():
        raise BadMapping(f"“{value}” is not a time zone like Europe/Berlin.")
    return str(value)


def _country(value: Any, headings: Sequence[str]) -> tuple[str, str]:
    """The country of the file and the column that says it row by row, found by its heading when none is named."""
    said = {"default": value} if isinstance(value, str) else value
    if not isinstance(said, dict):
        raise BadMapping(
            "“country” is a country like DE, or an object like {“column”: “Land”, “default”: “DE”}."
        )
    _keys("“country”", said, {"column", "default"})
    column, default = _text("country", said, "column"), _text("country", said, "default")
    if column:
        _known_columns((column,), headings)
    else:
        column = next((heading for heading in headings if plain_heading(heading) in COUNTRY_HEADINGS), "")
    try:
        return country(default) if default else "", column
    except ValueProblem as problem:
        raise BadMapping(f"“country”: {problem}") from problem


def plain_heading(heading: str) -> str:
    """Return the heading as it is compared: lower case, letters and digits only."""
    return "".join(sign for sign in heading.lower() if sign.isalnum())
