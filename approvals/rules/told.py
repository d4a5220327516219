"""What stood before a proposer, as far as we can know it: the facts it named, the fields it proposes, and its time.

Nothing here says that the proposer did not look: only that it did not say so, or that it could not have.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

# The marks: newer than the proposal, or older and not named by it.
SINCE, UNNAMED = "since", "unnamed"
# Characters of a quote that are no coincidence.
FEWEST_QUOTED = 20
Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Told:
    """`places` are (record type, field), `quotes` the words it brought as evidence.

    A person who proposes names no facts, so only time is told of theirs.
    """

    at: datetime
    places: frozenset[Place]
    by_agent: bool
    quotes: tuple[str, ...] = ()

    def mark(self, at: datetime | None, *places: Place, body: str = "") -> str:
        """Return how a thing of this time stands to the proposal; `places` are its fields, `body` its words."""
        if at is not None and at > self.at:
            return SINCE
        named = any(place in self.places for place in places) or self._quotes(body)
        return UNNAMED if self.by_agent and not named else ""

    def _quotes(self, body: str) -> bool:
        """Whoever quotes a sentence of it has read it; a word or two may stand anywhere."""
        said = _plain(body)
        return any(len(quote) >= FEWEST_QUOTED and quote in said for quote in map(_plain, self.quotes))


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def places_of(names: Iterable[str], record_type: str) -> frozenset[Place]:
    """Return what the names of facts mean: `account.industry`, or a field of the suggestion's own record."""
    found = set()
    for name in names:
        kind, dot, field = name.partition(".")
        # An imported column of the record itself is called extra.something.
        found.add((kind, field) if dot and kind != "extra" else (record_type, name))
    return frozenset(found)
