"""How freely: one immutable numbered policy version for the installation, and the pause switches."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
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
    # The number of the version it changes. Once another is in force, it is not published any more.
    against = models.IntegerField()
    published = models.OneToOneField(PolicyVersion, null=True, on_delete=models.PROTECT, related_name="draft")
    discarded_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
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

    @property
    def is_open(self) -> bool:
        return self.published_id is None and self.discarded_at is None


class PolicyReplay(models.Model):
    """What a draft would have said of the suggestions judged lately; made once, by the clock."""

    draft = models.OneToOneField(PolicyDraft, on_delete=models.PROTECT, related_name="replay")
    since = models.DateTimeField()
    made_at = models.DateTimeField()
    # Suggestions looked at, and of them those whose stored facts the rules of today cannot read.
    suggestions = models.IntegerField()
    unreadable = models.IntegerField()
    # Older readings of that time were left out: there were more than one replay looks at.
    is_cut = models.BooleanField()

    def __str__(self) -> str:
        return f"Replay of {self.suggestions} suggestions"


class PolicyReplayLine(models.Model):
    """One suggestion on which the draft says something else than the version it changes."""

    replay = models.ForeignKey(PolicyReplay, on_delete=models.PROTECT, related_name="lines")
    suggestion = models.ForeignKey("Suggestion", on_delete=models.PROTECT, related_name="+")
    was = models.CharField(max_length=10)
    becomes = models.CharField(max_length=10)
    rules = ArrayField(models.CharField(max_length=40))

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["replay", "suggestion"], name="suggestion_is_replayed_once")
        ]

    def __str__(self) -> str:
        return f"{self.was} to {self.becomes}"


class PolicyRegating(models.Model):
    """How many open suggestions were judged again under a version, and what became of them; a running count."""

    version = models.OneToOneField(PolicyVersion, on_delete=models.PROTECT, related_name="regating")
    held = models.IntegerField(default=0)
    blocked = models.IntegerField(default=0)
    followed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.held} held, {self.blocked} blocked"


class PauseSwitch(models.Model):
    """Stops new executions of a workflow, an agent, an action or everything, within seconds."""

    class Scope(models.TextChoices):
        ALL = "all", "Everything"
        WORKFLOW = "workflow", "A workflow"
        AGENT = "agent", "An agent"
        ACTION = "action", "An action"

    class Cause(models.TextChoices):
        WRONG_ACTION = "wrong", "A wrong action"
        MAINTENANCE = "maintenance", "Maintenance"
        OTHER = "other", "Something else"

    # A wrong action takes back at once what its cells had earned.
    cause = models.CharField(max_length=11, choices=Cause.choices, default=Cause.OTHER)
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
