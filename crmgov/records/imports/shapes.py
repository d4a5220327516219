"""The shapes in which dates and numbers are written, counted cell by cell; nothing of the cells is kept."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

TIME = r"(?P<time>(?P<gap>[ T])\d{1,2}:\d\d(?P<seconds>:\d\d)?(?P<half> ?[AaPp][Mm])?)?"
ISO = re.compile(r"\d{4}-\d\d-\d\d(?P<time>[ T]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?", re.ASCII)
# Two numbers of which one is the day, and a year.
ORDERED = re.compile(
    rf"(?P<a>\d{{1,2}})(?P<sign>[/.-])(?P<b>\d{{1,2}})(?P=sign)(?P<year>\d{{4}}|\d\d){TIME}", re.ASCII
)
YEAR_FIRST = re.compile(rf"\d{{4}}(?P<sign>[/.])(?P<a>\d{{1,2}})(?P=sign)(?P<b>\d{{1,2}}){TIME}", re.ASCII)
DAY_NAMED = re.compile(rf"\d{{1,2}}(?P<sign>[ -])(?P<month>[A-Za-z]{{3,9}})(?P=sign)\d{{4}}{TIME}", re.ASCII)
MONTH_NAMED = re.compile(rf"(?P<month>[A-Za-z]{{3,9}}) \d{{1,2}}, \d{{4}}{TIME}", re.ASCII)
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
NUMBER = re.compile(r"[+-]?(?P<body>\d[\d.,' \u00a0]*|[.,]\d+)", re.ASCII)
GROUPED = re.compile(r"\d{1,3}([., '\u00a0])\d{3}(?:\1\d{3})*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Shape:
    """One way to write dates and how many cells had it.

    `ordered`: which of two numbers is the day is open; so many cells (`day_first`, `month_first`) can be one only.
    """

    form: str
    count: int
    has_time: bool
    ordered: bool
    day_first: int = 0
    month_first: int = 0

    def pattern(self, *, day_first: bool) -> str:
        """The strptime pattern; "" for the plain form 2026-03-31."""
        one, two = ("%d", "%m") if day_first else ("%m", "%d")
        return self.form.replace("{a}", one).replace("{b}", two)


class DateShapes:
    """Counts the dates of one column."""

    def __init__(self) -> None:
        self.forms: Counter[tuple[str, bool, bool]] = Counter()
        self.firsts: Counter[tuple[str, bool]] = Counter()

    def add(self, text: str) -> bool:
        """Count the cell; False when it is no date."""
        if len(text) > 40 or not any(sign.isdigit() for sign in text[:12]):
            return False
        if found := ISO.fullmatch(text):
            self.forms["", found["time"] is not None, False] += 1
            return True
        if found := ORDERED.fullmatch(text):
            return self._ordered(found)
        if found := YEAR_FIRST.fullmatch(text):
            if not (1 <= int(found["a"]) <= 12 and 1 <= int(found["b"]) <= 31):
                return False
            self._count(f"%Y{found['sign']}%m{found['sign']}%d", found)
            return True
        found = DAY_NAMED.fullmatch(text) or MONTH_NAMED.fullmatch(text)
        if found is None or found["month"][:3].lower() not in MONTHS:
            return False
        name = "%b" if len(found["month"]) == 3 else "%B"
        sign = found.groupdict().get("sign")
        self._count(f"%d{sign}{name}{sign}%Y" if sign else f"{name} %d, %Y", found)
        return True

    def most_common(self) -> Shape | None:
        if not self.forms:
            return None
        (form, has_time, ordered), count = self.forms.most_common(1)[0]
        return Shape(form, count, has_time, ordered, self.firsts[form, True], self.firsts[form, False])

    def _ordered(self, found: re.Match[str]) -> bool:
        a, b = int(found["a"]), int(found["b"])
        if not (1 <= min(a, b) <= 12 and max(a, b) <= 31):
            return False
        year = "%Y" if len(found["year"]) == 4 else "%y"
        form = f"{{a}}{found['sign']}{{b}}{found['sign']}{year}{_time(found)}"
        self.forms[form, found["time"] is not None, True] += 1
        if max(a, b) > 12:
            self.firsts[form, a > 12] += 1
        return True

    def _count(self, form: str, found: re.Match[str]) -> None:
        self.forms[form + _time(found), found["time"] is not None, False] += 1


class NumberShapes:
    """Counts the numbers of one column, and what tells a decimal comma from a decimal point.

    `point` and `comma` count cells that can only be one; `unsure_…` those with one sign before exactly three digits.
    """

    def __init__(self) -> None:
        self.count = self.point = self.comma = self.unsure_point = self.unsure_comma = 0
        self.groups: Counter[str] = Counter()

    @property
    def marked(self) -> bool:
        """Is there a cell that reads differently one way and the other?"""
        return bool(self.point or self.comma or self.unsure_point or self.unsure_comma)

    def add(self, text: str) -> bool:
        """Count the cell; False when it is no number."""
        found = NUMBER.fullmatch(text) if len(text) <= 40 else None
        if found is None:
            return False
        body = found["body"]
        signs = [sign for sign in body if not sign.isdigit()]
        if not signs:
            self.count += 1
            return True
        return self._separated(body, signs)

    def _separated(self, body: str, signs: list[str]) -> bool:
        last = signs[-1]
        whole, _, fraction = body.rpartition(last)
        if last in ".," and signs.count(last) == 1 and len(signs) > 1:
            if not GROUPED.fullmatch(whole):
                return False
            self.groups[signs[0]] += 1
        elif GROUPED.fullmatch(body):
            if len(signs) == 1 and last in ".,":
                self.unsure_point += last == "."
                self.unsure_comma += last == ","
                self.count += 1
                return True
            self.groups[last] += 1
            # Grouped by one of them, so the other one is the decimal sign.
            self.point += last == ","
            self.comma += last == "."
            self.count += 1
            return True
        elif last not in ".," or len(signs) > 1 or not fraction:
            return False
        self.point += last == "."
        self.comma += last == ","
        self.count += 1
        return True


def _time(found: re.Match[str]) -> str:
    if found["time"] is None:
        return ""
    half = found["half"] or ""
    hours = "%I" if half else "%H"
    seconds = ":%S" if found["seconds"] else ""
    return f"{found['gap']}{hours}:%M{seconds}{' %p' if half.startswith(' ') else '%p' if half else ''}"
