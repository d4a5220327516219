"""Which automatic actions are read for their risk, beside those that chance draws."""

from decimal import Decimal

# Of the value above which a person decides in any case.
NEAR = Decimal("0.5")


def is_risky(at_stake: Decimal | None, *, high_value: Decimal) -> bool:
    """Whether half as much hangs on it as would have held it for a person. Amounts in reporting currency."""
    return at_stake is not None and high_value > 0 and at_stake >= high_value * NEAR
