from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.db import models

from crmgov.people.models import User

from .accounts import Account
from .contacts import Contact
from .governed import Governed, snapshots
from .reference import Product, Stage


class ForecastCategory(models.TextChoices):
    PIPELINE = "pipeline", "Pipeline"
    BEST_CASE = "best_case", "Best case"
    COMMIT = "commit", "Commit"
    OMITTED = "omitted", "Omitted"
    CLOSED = "closed", "Closed"


class Opportunity(Governed):
    account = models.ForeignKey(
        Account, null=True, blank=True, on_delete=models.PROTECT, related_name="opportunities"
    )
    name = models.CharField(max_length=200)
    stage = models.ForeignKey(
        Stage,
        to_field="name",
        db_column="stage",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="opportunities",
    )
    amount = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True, default="")
    close_date = models.DateField(null=True, blank=True)
    forecast_category = models.CharField(
        max_length=12, choices=ForecastCategory.choices, blank=True, default=""
    )
    product = models.ForeignKey(
        Product,
        to_field="name",
        db_column="product",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="opportunities",
    )
    next_step = models.CharField(max_length=300, blank=True, default="")
    pricing_notes = models.TextField(blank=True, default="")
    legal_notes = models.TextField(blank=True, default="")
    procurement_notes = models.TextField(blank=True, default="")
    closed_reason = models.CharField(max_length=300, blank=True, default="")
    owner = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="opportunities"
    )

    history = snapshots()

    class Meta:
        verbose_name_plural = "opportunities"
        indexes: ClassVar = [
            models.Index(fields=["name", "id"], name="opportunity_by_name"),
            models.Index(fields=["team", "name", "id"], name="opportunity_by_team"),
            models.Index(fields=["amount", "id"], name="opportunity_by_amount"),
            models.Index(fields=["close_date", "id"], name="opportunity_by_close_date"),
            GinIndex(fields=["name"], name="opportunity_name_trgm", opclasses=["gin_trgm_ops"]),
        ]

    def __str__(self) -> str:
        return self.name


class BuyingRole(Governed):
    """What a contact is to an opportunity."""

    class Kind(models.TextChoices):
        CHAMPION = "champion", "Champion"
        DECISION_MAKER = "decision_maker", "Decision maker"
        ECONOMIC_BUYER = "economic_buyer", "Economic buyer"
        INFLUENCER = "influencer", "Influencer"
        USER = "user", "User"
        LEGAL = "legal", "Legal"
        PROCUREMENT = "procurement", "Procurement"
        BLOCKER = "blocker", "Blocker"
        # Part of the deal, and nobody said as what.
        OTHER = "other", "Other"

    opportunity = models.ForeignKey(Opportunity, on_delete=models.PROTECT, related_name="buying_roles")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="buying_roles")
    role = models.CharField(max_length=16, choices=Kind.choices)

    history = snapshots()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["opportunity", "contact"], name="contact_has_one_role_in_an_opportunity"
            )
        ]

    def __str__(self) -> str:
        return f"{self.contact} as {self.get_role_display().lower()}"
