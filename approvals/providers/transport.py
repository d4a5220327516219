"""How a message leaves, in two steps: what can still be called off, and what cannot."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

LONGEST_WORDS = 300


class Kind(StrEnum):
    """What a server said. After UNKNOWN nobody knows whether it has the message."""

    READY = "ready"
    TAKEN = "taken"
    # Not now: it may be tried again, for it was not taken.
    NOT_NOW = "not_now"
    REFUSED = "refused"
    # Nothing about this message: the server itself is away, or does not let us in.
    AWAY = "away"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Answer:
    """`words` are the server's own, or ours where it said none: bounded, without anything that does not print."""

    kind: Kind
    words: str = ""


@dataclass(frozen=True, slots=True)
class Envelope:
    """From whom, to whom, and the bytes that were approved."""

    sender: str
    recipient: str
    message_id: str
    mime: bytes


class Transport(Protocol):
    """One sender's way out. It is used by one thread, and never raises for what a server does."""

    def offer(self, envelope: Envelope) -> Answer:
        """Say from whom and to whom: READY, NOT_NOW, REFUSED or AWAY. Nothing of the message has left then."""
        ...

    def hand_over(self, envelope: Envelope) -> Answer:
        """Send the bytes of what was offered: TAKEN, NOT_NOW, REFUSED or UNKNOWN."""
        ...

    def withdraw(self) -> None:
        """Call off what was offered."""
        ...

    def close(self) -> None: ...


def cleaned(words: str | bytes) -> str:
    """A server's words for the screen: one line without control characters and marks that turn text around."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    printing = "".join(" " if unicodedata.category(one) in ("Cc", "Cf", "Zl", "Zp") else one for one in text)
    return re.sub(r"\s+", " ", printing).strip()[:LONGEST_WORDS]
