"""What the scoring floor says of a record."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from crmgov.kernel.ids import new_id


class Score(models.Model):
    """A score with its reasons: [{"criterion", "points", "say"}], points out of 100 from rules, a hundredfold of
    log-odds from a model. One row per record, kind, model and version is current; which model counts says
    `selectors.trained.in_use`: a trained one in use, else the rules.
    """

    class Kind(models.TextChoices):
        CHURN_RISK = "churn_risk", "Churn risk"
        LEAD_FIT = "lead_fit", "Lead fit"
        WIN = "win", "Chance to win"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    record_type = models.CharField(max_length=16)
    record_id = models.UUIDField()
    segment = models.CharField(max_length=40, blank=True, default="")
    value = models.DecimalField(max_digits=5, decimal_places=4)
    reasons = models.JSONField(default=list)
    model = models.CharField(max_length=60)
    model_version = models.CharField(max_length=20)
    # Empty where rules judged. Name and version stand above as well: a score outlives what made it.
    trained = models.ForeignKey(
        "scoring.TrainedModel", null=True, on_delete=models.PROTECT, related_name="scores"
    )
    scored_at = models.DateTimeField()
    current = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["record_id", "kind", "model", "model_version"],
                condition=models.Q(current=True),
                name="one_current_score_per_record_kind_model_and_version",
            ),
            models.CheckConstraint(
                condition=models.Q(value__gte=0, value__lte=1), name="score_is_between_zero_and_one"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["kind", "-value", "record_id"],
                name="score_by_value",
                condition=models.Q(current=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"
