"""A column of a table: numbers all through, with what they stand for beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crmgov.kernel.refusals import Refused

Values = NDArray[np.float64]
SECONDS_A_DAY = 86_400


class Unlearnable(Refused):
    """Nothing can be learned from this as it is."""

    status = 422


class Kind(StrEnum):
    """What a column holds. LEFT_OUT has its reason in `code` and `sentence`."""

    NUMBER = "number"
    CATEGORY = "category"
    FLAG = "flag"
    TIME = "time"
    LEFT_OUT = "left_out"


FEATURES = frozenset({Kind.NUMBER, Kind.CATEGORY, Kind.FLAG})


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One value per row; NaN where there is none.

    A number is itself, a time the seconds since 1970 in UTC, a category or flag the place of its value in `levels`.
    """

    name: str
    kind: Kind
    values: Values
    levels: tuple[str, ...] = ()
    code: str = ""
    sentence: str = ""

    @property
    def missing(self) -> NDArray[np.bool_]:
        return np.isnan(self.values)

    @property
    def is_ordered(self) -> bool:
        """Whether rows can be put in order by it: dates, or numbers such as the month of a program."""
        return not self.levels and not bool(self.missing.all())

    def moment(self, value: float) -> str:
        """A value of an ordered column in words: a day, or the number itself."""
        return day(value) if self.kind is Kind.TIME else f"{value:g}"

    def left_out(self, code: str, sentence: str) -> Column:
        return replace(self, kind=Kind.LEFT_OUT, code=code, sentence=f"{self.name}: {sentence}")

    def rows(self, chosen: NDArray[Any]) -> Column:
        return replace(self, values=self.values[chosen])


def plain_column(name: str, values: Sequence[Any]) -> Column:
    """A column of Python values of one sort: numbers, booleans, dates, datetimes or text; None for "no value".

    Raises Unlearnable for values of another sort.
    """
    known = [value for value in values if value is not None]
    if not known:
        blank = Column(name, Kind.LEFT_OUT, np.full(len(values), np.nan))
        return blank.left_out("empty", "no row has a value.")
    if all(isinstance(value, bool) for value in known):
        return Column(name, Kind.FLAG, _floats(values), ("no", "yes"))
    if all(isinstance(value, int | float | Decimal | np.number) for value in known):
        return Column(name, Kind.NUMBER, _floats(values))
    if all(isinstance(value, date) for value in known):
        return Column(name, Kind.TIME, np.array([np.nan if v is None else seconds(v) for v in values]))
    if all(isinstance(value, str) for value in known):
        return category(name, values)
    kinds = ", ".join(sorted({type(value).__name__ for value in known}))
    raise Unlearnable(f"{name} holds values of more than one sort ({kinds}). A column holds one.")


def category(name: str, values: Sequence[str | None]) -> Column:
    """Text as a category; an empty text counts as no value."""
    levels = tuple(sorted({value for value in values if value}))
    places = {level: place for place, level in enumerate(levels)}
    return Column(name, Kind.CATEGORY, np.array([places.get(v or "", np.nan) for v in values], float), levels)


def seconds(moment: date) -> float:
    """Seconds since 1970; a date is its midnight, a naive datetime is taken as UTC."""
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def day(at: float) -> str:
    """The day of a time column's value, as 2026-03-31."""
    return datetime.fromtimestamp(at, tz=UTC).date().isoformat()


def _floats(values: Sequence[Any]) -> Values:
    floats = np.array([np.nan if value is None else float(value) for value in values])
    return np.where(np.isfinite(floats), floats, np.nan)
