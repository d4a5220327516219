"""How often and when anybody may be written to, and what the code says where nobody said anything."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time

OFF = "off"
# A number, 0 for nobody at all, "off" for no cap, None for what the code says.
Limit = int | str | None
CONTACT_LIMIT, CONTACT_DAYS = 4, 7
ACCOUNT_LIMIT, ACCOUNT_DAYS = 20, 7


@dataclass(frozen=True, slots=True)
class Cap:
    """At most so many touches in any stretch of so many days. Without a limit `default` holds."""

    limit: Limit
    days: int
    default: int

    @property
    def most(self) -> int | None:
        """How many, None for as many as one likes; a word nobody knows is no licence."""
        if self.limit == OFF:
            return None
        return self.limit if isinstance(self.limit, int) and self.limit >= 0 else self.default


@dataclass(frozen=True, slots=True)
class Quiet:
    """From one time of day until another, over midnight where the first is later; no hour where they are equal."""

    start: time = time(20)
    end: time = time(8)


@dataclass(frozen=True, slots=True)
class ContactRules:
    contact: Cap = Cap(None, CONTACT_DAYS, CONTACT_LIMIT)
    account: Cap = Cap(None, ACCOUNT_DAYS, ACCOUNT_LIMIT)
    quiet: Quiet = field(default_factory=Quiet)
    # Of everybody whose own zone nobody knows.
    time_zone: str = "UTC"


def read_limit(text: str) -> Limit:
    """Read what is stored or typed: "" is not set, "off" no cap. Raises ValueError."""
    plain = text.strip().lower()
    if plain in ("", OFF):
        return plain or None
    number = int(plain) if plain.isascii() and plain.isdecimal() else -1
    if not 0 <= number <= 999_999:
        raise ValueError(text)
    return number


def limit_text(limit: Limit) -> str:
    return "" if limit is None else str(limit)
