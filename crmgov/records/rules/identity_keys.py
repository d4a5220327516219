"""Who is who: the keys that say it exactly, and what only makes it likely. No database here.

An exact key links a row to the one record that has it: the e-mail of a contact, the domain of an account that is
nobody's free mail. Whatever is weaker, or ambiguous, makes a record of its own and a pair for a person to judge.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from .domains import identifies, of_email

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Likeness:
    """Why two records may be one: a word for machines and a sentence for people, without any personal value."""

    reason: str
    say: str


# The field that says exactly who it is, and what people call it.
EXACT = {"contact": ("email", "e-mail"), "account": ("domain", "domain")}
SAME_EMAIL = Likeness("same_email", "Both have the same e-mail address.")
SAME_DOMAIN = Likeness("same_domain", "Both have the same web domain.")
NAME_AND_ACCOUNT = Likeness(
    "same_name_and_account", "Both have the same first and last name and belong to the same account."
)
NAME_AND_PHONE = Likeness(
    "same_name_and_phone", "Both have the same first and last name and the same phone number."
)
NAME_AND_DOMAIN = Likeness(
    "same_name_and_domain", "Both have the same first and last name and e-mail addresses of the same company."
)
NAME_AND_REGION = Likeness("same_name_and_region", "Both have the same name and the same region.")
SAME_NAME = Likeness("same_name", "Both have the same name, and no two different web domains.")


def exact_key(record_type: str, values: Mapping[str, Any]) -> str:
    """Return what identifies the record exactly, or "" when nothing does. Values are in the form we store."""
    field, _ = EXACT.get(record_type, ("", ""))
    key = str(values.get(field) or "")
    return key if record_type != "account" or identifies(key) else ""


def company_of(values: Mapping[str, Any]) -> str:
    """Return the domain of a contact's e-mail address where it is a company's, else ""."""
    name = of_email(str(values.get("email") or ""))
    return name if identifies(name) else ""


def linked(
    keys: Sequence[tuple[str, str]], found: Mapping[str, Collection[Key]], known: Collection[Key]
) -> dict[str, Key]:
    """Return external id -> record for the rows that an exact key links.

    `keys` are (external id, exact key) in the order of the file, `found` the present records of each key, `known`
    the records that have an id in this source already. The source itself tells two ids apart, so neither those nor
    a record that an earlier row took are linked to; nor is a key that several records share.
    """
    taken, links = set(known), dict[str, Key]()
    for external_id, key in keys:
        records = found.get(key, ())
        if len(records) == 1 and (record := next(iter(records))) not in taken:
            links[external_id] = record
            taken.add(record)
    return links
