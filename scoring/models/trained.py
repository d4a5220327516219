"""Models learned from outcomes: each version with its file, its card, and what may be believed of it per segment."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from crmgov.kernel.ids import new_id
from crmgov.people.models import User

from .score import Score


class TrainedModel(models.Model):
    """One training, numbered per kind. The card is what `scoring.learning.cards` describes; file and card never change.

    A candidate was trained and scores nobody. The champion's scores count; a challenger scores beside it and shows
    nobody anything but its comparison.
    """

    class Status(models.TextChoices):
        CANDIDATE = "candidate", "Candidate"
        CHALLENGER = "challenger", "Challenger"
        CHAMPION = "champion", "In use"
        RETIRED = "retired", "Retired"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=12, choices=Score.Kind.choices)
    version = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.CANDIDATE)
    # rules, logistic or boosting
    method = models.CharField(max_length=12)
    # Of the features it was trained on; scoring refuses another one.
    schema = models.CharField(max_length=20)
    card = models.JSONField()
    file = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    trained_at = models.DateTimeField()
    trained_by = models.CharField(max_length=200)
    # Who pressed the button; nobody where an operator trained it.
    trainer = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="trainings"
    )
    owner = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="trained_models"
    )
    purpose = models.CharField(max_length=500, blank=True, default="")
    limits = models.CharField(max_length=1000, blank=True, default="")
    review_due = models.DateField()
    # When it was put in use, by whom and why; empty for what never was.
    since = models.DateTimeField(null=True)
    put_in_use_by = models.CharField(max_length=200, blank=True, default="")
    why = models.CharField(max_length=500, blank=True, default="")
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "version"], name="trained_model_version_is_used_once"),
            models.UniqueConstraint(
                fields=["kind"],
                condition=models.Q(status="champion"),
                name="one_trained_model_in_use_per_kind",
            ),
            models.UniqueConstraint(
                fields=["kind"], condition=models.Q(status="challenger"), name="one_challenger_per_kind"
            ),
            models.CheckConstraint(
                condition=~models.Q(status="champion") | models.Q(since__isnull=False),
                name="trained_model_in_use_says_since_when",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["kind", "-version"], name="trained_model_by_version"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.version}"

    @property
    def name(self) -> str:
        """What scores call it in `Score.model`; the version stands beside it."""
        return f"trained-{self.kind}"


class SegmentStanding(models.Model):
    """Whether a model's numbers hold in one segment, on outcomes it was not trained on. "" is no segment.

    `calibrated`: they may be used as far as the gate lets them. `stands_down`: they did, and no longer do.
    `not_proven`: too few outcomes, or they never did. The gate holds whatever is not calibrated.
    """

    class Standing(models.TextChoices):
        CALIBRATED = "calibrated", "Calibrated"
        STANDS_DOWN = "stands_down", "Stands down"
        NOT_PROVEN = "not_proven", "Not proven"

    trained = models.ForeignKey(TrainedModel, on_delete=models.PROTECT, related_name="standings")
    segment = models.CharField(max_length=40, blank=True, default="")
    standing = models.CharField(max_length=12, choices=Standing.choices)
    # A sentence with its figures.
    why = models.CharField(max_length=500)
    outcomes = models.PositiveIntegerField()
    positives = models.PositiveIntegerField()
    since = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["trained", "segment"], name="one_standing_per_model_and_segment"),
        ]

    def __str__(self) -> str:
        return f"{self.segment or 'no segment'}: {self.get_standing_display().lower()}"
