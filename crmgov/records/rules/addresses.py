"""One form for one address, however it was typed: what suppressions and recipients are compared by."""

from __future__ import annotations

from functools import lru_cache

from . import domains, formats
from .problems import ValueProblem


@lru_cache(maxsize=20_000)
def key_of(address: str) -> str:
    """Return the address in lower case with its domain in Unicode; a phone number as it is, and "" for none."""
    plain = address.strip().lower()
    if "@" not in plain or (plain.isascii() and "xn--" not in plain):
        return plain
    try:
        return formats.email(plain)
    except ValueProblem:
        return plain


def hosts_of(address: str) -> tuple[str, ...]:
    """Return the domain of an address of mail and every domain above it: suppressing one of them is enough."""
    host = domains.of_email(key_of(address)) if "@" in address else ""
    labels = host.split(".") if host else []
    return tuple(".".join(labels[place:]) for place in range(len(labels)))


def masked(address: str) -> str:
    """Return what its reader recognizes and nobody else learns: a…@example.com."""
    name, _, host = address.rpartition("@")
    return f"{name[:1]}…@{host}" if name else ""
