from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.db import models

from crmgov.people.models import User

from .accounts import Account, Lifecycle
from .governed import Governed, snapshots


class Contact(Governed):
    """A person. Before the stage *customer* they are a lead, whose account is optional."""

    account = models.ForeignKey(
        Account, null=True, blank=True, on_delete=models.PROTECT, related_name="contacts"
    )
    first_name = models.CharField(max_length=120, blank=True, default="")
    last_name = models.CharField(max_length=120, blank=True, default="")
    email = models.CharField(max_length=254, blank=True, default="")
    phone = models.CharField(max_length=32, blank=True, default="")
    title = models.CharField(max_length=160, blank=True, default="")
    language = models.CharField(max_length=12, blank=True, default="")
    time_zone = models.CharField(max_length=64, blank=True, default="")
    lifecycle = models.CharField(max_length=12, choices=Lifecycle.choices, blank=True, default="")
    lead_score = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    source = models.CharField(max_length=120, blank=True, default="")
    owner = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="contacts")

    history = snapshots()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["last_name", "first_name", "id"], name="contact_by_name"),
            models.Index(fields=["team", "last_name", "first_name", "id"], name="contact_by_team"),
            models.Index(fields=["email"], name="contact_by_email", condition=~models.Q(email="")),
            models.Index(fields=["lead_score", "id"], name="contact_by_lead_score"),
            GinIndex(fields=["first_name"], name="contact_first_name_trgm", opclasses=["gin_trgm_ops"]),
            GinIndex(
                fields=["last_name", "email"], name="contact_trgm", opclasses=["gin_trgm_ops", "gin_trgm_ops"]
            ),
        ]

    def __str__(self) -> str:
        return (
            " ".join(part for part in (self.first_name, self.last_name) if part)
            or self.email
            or "Unnamed contact"
        )

    @property
    def is_lead(self) -> bool:
        return self.lifecycle not in {Lifecycle.CUSTOMER, Lifecycle.CHURNED, Lifecycle.EVANGELIST}
