"""A gauge per invariant, read from the last check when Prometheus asks, so that any process can answer."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import DatabaseError
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import REGISTRY, Collector

from approvals.models import InvariantResult


class Invariants(Collector):
    def collect(self) -> Iterable[Metric]:
        violations = GaugeMetricFamily(
            "crmgov_invariant_violations", "Rows that break the promise, at the last check", labels=["id"]
        )
        checked = GaugeMetricFamily(
            "crmgov_invariant_checked_timestamp_seconds", "When it was last checked", labels=["id"]
        )
        try:
            for row in InvariantResult.objects.order_by("invariant"):
                violations.add_metric([row.invariant], row.violations)
                checked.add_metric([row.invariant], row.checked_at.timestamp())
        except DatabaseError:
            # /metrics must answer while the database is away: that is when somebody looks.
            return []
        return [violations, checked]

    def describe(self) -> Iterable[Metric]:
        """Nothing in advance: without this, registering would ask the database at start."""
        return []


def register() -> None:
    REGISTRY.register(Invariants())
