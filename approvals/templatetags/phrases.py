"""How times, amounts and field values read on a screen: "3 h", "in 5 months", "€184,000", "15 Apr 2025".

Plain functions; `crm.py` beside this makes template tags of them.
"""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from babel.numbers import format_decimal, get_currency_symbol
from django.utils import timezone

from crmgov.records.rules.values import Kind, empty

LOCALE = "en_US"
MINUTE, HOUR, DAY = 60, 3600, 86400
# Below these the smaller unit is the clearer one: "27 days" says more than "0 months".
DAYS_AT_MOST, MONTHS_AT_MOST = 45, 24
DAYS_A_MONTH, MONTHS_A_YEAR = 30.4, 12
# Zero-width joiner and non-joiner shape letters and emoji; they hide nothing.
JOINERS = "\u200c\u200d"


def span(length: timedelta, *, exact: bool = True) -> str:
    """Return a length of time in its largest clear unit: "40 s", "18 min", "3 h 05", "4 days", "14 months".

    `exact` keeps the minutes of the first hours, which matter for what is due and not for what is old.
    """
    seconds = int(abs(length).total_seconds())
    if seconds < MINUTE:
        return f"{seconds} s"
    if seconds < HOUR:
        return f"{seconds // MINUTE} min"
    if seconds < DAY:
        hours, minutes = seconds // HOUR, seconds % HOUR // MINUTE
        return f"{hours} h {minutes:02}" if exact and hours < 4 and minutes else f"{hours} h"
    return _days(seconds // DAY)


def age(at: datetime | date, now: datetime) -> str:
    """Return how old something is: "just now", "6 min", "3 h", "4 days"."""
    if isinstance(at, datetime):
        gone = now - at
        return "just now" if gone < timedelta(minutes=1) else span(gone, exact=False)
    days = (timezone.localdate(now) - at).days
    return "today" if days <= 0 else _days(days)


def ago(at: datetime | date, now: datetime) -> str:
    """Return `age` as it stands in a sentence: "3 h ago", "just now", "in 5 days" for what is to come."""
    if ahead(at, now):
        return f"in {until(at, now)}"
    said = age(at, now)
    return said if said in ("just now", "today") else f"{said} ago"


def ahead(at: datetime | date, now: datetime) -> bool:
    """Return whether `at` lies in the future; a day counts as ahead from the day before."""
    return at > now if isinstance(at, datetime) else at > timezone.localdate(now)


def until(at: datetime | date, now: datetime) -> str:
    """Return how far ahead it is: "18 min", "5 days"."""
    return span(at - now) if isinstance(at, datetime) else _days((at - timezone.localdate(now)).days)


def _days(days: int) -> str:
    if days <= DAYS_AT_MOST:
        return _counted(days, "day")
    months = round(days / DAYS_A_MONTH)
    return _counted(months, "month") if months < MONTHS_AT_MOST else _counted(months // MONTHS_A_YEAR, "year")


def _counted(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def day(at: datetime | date) -> str:
    """Return the date in the viewer's zone: "15 Apr 2025"."""
    local = timezone.localtime(at).date() if isinstance(at, datetime) else at
    return f"{local.day} {local:%b %Y}"


def moment(at: datetime) -> str:
    """Return date, time and zone of the viewer: "15 Apr 2025, 14:02 CEST"."""
    local = timezone.localtime(at)
    return f"{local.day} {local:%b %Y, %H:%M %Z}"


def due(at: datetime, now: datetime, *, due_now: bool = False) -> str:
    """Return the time left in a sentence: "due in 19 h", "3 h overdue", or "due now" where somebody said so."""
    if due_now:
        return "due now"
    return f"due in {until(at, now)}" if at > now else f"{span(at - now)} overdue"


def due_sentence(at: datetime, explained: str, now: datetime, *, due_now: bool = False) -> str:
    """Return when it is due for the viewer and why: "Due 16:10, 3 h earlier for €184,000 at stake."

    `explained` goes on after the comma; what was stored before it did begins a sentence of its own.
    """
    if due_now:
        return f"Due now. {explained}".strip()
    local = timezone.localtime(at)
    today = timezone.localdate(now)
    year = f" {local.year}" if local.year != today.year else ""
    clock = f"{local:%H:%M}" if local.date() == today else f"{local.day} {local:%b}{year}, {local:%H:%M}"
    said = f"Was due {clock}" if at <= now else f"Due {clock}"
    goes_on = explained[:1].isdigit() or explained.startswith("by ")
    return f"{said}, {explained}" if goes_on else f"{said}. {explained}".strip()


def as_moment(raw: object) -> datetime | date | None:
    """Read what a model, the ledger or a provenance map holds: a datetime, a date, or either in ISO form."""
    if isinstance(raw, str):
        try:
            raw = datetime.fromisoformat(raw) if "T" in raw or " " in raw else date.fromisoformat(raw)
        except ValueError:
            return None
    if isinstance(raw, datetime) and raw.tzinfo is None:
        return raw.replace(tzinfo=UTC)
    return raw if isinstance(raw, date) else None


def money(amount: object, currency: str, *, short: bool = False) -> str:
    """Return "€184,000", "CHF 99.50", or with `short` "€184k"; cents only where there are any."""
    number = _decimal(amount)
    if number is None:
        return f"{amount} {currency}".strip()
    symbol = get_currency_symbol(currency, locale=LOCALE) if currency else ""
    gap = "\u00a0" if symbol[-1:].isalpha() else ""
    figure = _short(abs(number)) if short else _figure(abs(number))
    return f"{'-' if number < 0 else ''}{symbol}{gap}{figure}"


def _figure(number: Decimal) -> str:
    return f"{number:,.0f}" if number == number.to_integral_value() else f"{number:,.2f}"


def _short(number: Decimal) -> str:
    for size, letter in ((Decimal(10**9), "bn"), (Decimal(10**6), "M"), (Decimal(1000), "k")):
        if number >= size:
            scaled = (number / size).quantize(Decimal("1") if number >= size * 10 else Decimal("0.1"))
            return f"{scaled.normalize():f}{letter}"
    return _figure(number)


def _decimal(raw: object) -> Decimal | None:
    try:
        number = Decimal(str(raw))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def value(raw: object, kind: str = "", currency: str = "") -> str:
    """Return a field's value as a reader sees it, "" when it is empty.

    `kind` is a `Kind` of records.rules.values; without it the Python type decides. Ledger values are JSON: a
    date is ISO text there, and only `kind` tells it from text that looks alike.
    """
    if empty(raw):
        return ""
    if isinstance(raw, bool):
        return "yes" if raw else "no"
    if currency and isinstance(raw, int | Decimal | str) and kind in ("", Kind.DECIMAL):
        return money(raw, currency)
    if kind in (Kind.INTEGER, Kind.DECIMAL) or isinstance(raw, int | float | Decimal):
        return _number(raw)
    if kind in (Kind.DATE, Kind.MOMENT) or isinstance(raw, date):
        return _when(raw)
    if isinstance(raw, list | tuple):
        return ", ".join(value(part) for part in raw)
    return str(raw)


def _number(raw: object) -> str:
    number = _decimal(raw)
    return str(raw) if number is None else format_decimal(number, locale=LOCALE, decimal_quantization=False)


def _when(raw: object) -> str:
    at = as_moment(raw)
    if at is None:
        return str(raw)
    return moment(at) if isinstance(at, datetime) else day(at)


def counted(number: int, most: int) -> str:
    """Return a count as a badge shows it: "12", "1,000+" where counting stopped at `most`."""
    return f"{most:,}+" if number > most else f"{number:,}"


def visible(text: object) -> str:
    """Return text of a file with everything shown that would hide or reorder it: "a␀b", "a⟨U+202E⟩b".

    Control characters become their pictures; format characters (bidi overrides, zero widths, tags) their numbers,
    save the joiners, which scripts and emoji need.
    """
    return "".join(_seen(sign) for sign in str(text))


def _seen(sign: str) -> str:
    category = unicodedata.category(sign)
    if category == "Cc":
        return chr(0x2400 + ord(sign)) if sign < " " else "␡" if sign == "" else f"⟨U+{ord(sign):04X}⟩"
    hidden = (category == "Cf" and sign not in JOINERS) or category in {"Zl", "Zp"}
    return f"⟨U+{ord(sign):04X}⟩" if hidden else sign
