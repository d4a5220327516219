"""A training on the own records: asked for by somebody, done by a worker, its progress there to be seen."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from crmgov.kernel.ids import new_id
from crmgov.people.models import User

from .score import Score
from .trained import TrainedModel


class Training(models.Model):
    """One training from asking to the model or to the sentence that says why there is none.

    A training that stops in the middle begins again: it reads as of the time it was asked for, so it learns the same.
    """

    class Status(models.TextChoices):
        ASKED = "asked", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=12, choices=Score.Kind.choices)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.ASKED)
    asked_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="trainings_asked"
    )
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    # How far the reading is; learning itself takes a minute and has no steps.
    rows_read = models.PositiveIntegerField(default=0)
    rows = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=500, blank=True, default="")
    trained = models.OneToOneField(TrainedModel, null=True, on_delete=models.PROTECT, related_name="training")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind"],
                condition=models.Q(status__in=["asked", "running"]),
                name="one_training_at_a_time_per_kind",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="failed") | ~models.Q(problem=""),
                name="failed_training_says_why",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="done") | models.Q(trained__isnull=False),
                name="training_that_is_done_left_a_model",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["kind", "-asked_at"], name="training_by_time")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.get_status_display().lower()}"
