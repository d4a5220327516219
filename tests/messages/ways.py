"""Ways out that need no server: each answers as it is told, and keeps what it was given."""

from __future__ import annotations

from dataclasses import dataclass, field

from approvals.providers.transport import Answer, Envelope, Kind


@dataclass
class Way:
    """A transport that says this of every message."""

    says: Answer = field(default_factory=lambda: Answer(Kind.TAKEN, "250 Queued"))
    offers: Answer = field(default_factory=lambda: Answer(Kind.READY))
    kept: list[Envelope] = field(default_factory=list)

    def offer(self, envelope: Envelope) -> Answer:
        return self.offers

    def hand_over(self, envelope: Envelope) -> Answer:
        self.kept.append(envelope)
        return self.says

    def withdraw(self) -> None:
        """Nothing was begun."""

    def close(self) -> None:
        """Nothing is held."""


BROKE = Answer(Kind.UNKNOWN, "Broke after it was sent and before the answer: Connection unexpectedly closed")
LATER = Answer(Kind.NOT_NOW, "451 4.7.1 Greylisted, come back in a while")
NO = Answer(Kind.REFUSED, "550 5.1.1 No such mailbox here")
