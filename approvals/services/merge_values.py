"""The merge fields a template may use, and their values for a contact."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from approvals.rules.characters import hidden_in
from approvals.rules.message_links import hosts_named
from crmgov.records.models import Contact

# Field -> how people call it. The account's and the owner's stay out of reach of whoever fills in the contact.
FIELDS = {
    "contact.first_name": "First name",
    "contact.last_name": "Last name",
    "contact.title": "Title",
    "contact.language": "Language",
    "account.name": "Name of the account",
    "account.industry": "Industry of the account",
    "account.segment": "Segment of the account",
    "owner.name": "Name of the owner",
}
# No name is longer; what is, is a text of its own, which nobody signed for.
LONGEST_CHECKED = 80
ADDRESS = re.compile(r"://|\bwww\.|@|[<>{}\[\]]|\d{6,}")


def of(contact: Contact) -> dict[str, str]:
    """Field -> its value, "" for none. The account and the owners should be fetched with it."""
    account = contact.account
    owner = contact.owner or (account.owner if account is not None else None)
    return {
        "contact.first_name": contact.first_name,
        "contact.last_name": contact.last_name,
        "contact.title": contact.title,
        "contact.language": contact.language,
        "account.name": account.name if account is not None else "",
        "account.industry": account.industry if account is not None else "",
        "account.segment": (account.segment_id or "") if account is not None else "",
        "owner.name": str(owner) if owner is not None else "",
    }


def unknown(fields: Sequence[str]) -> list[str]:
    """Those that are none of ours."""
    return [name for name in fields if name not in FIELDS]


def is_checked(values: Mapping[str, str], fields: Sequence[str]) -> bool:
    """Whether each of these is a plain short value: one could write a link or a number to call into a first name."""
    return all(_is_plain(values.get(name, "")) for name in fields)


def _is_plain(value: str) -> bool:
    return (
        len(value) <= LONGEST_CHECKED
        and "\n" not in value
        and not hidden_in(value)
        and ADDRESS.search(value) is None
        and not hosts_named(value)
    )
