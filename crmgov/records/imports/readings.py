"""One cell: from what the file says to a typed value, or a sentence why not."""

from __future__ import annotations

import re
from collections.abc import Mapping as MappingType
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from crmgov.kernel.canonical import plain
from crmgov.records.rules.countries import country
from crmgov.records.rules.values import Kind, ValueProblem, ValueSpec
from crmgov.records.rules.values import parse as parse_value

from .mappings import PLACE, Entry, Mapping
from .nearest import did_you_mean

PATTERN_WORDS = {"%d": "day", "%m": "month", "%Y": "year", "%y": "year (two digits)", "%b": "month name"}


def cell_text(entry: Entry, cells: MappingType[str, str]) -> str:
    """Return what the row says for this entry, before any typing: joined, split, stripped, mapped."""
    if entry.constant is not None:
        return entry.constant
    if entry.template:
        if not any(cells[name].strip() for name in entry.columns):
            return ""
        text = _squeezed(PLACE.sub(lambda place: cells[place[1]].strip(), entry.template))
    else:
        text = cells[entry.column].strip()
    if entry.without:
        text = " ".join(word for word in text.split() if word not in entry.without)
    if entry.part:
        text = _part(text, entry.part)
    return entry.values.get(text, text)


def typed(entry: Entry, mapping: Mapping, spec: ValueSpec, text: str, region: str = "") -> Any:
    """Return the value as the column holds it. Raises ValueProblem with a sentence.

    `region` is the country (ISO code) of a phone number that names none.
    """
    if not text:
        return parse_value(spec, text)
    match spec.kind:
        case Kind.DATE if entry.dates:
            return _moment(entry, text).date()
        case Kind.MOMENT if entry.dates:
            return parse_value(spec, _moment(entry, text).replace(tzinfo=ZoneInfo(mapping.time_zone)))
        case Kind.MOMENT:
            return _in_zone(parse_value(spec, text), text, mapping)
        case Kind.INTEGER | Kind.DECIMAL:
            return parse_value(spec, number(mapping, text) * entry.scale)
        case Kind.TEXTS:
            return parse_value(spec, [part.strip() for part in text.split(entry.split) if part.strip()])
        case Kind.CHOICE:
            return _choice(spec, text)
    return parse_value(spec, text, region=region)


def typed_extra(entry: Entry, mapping: Mapping, spec: ValueSpec, text: str) -> str | None:
    """Return a value for a column without a field: text, or a date, number or country in its plain form if asked."""
    if not text:
        return None
    if entry.as_ == "date":
        text = plain(_moment(entry, text).date() if entry.dates else date.fromisoformat(text))
    elif entry.as_ == "number":
        text = plain((number(mapping, text) * entry.scale).normalize())
    elif entry.as_ == "country":
        text = country(text)
    return str(parse_value(spec, text))


def number(mapping: Mapping, text: str) -> Decimal:
    """Return the number as the mapping writes numbers. Raises ValueProblem; a stray separator is not guessed away."""
    point, group = re.escape(mapping.decimal), re.escape(mapping.thousands)
    whole = rf"\d+|\d{{1,3}}(?:{group}\d{{3}})+" if group else r"\d+"
    if not re.fullmatch(
        rf"[+-]?(?:(?:{whole})(?:{point}\d+)?|{point}\d+)(?:[eE][+-]?\d{{1,2}})?", text, re.ASCII
    ):
        signs = f" with “{mapping.thousands}” between thousands" if mapping.thousands else ""
        raise ValueProblem(f"“{text[:40]}” is not a number written with “{mapping.decimal}”{signs}.")
    bare = text.replace(mapping.thousands, "") if mapping.thousands else text
    return Decimal(bare.replace(mapping.decimal, "."))


def readings_of(entry: Entry, spec: ValueSpec | None) -> list[str]:
    """Return sentences that say how the entry's cells are understood where that is not plain."""
    found = []
    is_date = entry.as_ == "date" if spec is None else spec.kind in {Kind.DATE, Kind.MOMENT}
    if entry.dates and is_date:
        found.append(f"{entry.heading} is read as {_pattern(entry.dates)} ({entry.dates})")
    if entry.scale != 1:
        found.append(f"{entry.heading} is multiplied by {entry.scale:,f}")
    if {"name", "email"} & set(entry.by):
        found.append(
            f"{entry.heading} is looked up by {', then '.join(way.replace('_', ' ') for way in entry.by)}"
        )
    if entry.without:
        found.append(f"{entry.heading} is read without {', '.join(entry.without)}")
    return found


def _moment(entry: Entry, text: str) -> datetime:
    try:
        return datetime.strptime(text, entry.dates)  # noqa: DTZ007 (a date in a file has no zone; the caller adds one)
    except ValueError as error:
        raise ValueProblem(
            f"“{text[:40]}” is not a date written as {_pattern(entry.dates)} ({entry.dates})."
        ) from error


def _in_zone(value: datetime, text: str, mapping: Mapping) -> datetime:
    """A time without a zone is of the mapping's zone."""
    bare = datetime.fromisoformat(text)
    return value if bare.tzinfo else bare.replace(tzinfo=ZoneInfo(mapping.time_zone)).astimezone(value.tzinfo)


def _choice(spec: ValueSpec, text: str) -> Any:
    """Spaces, hyphens and case are how people write; anything else is another value."""
    value = "_".join(text.lower().replace("-", " ").split())
    if value in spec.choices:
        return value
    raise ValueProblem(
        f"“{text[:40]}” is not one of {', '.join(spec.choices)}.{did_you_mean(text, spec.choices)}"
    )


def _part(text: str, part: str) -> str:
    """The last word of a name, or all words before it; one word alone is a last name."""
    words = text.split()
    return (words[-1] if words else "") if part == "last" else " ".join(words[:-1])


def _pattern(dates: str) -> str:
    return re.sub(r"%.", lambda found: PATTERN_WORDS.get(found[0], found[0]), dates)


def _squeezed(text: str) -> str:
    return " ".join(text.split())
