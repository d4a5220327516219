"""Terminal: a person or a policy version said yes or no."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.db import models

from crmgov.kernel.ids import new_id
from crmgov.people.models import User

from .policy import PolicyVersion
from .suggestion import Suggestion


class Decision(models.Model):
    """Append-only. `digest` is what the decider saw; `edits` {field: value}; `taken` the fields approved.

    `payload` is what may now be written, exactly; its digest must equal that of what the executor writes (D2).
    `agent_owner_id` keeps who owned the agent then: owners change, and D3 is asked again years later.
    """

    class Kind(models.TextChoices):
        APPROVE = "approve", "Approved"
        APPROVE_EDITED = "approve_edited", "Approved with edits"
        APPROVE_SOME = "approve_some", "Approved in part"
        REJECT = "reject", "Rejected"
        ACCEPT_FORM = "accept_form", "Saved from the form"

    class Reason(models.TextChoices):
        WRONG_VALUE = "wrong_value", "The value is wrong"
        WRONG_RECORD = "wrong_record", "It is about another record"
        BAD_TIMING = "bad_timing", "Not now"
        BAD_SOURCE = "bad_source", "The source is not good enough"
        NOT_OURS = "not_ours", "Not for AI to change"
        DUPLICATE = "duplicate", "Already done or proposed"
        OTHER = "other", "Another reason"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    suggestion = models.OneToOneField(Suggestion, on_delete=models.PROTECT, related_name="decision")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    person = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="decisions")
    policy_version = models.ForeignKey(
        PolicyVersion, null=True, on_delete=models.PROTECT, related_name="decisions"
    )
    decider_label = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    taken = models.JSONField(default=list)
    edits = models.JSONField(default=dict)
    reason_code = models.CharField(max_length=16, choices=Reason.choices, blank=True, default="")
    note = models.TextField(blank=True, default="")
    payload = models.JSONField(default=list)
    payload_digest = models.CharField(max_length=64, blank=True, default="")
    agent_owner_id = models.BigIntegerField(null=True)
    sole_admin = models.BooleanField(default=False)
    shown_at = models.DateTimeField(null=True)
    evidence_opened = models.JSONField(default=list)
    # So long it was on a screen that somebody could see, as their browser counted; null without a script.
    visible_ms = models.IntegerField(null=True)
    decided_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["person", "-decided_at", "-id"], name="decision_of_person"),
            GinIndex(fields=["decider_label"], name="decision_decider_trgm", opclasses=["gin_trgm_ops"]),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(person__isnull=False, policy_version=None)
                | models.Q(person=None, policy_version__isnull=False),
                name="decision_has_exactly_one_decider",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="reject") | ~models.Q(reason_code=""), name="rejection_has_a_reason"
            ),
            models.CheckConstraint(
                condition=models.Q(person=None) | models.Q(shown_at__isnull=False),
                name="person_decides_on_what_was_shown",
            ),
            models.CheckConstraint(
                condition=models.Q(policy_version=None) | models.Q(kind="approve"),
                name="policy_only_ever_approves",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} by {self.decider_label}"
