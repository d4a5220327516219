"""How somebody looked at a suggestion before they decided it, as their browser tells. It decides nothing."""

from __future__ import annotations

from dataclasses import dataclass

# A page left open over night is no longer look.
MOST_MS = 8 * 3_600_000
MOST_OPENED = 50
LONGEST_OPENED = 200


@dataclass(frozen=True, slots=True)
class Attention:
    """`visible_ms`: so long it was on a screen that could be seen, None where nothing measured that.

    `opened`: what was opened of the evidence, in that order, as addresses here or words.
    """

    visible_ms: int | None = None
    opened: tuple[str, ...] = ()


UNMEASURED = Attention()


def told(visible_ms: str, opened: list[str]) -> Attention:
    """What a browser tells, cut to what is possible; what is no number is not measured."""
    plain = visible_ms.strip()
    counted = int(plain) if plain.isascii() and plain.isdigit() and len(plain) <= 12 else None
    kept = dict.fromkeys(one.strip()[:LONGEST_OPENED] for one in opened if one.strip())
    return Attention(
        visible_ms=None if counted is None else min(counted, MOST_MS), opened=tuple(kept)[:MOST_OPENED]
    )
