"""Names and rates that admins keep: segments, stages, products, sources, exchange rates."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Segment(models.Model):
    """One value per account; the unit of thresholds and cells. Its name is its key and does not change."""

    name = models.CharField(max_length=40, unique=True)
    position = models.SmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "name"]

    def __str__(self) -> str:
        return self.name


class Stage(models.Model):
    """A step of the pipeline, and whether a deal there is still open."""

    class Kind(models.TextChoices):
        OPEN = "open", "Open"
        WON = "won", "Won"
        LOST = "lost", "Lost"

    name = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=4, choices=Kind.choices, default=Kind.OPEN)
    position = models.SmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "name"]

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    """A checked name: an opportunity's product must be one of these."""

    name = models.CharField(max_length=120, unique=True)
    family = models.CharField(max_length=120, blank=True, default="")
    list_price = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Source(models.Model):
    """Where a value came from. A higher rank is trusted more; admins may reorder."""

    class Kind(models.TextChoices):
        PERSON = "person", "Person"
        VERIFIED_SYSTEM = "verified_system", "Verified system"
        ENRICHMENT = "enrichment", "Enrichment"
        AGENT = "agent", "Agent"
        IMPORT = "import", "Import"

    # person > verified system > enrichment > agent > import (DESIGN §2)
    DEFAULT_RANKS: ClassVar = {
        Kind.PERSON: 50,
        Kind.VERIFIED_SYSTEM: 40,
        Kind.ENRICHMENT: 30,
        Kind.AGENT: 20,
        Kind.IMPORT: 10,
    }

    name = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    trust_rank = models.SmallIntegerField()

    class Meta:
        ordering: ClassVar = ["-trust_rank", "name"]

    def __str__(self) -> str:
        return self.name


class ExchangeRate(models.Model):
    """One unit of `currency` in the reporting currency, from `day` on."""

    currency = models.CharField(max_length=3)
    day = models.DateField()
    rate = models.DecimalField(max_digits=18, decimal_places=8)

    class Meta:
        ordering: ClassVar = ["currency", "-day"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["currency", "day"], name="one_rate_per_currency_and_day"),
            models.CheckConstraint(condition=models.Q(rate__gt=0), name="rate_is_positive"),
        ]

    def __str__(self) -> str:
        return f"1 {self.currency} = {self.rate.normalize():f} from {self.day}"
