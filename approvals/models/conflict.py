"""Two claims on one field; one person decides once."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models

from crmgov.kernel.ids import new_id
from crmgov.people.models import Team, User
from crmgov.people.policy import sees_everything

from .suggestion import Suggestion


class ConflictQuerySet(models.QuerySet["Conflict"]):
    def for_user(self, user: User) -> Self:
        if sees_everything(user):
            return self
        mine = Team.objects.filter(memberships__user=user).values("pk")
        return self.filter(models.Q(team__in=mine) | models.Q(team=None))


class Conflict(models.Model):
    class Kind(models.TextChoices):
        IMPORT = "import", "The source and we both changed it"
        SUGGESTIONS = "suggestions", "Two suggestions disagree"

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        SETTLED = "settled", "Settled"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.OPEN)
    team = models.ForeignKey(Team, null=True, on_delete=models.PROTECT, related_name="+")
    record_type = models.CharField(max_length=16)
    record_id = models.UUIDField()
    record_label = models.CharField(max_length=300)
    account_id = models.UUIDField(null=True)
    field = models.CharField(max_length=120)
    opened_at = models.DateTimeField()
    settled_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    settled_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=500, blank=True, default="")
    change_set_id = models.UUIDField(null=True)

    objects: ClassVar = ConflictQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["opened_at", "id"], name="conflict_open_by_age", condition=models.Q(status="open")
            )
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["record_id", "field"],
                condition=models.Q(status="open"),
                name="one_open_conflict_per_record_and_field",
            ),
            models.CheckConstraint(
                condition=models.Q(status="open", settled_by=None)
                | models.Q(status="settled", settled_by__isnull=False),
                name="settled_conflict_names_who_settled_it",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.record_label}: {self.field}"


class Claim(models.Model):
    """One side of a conflict; `ours` is the value that stands now."""

    class Origin(models.TextChoices):
        OURS = "ours", "Our value"
        IMPORT = "import", "The source"
        SUGGESTION = "suggestion", "A suggestion"

    conflict = models.ForeignKey(Conflict, on_delete=models.CASCADE, related_name="claims")
    origin = models.CharField(max_length=10, choices=Origin.choices)
    value = models.JSONField(null=True)
    value_label = models.CharField(max_length=300, blank=True, default="")
    source = models.CharField(max_length=120, blank=True, default="")
    suggestion = models.ForeignKey(Suggestion, null=True, on_delete=models.PROTECT, related_name="claims")
    import_run_id = models.UUIDField(null=True)
    made_at = models.DateTimeField()
    won = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["conflict"], condition=models.Q(won=True), name="one_claim_wins"),
            models.UniqueConstraint(
                fields=["conflict", "suggestion"],
                condition=models.Q(suggestion__isnull=False),
                name="suggestion_claims_once_in_a_conflict",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.origin}: {self.value}"
