"""What happened to trained models, and what the watch over them found."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from .trained import TrainedModel


class ModelEvent(models.Model):
    """Something somebody, or the watch, did to a trained model. Append-only."""

    class Kind(models.TextChoices):
        TRAINED = "trained", "Trained"
        PUT_IN_USE = "put_in_use", "Put in use"
        PUT_BESIDE = "put_beside", "Scores beside the one in use"
        RETIRED = "retired", "Retired"
        REVIEWED = "reviewed", "Reviewed"
        STOOD_DOWN = "stood_down", "A segment stands down"
        STOOD_UP = "stood_up", "A segment holds again"

    trained = models.ForeignKey(TrainedModel, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    why = models.CharField(max_length=500, blank=True, default="")
    by = models.CharField(max_length=200)
    # The only admin there is did what two do elsewhere.
    sole_admin = models.BooleanField(default=False)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["trained", "-at", "-id"], name="model_event_by_model"),
            models.Index(fields=["-at", "-id"], name="model_event_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.trained}: {self.get_kind_display().lower()}"


class WatchFinding(models.Model):
    """One thing the watch saw at one look: what moved, by how much, the likely cause. Rows of one look share `at`.

    `size` and `line` are in the unit the sentence names; at or above the line it is an alarm.
    """

    trained = models.ForeignKey(TrainedModel, on_delete=models.PROTECT, related_name="findings")
    at = models.DateTimeField()
    # feature, missing, mix, score or calibration
    code = models.CharField(max_length=12)
    segment = models.CharField(max_length=40, blank=True, default="")
    feature = models.CharField(max_length=120, blank=True, default="")
    size = models.FloatField()
    line = models.FloatField()
    alarm = models.BooleanField()
    sentence = models.CharField(max_length=500)
    cause = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["trained", "-at", "-id"], name="watch_finding_by_model")]

    def __str__(self) -> str:
        return self.sentence
