"""The ledger: one change set per write, one field change per field. It stands alone: labels are copied in."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.expressions import RawSQL

from crmgov.kernel.actors import ActorType
from crmgov.kernel.ids import new_id


class TransactionId(models.Field[int, int]):
    """Postgres `xid8`: the transaction that wrote the row; the one-door trigger compares it."""

    def db_type(self, connection: object) -> str:
        return "xid8"


class AuthorityKind(models.TextChoices):
    DECISION = "decision", "A person's decision"
    HAND_EDIT = "hand_edit", "Edited by hand"
    IMPORT = "import", "A confirmed import"
    POLICY = "policy", "A policy version"
    REVERT = "revert", "A revert"


class ChangeSet(models.Model):
    """Who wrote, by what authority, why."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    xact = TransactionId(db_default=RawSQL("pg_current_xact_id()", ()), editable=False)
    at = models.DateTimeField()
    actor_type = models.CharField(max_length=20, choices=[(t.value, t.value) for t in ActorType])
    actor_id = models.CharField(max_length=64)
    actor_label = models.CharField(max_length=200)
    authority = models.CharField(max_length=10, choices=AuthorityKind.choices)
    authority_id = models.CharField(max_length=64)
    authority_label = models.CharField(max_length=200)
    reason = models.TextField(blank=True, default="")
    agent_label = models.CharField(max_length=160, blank=True, default="")
    workflow = models.CharField(max_length=120, blank=True, default="")
    workflow_version = models.CharField(max_length=40, blank=True, default="")
    model = models.CharField(max_length=120, blank=True, default="")
    suggestion_id = models.UUIDField(null=True)
    suggestion_number = models.BigIntegerField(null=True)
    decision_id = models.UUIDField(null=True)
    execution_id = models.UUIDField(null=True)
    import_run_id = models.UUIDField(null=True)
    event_id = models.BigIntegerField(null=True)
    reverses = models.UUIDField(null=True)
    request_id = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["-at", "-id"], name="change_set_by_time"),
            models.Index(
                fields=["execution_id"],
                name="change_set_of_execution",
                condition=models.Q(execution_id__isnull=False),
            ),
            models.Index(
                fields=["suggestion_id"],
                name="change_set_of_suggestion",
                condition=models.Q(suggestion_id__isnull=False),
            ),
            models.Index(
                fields=["import_run_id"],
                name="change_set_of_import",
                condition=models.Q(import_run_id__isnull=False),
            ),
            models.Index(
                fields=["reverses"],
                name="change_set_that_reverses",
                condition=models.Q(reverses__isnull=False),
            ),
            # What an audit asks for: who, which agent, which workflow, newest first.
            models.Index(fields=["actor_type", "-at", "-id"], name="change_set_by_actor_type"),
            models.Index(fields=["actor_id", "-at", "-id"], name="change_set_by_actor"),
            models.Index(
                fields=["agent_label", "-at", "-id"],
                name="change_set_by_agent",
                condition=~models.Q(agent_label=""),
            ),
            models.Index(
                fields=["workflow", "workflow_version", "-at", "-id"],
                name="change_set_by_workflow",
                condition=~models.Q(workflow=""),
            ),
            models.Index(
                fields=["decision_id"],
                name="change_set_of_decision",
                condition=models.Q(decision_id__isnull=False),
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(actor_type__in=[t.value for t in ActorType]),
                name="change_set_actor_type_is_known",
            ),
            models.CheckConstraint(
                condition=~models.Q(authority_id=""), name="change_set_names_its_authority"
            ),
            models.UniqueConstraint(
                fields=["execution_id"],
                condition=models.Q(execution_id__isnull=False),
                name="execution_writes_one_change_set",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.actor_label}, {self.authority_label}"


class FieldChange(models.Model):
    """One field, old to new. Values are JSON scalars or lists of strings; decimals and dates are strings."""

    id = models.BigAutoField(primary_key=True)
    change_set = models.ForeignKey(ChangeSet, on_delete=models.PROTECT, related_name="field_changes")
    record_type = models.CharField(max_length=16)
    record_id = models.UUIDField()
    record_label = models.CharField(max_length=300)
    team_id = models.BigIntegerField(null=True)
    field = models.CharField(max_length=120)
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)
    old_label = models.CharField(max_length=300, blank=True, default="")
    new_label = models.CharField(max_length=300, blank=True, default="")
    source = models.CharField(max_length=120)
    confidence = models.DecimalField(max_digits=5, decimal_places=4, null=True)
    # Whether this write verified and locked the field: what a revert puts back it also locks again.
    verified = models.BooleanField(default=False)
    at = models.DateTimeField()
    salt = models.BinaryField(max_length=16)
    commitment = models.BinaryField(max_length=32)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["record_id", "field", "-id"], name="field_change_of_record"),
            models.Index(
                fields=["record_type", "field", "-at", "-change_set", "-id"], name="field_change_of_field"
            ),
            models.Index(fields=["source", "-at", "-change_set", "-id"], name="field_change_by_source"),
        ]

    def __str__(self) -> str:
        return f"{self.record_label}: {self.field}"


class EarlierChange(models.Model):
    """What a source says happened to a field before it came to us, with the source's own time.

    Told in the story of a field, never replayed or reverted: we did not write it. Append-only like the ledger.
    """

    id = models.BigAutoField(primary_key=True)
    import_run_id = models.UUIDField()
    record_type = models.CharField(max_length=16)
    record_id = models.UUIDField()
    record_label = models.CharField(max_length=300)
    team_id = models.BigIntegerField(null=True)
    field = models.CharField(max_length=120)
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)
    source = models.CharField(max_length=120)
    by = models.CharField(max_length=200, blank=True, default="")
    at = models.DateTimeField()
    taken_at = models.DateTimeField()
    salt = models.BinaryField(max_length=16)
    commitment = models.BinaryField(max_length=32)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["record_id", "field", "-at", "-id"], name="earlier_change_of_record"),
            models.Index(fields=["import_run_id"], name="earlier_change_of_import"),
        ]

    def __str__(self) -> str:
        return f"{self.record_label}: {self.field}"
