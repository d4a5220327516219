"""A run: many suggestions of one workflow under one name, of which a sample is decided first."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from crmgov.people.models import User

from .workflow import Workflow


class Run(models.Model):
    """`proposed` counts what was posted under the name, refused ones left out."""

    class Status(models.TextChoices):
        OPEN = "open", "Nothing is held"
        SAMPLING = "sampling", "A sample is decided first"
        GOING_ON = "going_on", "Goes on"
        STOPPED = "stopped", "Stopped"
        PEOPLE = "people", "People decide the rest"
        WITHDRAWN = "withdrawn", "The rest was withdrawn"

    # What is posted under its name from now on needs a sample, or a person, or is refused.
    CLOSED: ClassVar = (Status.STOPPED, Status.WITHDRAWN)

    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="runs")
    name = models.CharField(max_length=120)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    proposed = models.IntegerField(default=0)
    started_at = models.DateTimeField()
    # When enough of the sample was decided to say how it goes on, and how many of it stood unchanged.
    judged_at = models.DateTimeField(null=True)
    sampled = models.SmallIntegerField(null=True)
    kept = models.SmallIntegerField(null=True)
    settled_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    settled_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-started_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workflow", "name"], name="run_name_is_used_once_per_workflow"),
            models.CheckConstraint(
                condition=~models.Q(status__in=["people", "withdrawn"]) | models.Q(settled_by__isnull=False),
                name="settled_run_names_who_settled_it",
            ),
        ]

    def __str__(self) -> str:
        return self.name
