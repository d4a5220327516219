"""What of other accounts a text might name: candidates from the text, looked up by index, never every account."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection

from approvals.rules.other_accounts import ADDRESS, DIGITS, FEWEST_DIGITS, FEWEST_LETTERS, Accounts

MOST_READ = 10_000
# Distinct first words of a name, hosts and numbers that are looked up; a message has a few dozen.
MOST_LOOKED_UP = 400
WORD = re.compile(rf"\w{{{FEWEST_LETTERS},}}")
HOST = re.compile(r"[\w-]+(?:\.[\w-]+)+")
# So many digits at the end tell numbers apart, however the rest is written.
TAIL = 7

FOUND = """
SELECT a.id, 'name', a.name FROM records_account a WHERE a.name ILIKE ANY(%(first_words)s)
UNION ALL
SELECT a.id, 'domain', a.domain FROM records_account a WHERE a.domain <> '' AND a.domain = ANY(%(hosts)s)
UNION ALL
SELECT c.account_id, 'address', c.email FROM records_contact c
WHERE c.email <> '' AND c.account_id IS NOT NULL AND c.email = ANY(%(addresses)s)"""
PHONES = """
UNION ALL
SELECT c.account_id, 'phone', c.phone FROM records_contact c
WHERE c.phone <> '' AND c.account_id IS NOT NULL AND right(c.phone, %(tail)s) = ANY(%(tails)s)"""


@dataclass(slots=True)
class Mentioned:
    """What was found, by the account it belongs to."""

    rows: list[tuple[UUID, str, str]] = field(default_factory=list)

    def of(self, account_id: UUID | None, *, own: bool) -> Accounts:
        """What belongs to this account, or to any other."""
        mine = [(kind, value) for key, kind, value in self.rows if (key == account_id) is own]
        return Accounts(
            addresses=frozenset(value for kind, value in mine if kind == "address"),
            phones=frozenset(value for kind, value in mine if kind == "phone"),
            domains=frozenset(value for kind, value in mine if kind == "domain"),
            names=frozenset(value for kind, value in mine if kind == "name"),
        )


def mentioned(texts: Iterable[str]) -> Mentioned:
    """Return the names, domains, addresses and numbers that may stand in these texts; one query.

    A name is looked up by its first word, so one that begins with a word of three letters or fewer is not found.
    """
    whole = "\n".join(text[:MOST_READ] for text in texts).lower()
    addresses = {one.rstrip(".!?-") for one in ADDRESS.findall(whole)}
    hosts = {part for host in HOST.findall(whole) for part in _above(host)}
    digits = {"".join(filter(str.isdecimal, run)) for run in DIGITS.findall(whole)}
    tails = {run[-TAIL:] for run in digits if len(run) >= FEWEST_DIGITS}
    asked: dict[str, Any] = {
        "first_words": [f"{word}%" for word in _some(WORD.findall(whole)) if "_" not in word],
        "hosts": _some(hosts),
        "addresses": _some(addresses),
        "tails": _some(tails),
        "tail": TAIL,
    }
    with connection.cursor() as cursor:
        cursor.execute(FOUND + (PHONES if tails else ""), asked)
        return Mentioned(list(cursor.fetchall()))


def _some(found: Iterable[str]) -> list[str]:
    return sorted(set(found))[:MOST_LOOKED_UP]


def _above(host: str) -> list[str]:
    labels = host.split(".")
    return [".".join(labels[start:]) for start in range(len(labels) - 1)]
