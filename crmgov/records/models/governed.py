"""What every governed record has. Only `services.changes.apply` writes these tables; a trigger refuses all else."""

from __future__ import annotations

from typing import ClassVar, Self, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from simple_history.models import HistoricalRecords

from crmgov.kernel.ids import new_id
from crmgov.people.models import Team, User
from crmgov.people.policy import sees_everything

RowT = TypeVar("RowT", bound=models.Model)


class GovernedQuerySet(models.QuerySet[RowT]):
    def for_user(self, user: User) -> Self:
        """Records of the user's teams and shared ones; admins and auditors see all."""
        if sees_everything(user):
            return self
        mine = Team.objects.filter(memberships__user=user).values("pk")
        return self.filter(models.Q(team__in=mine) | models.Q(team=None))

    def for_teams(self, team_ids: list[int]) -> Self:
        """What an agent key with these teams may see: theirs and shared ones."""
        return self.filter(models.Q(team__in=team_ids) | models.Q(team=None))

    def present(self) -> Self:
        return self.filter(archived_at=None)


class HistoryRow(models.Model):
    """The change set beside each whole-record snapshot."""

    change_set_id = models.UUIDField(null=True)

    class Meta:
        abstract = True


def snapshots() -> HistoricalRecords:
    """Return whole-record history written by the door; the provenance map is rebuilt from the ledger instead."""
    return HistoricalRecords(
        bases=[HistoryRow],
        excluded_fields=["provenance"],
        history_change_reason_field=models.TextField(null=True),
        inherit=True,
    )


class Governed(models.Model):
    """A governed row: its team, who wrote each field (`provenance`), unmapped source columns (`extra`), tags.

    `provenance` maps field -> {"source", "actor", "label", "at"}, with "approved_by" where a person let AI write it
    and {"verified_by", "verified_at", "locked"} where a person vouches. Confidence stands on the ledger row.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    provenance = models.JSONField(default=dict, editable=False)
    extra = models.JSONField(default=dict, blank=True)
    tags = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = GovernedQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def label(self) -> str:
        return str(self)
