"""One value: from what somebody wrote to what a column holds, or a sentence why not."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import cache
from typing import Any
from uuid import UUID

from .countries import country
from .domains import domain, host
from .formats import currency, email, language, zone
from .phones import phone
from .problems import ValueProblem

__all__ = ["Kind", "ValueProblem", "ValueSpec", "empty", "parse", "restore"]


class Kind(StrEnum):
    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"
    MOMENT = "moment"
    CHOICE = "choice"
    REFERENCE = "reference"
    TEXTS = "texts"


@dataclass(frozen=True, slots=True)
class ValueSpec:
    """What a field can hold. `places` and `digits` are of a decimal; `format` is one of FORMATS or ''."""

    kind: Kind
    max_length: int | None = None
    digits: int | None = None
    places: int | None = None
    choices: tuple[str, ...] = ()
    format: str = ""
    required: bool = False
    nullable: bool = True
    refers_to: str = ""
    integer_key: bool = False
    uuid_key: bool = False
    range: tuple[Decimal | None, Decimal | None] = field(default=(None, None))


# The number of a row: what a bigint holds, in plain digits.
ROW_NUMBER = re.compile(r"[0-9]{1,19}", re.ASCII)
ROW_MAX = 2**63 - 1
INT_MAX = 2**31 - 1
# Control characters but for new line and tab, and halves of surrogate pairs (Unicode categories Cc and Cs).
BAD_SIGN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
# What any text with a form is cut out of: a web address may carry a long path.
LONGEST_WRITTEN = 2_000


def parse(spec: ValueSpec, raw: Any, *, region: str = "") -> Any:
    """Return `raw` as the type of the column, in the one form we store.

    Empty text is the empty value of the kind: "" for text, [] for lists, None elsewhere. `region` is the country
    (ISO code) of a phone number that names none. Raises ValueProblem with a sentence when it cannot be held.
    """
    if raw is None or raw == "" or (isinstance(raw, str) and not raw.strip()):
        return _empty(spec)
    value = _PARSERS[spec.kind](spec, raw)
    if spec.format == "phone":
        value = phone(value, region)
    elif spec.format:
        value = FORMATS[spec.format](value)
    else:
        return value
    return _fitting(spec, value)


def restore(spec: ValueSpec, stored: Any) -> Any:
    """Return a value of the ledger as the type of the column. It was judged when it came in, by the rules of then."""
    return parse(_bare(spec), stored)


def empty(value: Any) -> bool:
    """Is there nothing here yet?"""
    return value is None or value == "" or value == []


def _empty(spec: ValueSpec) -> Any:
    if spec.required:
        raise ValueProblem("It may not be empty.")
    return {Kind.TEXT: "", Kind.TEXTS: [], Kind.BOOLEAN: False}.get(
        spec.kind, "" if not spec.nullable else None
    )


def _text(spec: ValueSpec, raw: Any) -> str:
    if not isinstance(raw, str | int | Decimal) or isinstance(raw, bool):
        raise ValueProblem("It must be text.")
    value = str(raw).strip()
    if not value.isascii():
        value = unicodedata.normalize("NFC", value).strip()
    if bad := BAD_SIGN.search(value):
        raise ValueProblem(f"It holds the control character U+{ord(bad[0]):04X}, which is not allowed.")
    if spec.format and len(value) > LONGEST_WRITTEN:
        raise ValueProblem(f"It has {len(value)} characters, and {LONGEST_WRITTEN} is the most.")
    return value if spec.format else _fitting(spec, value)


def _fitting(spec: ValueSpec, value: str) -> str:
    if spec.max_length is not None and len(value) > spec.max_length:
        raise ValueProblem(f"It has {len(value)} characters, and {spec.max_length} is the most.")
    return value


@cache
def _bare(spec: ValueSpec) -> ValueSpec:
    return replace(spec, format="")


def _number(raw: Any) -> Decimal:
    if isinstance(raw, bool):
        raise ValueProblem("It must be a number.")
    try:
        value = Decimal(str(raw).strip())
    except InvalidOperation as error:
        raise ValueProblem(f"“{str(raw)[:40]}” is not a number.") from error
    if not value.is_finite():
        raise ValueProblem(f"“{str(raw)[:40]}” is not a number.")
    return value


def _in_range(spec: ValueSpec, value: Decimal) -> None:
    low, high = spec.range
    if low is not None and value < low:
        raise ValueProblem(f"It is {value}, and {low} is the least.")
    if high is not None and value > high:
        raise ValueProblem(f"It is {value}, and {high} is the most.")


def _integer(spec: ValueSpec, raw: Any) -> int:
    value = _number(raw)
    if value != value.to_integral_value():
        raise ValueProblem(f"{value} is not a whole number.")
    _in_range(spec, value)
    if abs(value) > INT_MAX:
        raise ValueProblem(f"{value} is larger than {INT_MAX}.")
    return int(value)


def _decimal(spec: ValueSpec, raw: Any) -> Decimal:
    value = _number(raw)
    _in_range(spec, value)
    places, digits = spec.places or 0, spec.digits or 18
    if abs(value) >= Decimal(10) ** (digits - places):
        raise ValueProblem(f"It has more than {digits - places} digits before the point.")
    rounded = value.quantize(Decimal(1).scaleb(-places))
    if rounded != value:
        raise ValueProblem(f"{value} has more than {places} digits after the point.")
    return rounded


def _boolean(spec: ValueSpec, raw: Any) -> bool:
    known = {
        "true": True,
        "yes": True,
        "1": True,
        "y": True,
        "false": False,
        "no": False,
        "0": False,
        "n": False,
    }
    value = known.get(str(raw).strip().lower())
    if value is None:
        raise ValueProblem(f"“{str(raw)[:40]}” is neither yes nor no.")
    return value


def _date(spec: ValueSpec, raw: Any) -> date:
    if isinstance(raw, datetime):
        return raw.date()
    if isinstance(raw, date):
        return raw
    try:
        return date.fromisoformat(str(raw).strip())
    except ValueError as error:
        raise ValueProblem(f"“{str(raw)[:40]}” is not a date like 2026-03-31.") from error


def _moment(spec: ValueSpec, raw: Any) -> datetime:
    try:
        value = raw if isinstance(raw, datetime) else datetime.fromisoformat(str(raw).strip())
    except ValueError as error:
        raise ValueProblem(f"“{str(raw)[:40]}” is not a time like 2026-03-31T09:00:00Z.") from error
    try:
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError as error:
        raise ValueProblem(f"“{str(raw)[:40]}” lies outside the years 1 to 9999.") from error


def _choice(spec: ValueSpec, raw: Any) -> str:
    value = str(raw).strip()
    if value not in spec.choices:
        raise ValueProblem(f"“{value[:40]}” is not one of {', '.join(spec.choices)}.")
    return value


def _reference(spec: ValueSpec, raw: Any) -> Any:
    """The key of what is named: a row's number, an id, or a name."""
    if not (spec.integer_key or spec.uuid_key):
        return _text(spec, raw)
    written = "" if isinstance(raw, bool) else str(raw).strip()
    if spec.uuid_key:
        return _id(spec, written)
    if not ROW_NUMBER.fullmatch(written) or int(written) > ROW_MAX:
        raise ValueProblem(f"“{written[:40]}” is not the number of a {spec.refers_to}.")
    return int(written)


def _id(spec: ValueSpec, written: str) -> str:
    try:
        return str(UUID(written))
    except ValueError as error:
        raise ValueProblem(f"“{written[:40]}” is not the id of a {spec.refers_to}.") from error


def _texts(spec: ValueSpec, raw: Any) -> list[str]:
    if not isinstance(raw, list | tuple):
        raise ValueProblem("It must be a list of texts.")
    one = ValueSpec(Kind.TEXT, max_length=spec.max_length)
    return sorted({_text(one, item) for item in raw if item != ""})


_PARSERS = {
    Kind.TEXT: _text,
    Kind.INTEGER: _integer,
    Kind.DECIMAL: _decimal,
    Kind.BOOLEAN: _boolean,
    Kind.DATE: _date,
    Kind.MOMENT: _moment,
    Kind.CHOICE: _choice,
    Kind.REFERENCE: _reference,
    Kind.TEXTS: _texts,
}
# A phone number is read by its country as well.
FORMATS: dict[str, Callable[[str], str]] = {
    "email": email,
    "domain": domain,
    "host": host,
    "country": country,
    "currency": currency,
    "language": language,
    "zone": zone,
    "phone": phone,
}
