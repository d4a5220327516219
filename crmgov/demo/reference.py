"""Names and rates the records stand on."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from crmgov.demo.clock import Clock
from crmgov.demo.exports import Exports, Row
from crmgov.demo.words import PRODUCTS, STAGES
from crmgov.records.models import Source

SEGMENTS = ("small", "mid", "enterprise")
# One unit in EUR, at the start of the story and a little more or less per quarter since. Norwegian kroner are
# missing on purpose: what is worth kroner cannot be compared and says so.
RATES = {"USD": ("0.9180", "0.0045"), "GBP": ("1.1640", "-0.0030"), "CHF": ("1.0410", "0.0020")}
# The export makes its own source, the least trusted kind.
SOURCES = (
    ("person", Source.Kind.PERSON),
    ("Contract archive", Source.Kind.VERIFIED_SYSTEM),
    ("firmdata", Source.Kind.ENRICHMENT),
    ("register", Source.Kind.ENRICHMENT),
)


def lay(exports: Exports, clock: Clock) -> None:
    """Import segments, stages, products and rates; name the sources and how far each is trusted."""
    day = clock.start
    exports.take("segments", [{"name": name, "position": n} for n, name in enumerate(SEGMENTS)], day)
    stages = [{"name": name, "kind": kind, "position": n} for n, (name, kind) in enumerate(STAGES)]
    exports.take("stages", stages, day)
    products = [{"name": name, "family": family, "list_price": price} for name, family, price in PRODUCTS]
    exports.take("products", products, day)
    exports.take("exchange_rates", _rates(clock), day)
    for name, kind in SOURCES:
        Source.objects.get_or_create(
            name=name, defaults={"kind": kind, "trust_rank": Source.DEFAULT_RANKS[kind]}
        )


def _rates(clock: Clock) -> list[Row]:
    return [
        {"currency": currency, "day": day, "rate": Decimal(first) + step * Decimal(drift)}
        for currency, (first, drift) in RATES.items()
        for step, day in enumerate(_quarters(clock.start.date(), clock.now.date()))
    ]


def _quarters(first: date, last: date) -> list[date]:
    days = []
    day = first
    while day <= last:
        days.append(day)
        day += timedelta(days=91)
    return days
