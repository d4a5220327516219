"""Scoring many records: what a run has done so far, and who has to be scored again."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from crmgov.kernel.ids import new_id

from .trained import TrainedModel


class ScoringRun(models.Model):
    """One pass of one model over its records as of one moment, in chunks ordered by id.

    A chunk's scores and `after` (the last id of it) commit together, so a run taken up again begins behind the last
    finished chunk and writes what it would have written.
    """

    class Status(models.TextChoices):
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    class Scope(models.TextChoices):
        ALL = "all", "Everybody"
        CHANGED = "changed", "Those that changed"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    trained = models.ForeignKey(TrainedModel, on_delete=models.PROTECT, related_name="runs")
    scope = models.CharField(max_length=8, choices=Scope.choices)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.RUNNING)
    as_of = models.DateTimeField()
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    after = models.UUIDField(null=True)
    problem = models.CharField(max_length=500, blank=True, default="")
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["trained"], condition=models.Q(status="running"), name="one_scoring_run_at_a_time"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["trained", "-started_at"], name="scoring_run_by_time")]

    def __str__(self) -> str:
        return f"{self.trained}: {self.done} of {self.total}"


class Changed(models.Model):
    """A record something happened to since it was scored; a run takes it away in the chunk that scores it again."""

    record_type = models.CharField(max_length=16)
    record_id = models.UUIDField()
    since = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["record_id"], name="record_waits_once_to_be_scored_again"),
        ]
        indexes: ClassVar = [models.Index(fields=["record_type", "record_id"], name="changed_by_record")]

    def __str__(self) -> str:
        return f"{self.record_type} {self.record_id}"
