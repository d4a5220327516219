from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from crmgov.people.models import User

from .governed import Governed, snapshots
from .reference import Segment


class Lifecycle(models.TextChoices):
    SUBSCRIBER = "subscriber", "Subscriber"
    LEAD = "lead", "Lead"
    MQL = "mql", "Marketing qualified lead"
    SQL = "sql", "Sales qualified lead"
    OPPORTUNITY = "opportunity", "Opportunity"
    CUSTOMER = "customer", "Customer"
    CHURNED = "churned", "Churned"
    EVANGELIST = "evangelist", "Evangelist"


class OwnerView(models.TextChoices):
    HEALTHY = "healthy", "Healthy"
    AT_RISK = "at_risk", "At risk"
    UNKNOWN = "unknown", "Unknown"


class Account(Governed):
    name = models.CharField(max_length=200)
    domain = models.CharField(max_length=253, blank=True, default="")
    industry = models.CharField(max_length=80, blank=True, default="")
    segment = models.ForeignKey(
        Segment,
        to_field="name",
        db_column="segment",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="accounts",
    )
    employees = models.IntegerField(null=True, blank=True)
    annual_value = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True, default="")
    region = models.CharField(max_length=80, blank=True, default="")
    territory = models.CharField(max_length=80, blank=True, default="")
    owner = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="accounts")
    lifecycle = models.CharField(max_length=12, choices=Lifecycle.choices, blank=True, default="")
    renewal_date = models.DateField(null=True, blank=True)
    strategic = models.BooleanField(default=False)
    regulated = models.BooleanField(default=False)
    escalated = models.BooleanField(default=False)
    relationship_flags = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    owner_view = models.CharField(max_length=10, choices=OwnerView.choices, blank=True, default="")
    owner_view_note = models.CharField(max_length=500, blank=True, default="")
    owner_view_on = models.DateField(null=True, blank=True)
    buying_timeline = models.CharField(max_length=200, blank=True, default="")
    churn_score = models.DecimalField(max_digits=5, decimal_places=4, null=True, blank=True)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="subsidiaries"
    )

    history = snapshots()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(employees=None) | models.Q(employees__gte=0),
                name="account_employees_not_negative",
            ),
            models.CheckConstraint(
                condition=~models.Q(parent=models.F("id")), name="account_is_not_its_own_parent"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["name", "id"], name="account_by_name"),
            models.Index(fields=["team", "name", "id"], name="account_by_team"),
            models.Index(fields=["domain"], name="account_by_domain", condition=~models.Q(domain="")),
            models.Index(fields=["annual_value", "id"], name="account_by_value"),
            models.Index(fields=["renewal_date", "id"], name="account_by_renewal"),
            GinIndex(fields=["name"], name="account_name_trgm", opclasses=["gin_trgm_ops"]),
            GinIndex(fields=["domain"], name="account_domain_trgm", opclasses=["gin_trgm_ops"]),
        ]

    def __str__(self) -> str:
        return self.name
