"""Which workflow, in which version, with which model made a suggestion."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from .agent import Agent


class Workflow(models.Model):
    """Registers itself with the first suggestion that names it, at level suggest and without evidence."""

    name = models.CharField(max_length=120)
    agent = models.ForeignKey(
        Agent, null=True, blank=True, on_delete=models.PROTECT, related_name="workflows"
    )
    first_seen_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agent", "name"], nulls_distinct=False, name="workflow_name_is_unique_per_agent"
            )
        ]

    def __str__(self) -> str:
        return self.name


class WorkflowVersion(models.Model):
    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="versions")
    version = models.CharField(max_length=40)
    model = models.CharField(max_length=120, blank=True, default="")
    first_seen_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-first_seen_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workflow", "version", "model"], name="workflow_version_and_model_is_registered_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.workflow} {self.version}"
