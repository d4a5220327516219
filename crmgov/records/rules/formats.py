"""Texts with a form of their own: addresses, currencies, languages, zones. Each is read into the one form we store."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from zoneinfo import available_timezones

from babel import Locale
from babel.numbers import get_currency_name, list_currencies
from email_validator import EmailNotValidError, validate_email

from .countries import is_territory, names_in
from .problems import ValueProblem

TAG = re.compile(r"(?P<language>[a-z]{2,3})(-(?P<script>[a-z]{4}))?(-(?P<territory>[a-z]{2}|[0-9]{3}))?")
# Codes of CLDR that name no language: undetermined, several, none.
NO_LANGUAGE = {"und", "mul", "zxx"}


def email(value: str) -> str:
    """Return the address in lower case, with its domain in Unicode. Raises ValueProblem."""
    try:
        found = validate_email(value, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise ValueProblem(f"“{value[:80]}” is not an e-mail address: {error}") from error
    return found.normalized.lower()


@lru_cache(maxsize=2_000)
def currency(value: str) -> str:
    """Return the ISO code of a code, an English name or the sign €. Raises ValueProblem."""
    code = value.upper()
    if code in _currencies():
        return code
    found = _currency_names().get(" ".join(value.lower().split()))
    if found is None:
        raise ValueProblem(f"“{value[:40]}” is not an ISO currency like EUR.")
    return found


@lru_cache(maxsize=2_000)
def language(value: str) -> str:
    """Return the language tag (de, pt-BR, zh-Hant) of a tag or of a language's name. Raises ValueProblem."""
    plain = " ".join(value.lower().split())
    tag = TAG.fullmatch(plain.replace("_", "-"))
    if tag and tag["language"] in _languages():
        script, territory = (tag["script"] or "").title(), (tag["territory"] or "").upper()
        if not territory or is_territory(territory):
            return "-".join(part for part in (tag["language"], script, territory) if part)
    found = _language_names().get(plain)
    if found is None:
        raise ValueProblem(f"“{value[:40]}” is not a language like de, pt-BR or German.")
    return found


def zone(value: str) -> str:
    """Return the time zone as it came. Raises ValueProblem when there is none of that name."""
    if value not in _zones():
        raise ValueProblem(f"“{value[:40]}” is not a time zone like Europe/Berlin.")
    return value


@cache
def _currencies() -> frozenset[str]:
    return frozenset(list_currencies())


@cache
def _currency_names() -> dict[str, str]:
    """English names, singular and plural, that one currency has alone."""
    named: dict[str, set[str]] = {"€": {"EUR"}}
    for code in _currencies():
        for count in (None, 1, 2):
            named.setdefault(get_currency_name(code, count=count, locale="en").lower(), set()).add(code)
    return {name: next(iter(codes)) for name, codes in named.items() if len(codes) == 1}


@cache
def _languages() -> frozenset[str]:
    return frozenset(str(code) for code in Locale("en").languages) - NO_LANGUAGE


@cache
def _language_names() -> dict[str, str]:
    return {
        name: code.replace("_", "-")
        for name, code in names_in("languages").items()
        if code.split("_")[0] in _languages()
    }


@cache
def _zones() -> frozenset[str]:
    """Looking through the zone files takes 20 ms: once per process, not once per imported row."""
    return frozenset(available_timezones())
