"""Countries by code and by name, as CLDR knows them (through babel)."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Literal

from babel import Locale
from babel.core import get_global

from .problems import ValueProblem

# In whose languages names are read. A name that means two things in these is no name.
READ_IN = ("en", "de", "fr", "es", "it", "nl", "pt", "sv", "da", "nb", "fi", "pl")
# Said often, and not in CLDR.
ALSO = {
    "united states of america": "US",
    "the united states": "US",
    "great britain": "GB",
    "the netherlands": "NL",
    "czech republic": "CZ",
    "republic of korea": "KR",
    "russian federation": "RU",
}


@lru_cache(maxsize=2_000)
def country(value: str) -> str:
    """Return the ISO code (two letters) of a country's code or name. Raises ValueProblem."""
    plain = " ".join(value.replace(".", "").lower().split())
    code = plain.upper()
    if is_territory(code) and code.isalpha():
        return code
    alias = get_global("territory_aliases").get(code, [])
    found = alias[0] if len(alias) == 1 else ALSO.get(plain) or names_in("territories").get(plain)
    if found is None or not (is_territory(found) and found.isalpha()):
        raise ValueProblem(f"“{value[:40]}” is not a country like DE, DEU or Germany.")
    return found


def country_or_none(value: str) -> str:
    """Return the code, or "" when `value` names no country."""
    try:
        return country(value)
    except ValueProblem:
        return ""


def is_territory(code: str) -> bool:
    """Is this a territory of CLDR: two letters, or three digits for a larger region (419)?"""
    return code in _territories()


@cache
def names_in(what: Literal["territories", "languages"]) -> dict[str, str]:
    """Return lower-case name -> code, without names that stand for several codes."""
    named: dict[str, set[str]] = {}
    for language in READ_IN:
        for code, name in getattr(Locale(language), what).items():
            named.setdefault(name.lower(), set()).add(code)
    return {name: next(iter(codes)) for name, codes in named.items() if len(codes) == 1}


@cache
def _territories() -> frozenset[str]:
    # ZZ: unknown; EU, EZ, UN are no countries.
    return frozenset(Locale("en").territories) - {"ZZ", "EU", "EZ", "UN", "QO", "XA", "XB"}
