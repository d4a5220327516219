"""Amounts: Decimal with an ISO currency, converted by a dated rate or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Money:
    amount: Decimal
    currency: str

    def times(self, rate: Decimal, currency: str) -> Money:
        """Return this amount in `currency` at `rate` units of it per unit of ours, rounded half even to cents."""
        return Money((self.amount * rate).quantize(CENT, ROUND_HALF_EVEN), currency)

    def __str__(self) -> str:
        whole = self.amount == self.amount.to_integral_value()
        return f"{self.currency} {self.amount:,.0f}" if whole else f"{self.currency} {self.amount:,.2f}"
