"""Who answers for data quality, consent and experiments, now and before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from approvals.models import Steward

SHOWN = 30


@dataclass(frozen=True, slots=True)
class Seat:
    """One duty and who has it; None while nobody was named."""

    duty: str
    label: str
    steward: Steward | None

    @property
    def is_vacant(self) -> bool:
        """Nobody was named, or whoever was has left."""
        return self.steward is None or not self.steward.person.is_active


def seats() -> list[Seat]:
    """All three, in their order; one query."""
    rows = Steward.objects.select_related("person", "named_by").order_by("duty", "-id").distinct("duty")
    named = {row.duty: row for row in rows}
    return [Seat(duty.value, str(duty.label), named.get(duty.value)) for duty in Steward.Duty]


def of(duty: Steward.Duty) -> Steward | None:
    """Who has it now, if they are still here; one query."""
    row = Steward.objects.select_related("person").filter(duty=duty).order_by("-id").first()
    return row if row is not None and row.person.is_active else None


def history() -> Sequence[Steward]:
    """Everybody ever named, newest first."""
    return list(Steward.objects.select_related("person", "named_by").order_by("-id")[:SHOWN])
