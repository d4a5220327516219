"""External agents and their keys."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower

from crmgov.kernel.ids import new_id
from crmgov.people.models import Team, User
from crmgov.records.models import Source


class Scope(models.TextChoices):
    PROPOSE = "suggestions:write", "Propose suggestions"
    READ = "suggestions:read", "Read its own suggestions"
    REPORT = "events:write", "Report events"


class Agent(models.Model):
    """A program that proposes. One person owns it; it sees the records of its teams and shared ones."""

    name = models.CharField(max_length=80)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="agents")
    description = models.CharField(max_length=300, blank=True, default="")
    teams = models.ManyToManyField(Team, related_name="agents", blank=True)
    # Under which the ids of its events stand; made with the first of them.
    source = models.OneToOneField(
        Source, null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="agent"
    )
    # The one that the workflows we ship propose as. It has no key, and sees what every team sees.
    built_in = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField()
    deactivated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("name"), name="agent_name_is_unique_in_any_case"),
            models.UniqueConstraint(
                fields=["built_in"], condition=models.Q(built_in=True), name="one_agent_is_built_in"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class AgentKey(models.Model):
    """A key is shown once; only its SHA-256 is kept (256 random bits need no slow hash)."""

    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="keys")
    prefix = models.CharField(max_length=12, unique=True)
    secret_sha256 = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=40, choices=Scope.choices))
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.prefix}…"


class IdempotentCall(models.Model):
    """One row per key and agent: the same body gets the same answer, another body is refused."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=200)
    body_sha256 = models.CharField(max_length=64)
    started_at = models.DateTimeField()
    status = models.SmallIntegerField(null=True)
    answer = models.JSONField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["agent", "key"], name="agent_uses_a_key_once")
        ]

    def __str__(self) -> str:
        return self.key
