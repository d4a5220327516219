"""Who answers for what no single workflow answers for."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from crmgov.people.models import User


class Steward(models.Model):
    """Append-only: the newest row of a duty names its steward."""

    class Duty(models.TextChoices):
        DATA_QUALITY = "data_quality", "Data quality"
        CONSENT = "consent", "Consent"
        EXPERIMENTS = "experiments", "Experiments"

    duty = models.CharField(max_length=16, choices=Duty.choices)
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    why = models.CharField(max_length=300)
    named_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    named_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["duty", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(duty__in=["data_quality", "consent", "experiments"]),
                name="steward_has_a_known_duty",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_duty_display()}: {self.person}"
