"""The outbox row of a decision, and its tries."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from crmgov.kernel.ids import new_id

from .decision import Decision
from .suggestion import Suggestion


class Execution(models.Model):
    """`status` answers "did we?"."""

    class Status(models.TextChoices):
        PENDING = "pending", "Waiting to run"
        SUCCEEDED = "succeeded", "Done"
        STALE = "stale", "The record moved on"
        CANCELLED = "cancelled", "Cancelled"
        FAILED = "failed", "Failed"
        UNKNOWN = "unknown", "Outcome unknown"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="execution")
    suggestion = models.OneToOneField(Suggestion, on_delete=models.PROTECT, related_name="execution")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    due_at = models.DateTimeField()
    attempts_made = models.SmallIntegerField(default=0)
    note = models.CharField(max_length=500, blank=True, default="")
    change_set_id = models.UUIDField(null=True)
    # Of what was handed to the door; equals the decision's (INVARIANTS D2).
    payload_digest = models.CharField(max_length=64, blank=True, default="")
    # A policy version let it run at level execute: it stands in the owner's "Done by AI".
    by_itself = models.BooleanField(default=False)
    # Of those: does a customer notice it? (rules/noticing.py)
    customer_visible = models.BooleanField(default=False)
    # It leaves the database, as a message does: two transactions, and no change set (DESIGN §5).
    leaves = models.BooleanField(default=False)
    # It adds a row beside the records, as a suppression does: no change set, nothing to put back.
    appends = models.BooleanField(default=False)
    # Of what leaves. Who has it in their hands, by the number they hold a lock of, and at most until when.
    sender = models.IntegerField(null=True)
    leased_until = models.DateTimeField(null=True)
    # The delivery that was claimed and has not ended: its bytes may be on their way (services/sending.py).
    sending = models.SmallIntegerField(null=True)
    # How often in a row the server could not take it; a person who sends it again begins anew.
    tries = models.SmallIntegerField(default=0)
    made_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["due_at", "id"], name="execution_pending_by_due", condition=models.Q(status="pending")
            ),
            models.Index(
                fields=["due_at", "id"],
                name="message_pending_by_due",
                condition=models.Q(status="pending", leaves=True),
            ),
            models.Index(fields=["-finished_at", "-id"], name="execution_by_finished"),
            models.Index(
                fields=["status", "-finished_at", "-id"],
                name="message_by_finished",
                condition=models.Q(leaves=True),
            ),
            models.Index(
                fields=["-customer_visible", "-finished_at", "-id"],
                name="execution_done_by_ai",
                condition=models.Q(by_itself=True, status="succeeded"),
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(
                    status__in=["pending", "succeeded", "stale", "cancelled", "failed", "unknown"]
                ),
                name="execution_status_is_known",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="succeeded")
                | models.Q(change_set_id__isnull=False)
                | models.Q(leaves=True)
                | models.Q(appends=True),
                name="done_execution_names_its_change_set",
            ),
            models.CheckConstraint(
                condition=models.Q(sending__isnull=True) | models.Q(leaves=True, status="pending"),
                name="only_a_message_that_waits_is_being_sent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_status_display()}: {self.suggestion_id}"


class Attempt(models.Model):
    """Append-only: one try of one execution and how it ended."""

    execution = models.ForeignKey(Execution, on_delete=models.PROTECT, related_name="attempts")
    number = models.SmallIntegerField()
    outcome = models.CharField(max_length=10, choices=Execution.Status.choices)
    note = models.CharField(max_length=500, blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["execution", "number"], name="attempt_number_is_used_once")
        ]

    def __str__(self) -> str:
        return f"try {self.number}: {self.outcome}"
