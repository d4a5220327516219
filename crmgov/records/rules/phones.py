"""Phone numbers: read by the rules of a country, stored as E.164 with the extension behind it."""

from __future__ import annotations

import re

from phonenumbers import (
    SUPPORTED_REGIONS,
    NumberParseException,
    PhoneNumberFormat,
    ValidationResult,
    format_number,
    is_possible_number_with_reason,
    parse,
)

from .problems import ValueProblem

# The only words of a number. Others (“office”, “after 5”, a vanity word) would be read as digits.
WORDS = {"tel", "ext", "extn", "extension", "x", "xtn", "int"}
WORD = re.compile(r"[^\W\d_]+")
LONGEST = 120
WRONG_LENGTH = {
    ValidationResult.TOO_SHORT: "It is too short",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "Its area code is missing",
    ValidationResult.TOO_LONG: "It is too long",
    ValidationResult.INVALID_LENGTH: "It has a wrong number of digits",
    ValidationResult.INVALID_COUNTRY_CODE: "It starts with no country’s code",
}


def phone(value: str, region: str = "") -> str:
    """Return the number as “+4930123456”, or “+4930123456 ext. 12”. Raises ValueProblem.

    `region` is the country (ISO code) whose rules read a number that names none. A number counts when its length
    is one that its country has: which ranges are in use changes monthly and is not asked.
    """
    shown = value[:40]
    if len(value) > LONGEST or any(word.lower() not in WORDS for word in WORD.findall(value)):
        raise ValueProblem(f"“{shown}” is not one phone number: it holds words or several numbers.")
    if names_no_country(value) and region not in SUPPORTED_REGIONS:
        raise ValueProblem(
            f"“{shown}” names no country, and nothing else says which. Write it like +49 30 123456."
        )
    try:
        found = parse(value, region or None)
    except NumberParseException as error:
        raise ValueProblem(f"“{shown}” is not a phone number like +49 30 123456.") from error
    possible = is_possible_number_with_reason(found)
    if possible != ValidationResult.IS_POSSIBLE:
        raise ValueProblem(f"“{shown}” is not a phone number. {WRONG_LENGTH[possible]}.")
    plain = format_number(found, PhoneNumberFormat.E164)
    return f"{plain} ext. {found.extension}" if found.extension else plain


def names_no_country(value: str) -> bool:
    """Does the number leave open which country it is of?"""
    return not value.strip().lower().removeprefix("tel:").lstrip(" (").startswith(("+", "＋"))
