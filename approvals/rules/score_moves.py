"""When a score is news for the field of its record, and what is known of one that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

# Less than a twentieth of the scale is no news.
STEP = Decimal("0.05")
# Where a band ends, as a share of the scale: crossing one is news however small the step. At one half the gate asks
# whether the owner of the account says otherwise.
EDGES = (Decimal("0.25"), Decimal("0.5"), Decimal("0.75"))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a kind of score is kept: the field, and what 1 is there. `said`: what happens to so many of 100."""

    kind: str
    record_type: str
    field: str
    scale: Decimal
    said: str


@dataclass(frozen=True, slots=True)
class Moved:
    """A score that is news; `held` is what the field holds, as JSON."""

    score_id: UUID
    record_id: UUID
    value: Decimal
    held: Any
    segment: str
    reasons: Sequence[dict[str, Any]]
