"""How freely: one immutable numbered policy version for the installation, and the pause switches."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from crmgov.people.models import User


class PolicyVersion(models.Model):
    """Append-only. The version in force is the one with the highest number."""

    number = models.IntegerField(unique=True)
    document = models.JSONField()
    rationale = models.TextField()
    drafted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    published_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    sole_admin = models.BooleanField(default=False)
    published_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-number"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(sole_admin=True)
                | models.Q(drafted_by=None)
                | ~models.Q(drafted_by=models.F("published_by")),
                name="policy_is_published_by_a_second_person",
            )
        ]

    def __str__(self) -> str:
        return f"Policy {self.number}"


class PolicyDraft(models.Model):
    """What one admin wrote and another publishes. Published or discarded, it is closed."""

    document = models.JSONField()
    rationale = models.TextField()
    drafted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    published = models.OneToOneField(PolicyVersion, null=True, on_delete=models.PROTECT, related_name="draft")
    discarded_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-drafted_at", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(published=None) | models.Q(discarded_at=None),
                name="policy_draft_is_published_or_discarded",
            )
        ]

    def __str__(self) -> str:
        return f"Draft of {self.drafted_at:%d %b %Y}"


class PauseSwitch(models.Model):
    """Stops new executions of a workflow, an agent, an action or everything, within seconds."""

    class Scope(models.TextChoices):
        ALL = "all", "Everything"
        WORKFLOW = "workflow", "A workflow"
        AGENT = "agent", "An agent"
        ACTION = "action", "An action"

    scope = models.CharField(max_length=8, choices=Scope.choices)
    # The name of the workflow, agent or action; empty for everything.
    target = models.CharField(max_length=120, blank=True, default="")
    reason = models.CharField(max_length=300)
    paused_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    paused_at = models.DateTimeField()
    lifted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["scope", "target"],
                condition=models.Q(lifted_at=None),
                name="one_open_pause_per_target",
            ),
            models.CheckConstraint(
                condition=models.Q(scope="all", target="") | (~models.Q(scope="all") & ~models.Q(target="")),
                name="pause_names_its_target",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_scope_display()} {self.target}".strip()
