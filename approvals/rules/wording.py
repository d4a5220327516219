"""How amounts, values and lists read inside a sentence. Labels and values come from outside: they are
shortened and stripped of control and direction marks here, and escaped by the templates."""

import json
import unicodedata
from collections.abc import Sequence
from decimal import Decimal

from approvals.rules.vocabulary import Json

LONGEST = 80
LARGEST_EXPONENT = 24


def clean(text: str, longest: int = LONGEST) -> str:
    """One line of at most `longest` characters, without control, format or surrogate characters."""
    kept = "".join(
        character if not unicodedata.category(character).startswith("C") else " "
        for character in text[: longest * 4]
    )
    line = " ".join(kept.split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def quoted(text: str) -> str:
    """The text in quotation marks, cleaned and shortened."""
    return f"“{clean(text)}”"


def value(shown: Json) -> str:
    """A field's value as a reader sees it: “Retail”, 120, yes, empty."""
    if is_empty(shown):
        return "empty"
    if isinstance(shown, bool):
        return "yes" if shown else "no"
    if isinstance(shown, str):
        return quoted(shown)
    if isinstance(shown, (int, float)):
        return clean(repr(shown))
    return quoted(json.dumps(shown, ensure_ascii=True, sort_keys=True))


def is_empty(shown: Json) -> bool:
    """Whether a field holds nothing: null, blank text, an empty list or object. Zero and no are values."""
    if isinstance(shown, str):
        return not shown.strip()
    return shown is None or shown == [] or shown == {}


def money(amount: Decimal, currency: str) -> str:
    """EUR 184,000 or EUR 99.50; cents only where there are any."""
    if not amount.is_finite() or abs(amount.adjusted()) > LARGEST_EXPONENT:
        return f"{clean(currency, 8)} {clean(str(amount), 30)}"
    figure = f"{amount:,.0f}" if amount == amount.to_integral_value() else f"{amount:,.2f}"
    return f"{clean(currency, 8)} {figure}"


def share(number: float) -> str:
    """A confidence or band as 0.82. Rounded down, so that 0.8999 never reads as the 0.90 it missed."""
    hundredths = int(number * 100 + 1e-9)
    return f"{hundredths / 100:.2f}"


def listed(parts: Sequence[str], last: str = "and") -> str:
    """a, b and c."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"
