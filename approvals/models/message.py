"""Text to customers: templates, what stands approved, the bytes that were approved, and what became of them."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from crmgov.kernel.ids import new_id
from crmgov.people.models import User
from crmgov.records.models import Contact

from .decision import Decision
from .execution import Execution
from .suggestion import Suggestion

# DESIGN §2, "standing approval".
LONGEST_STANDING = timedelta(days=90)


class MessageTemplate(models.Model):
    """What is written again and again. Its text stands in its versions, and the newest counts."""

    name = models.CharField(max_length=80, unique=True)
    purpose = models.CharField(max_length=40)
    made_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class TemplateVersion(models.Model):
    """Append-only: each save is the next version. Merge fields stand as {{ contact.first_name }}."""

    template = models.ForeignKey(MessageTemplate, on_delete=models.PROTECT, related_name="versions")
    number = models.IntegerField()
    subject = models.CharField(max_length=200)
    body = models.TextField()
    why = models.CharField(max_length=300)
    saved_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["template", "-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["template", "number"], name="template_version_is_used_once")
        ]

    def __str__(self) -> str:
        return f"{self.template}, version {self.number}"


class StandingApproval(models.Model):
    """One template version for one audience until a date: such messages go out without a person looking at each.

    No `segments` means every segment, no `lifecycles` every stage. It ends with the next version of its template.
    """

    version = models.ForeignKey(TemplateVersion, on_delete=models.PROTECT, related_name="standing_approvals")
    segments = ArrayField(models.CharField(max_length=40), default=list)
    lifecycles = ArrayField(models.CharField(max_length=12), default=list)
    until = models.DateTimeField()
    why = models.CharField(max_length=300)
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField()
    sole_admin = models.BooleanField(default=False)
    ended_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-signed_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["version"], condition=Q(ended_at=None), name="template_version_stands_approved_once"
            ),
            models.CheckConstraint(
                condition=Q(until__gt=F("signed_at")) & Q(until__lte=F("signed_at") + LONGEST_STANDING),
                name="standing_approval_ends_within_90_days",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version} until {self.until:%Y-%m-%d}"


class Message(models.Model):
    """Append-only: what was approved, byte for byte. Whether it was sent stands on its execution.

    `mime_digest` is the SHA-256 of `mime` and part of the decision's payload (INVARIANTS S1); `recipient` is the
    address of the contact at approval, never one that the proposal named (S3).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    suggestion = models.OneToOneField(Suggestion, on_delete=models.PROTECT, related_name="message")
    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="message")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="messages")
    channel = models.CharField(max_length=6, default="email")
    purpose = models.CharField(max_length=40)
    recipient = models.CharField(max_length=254)
    subject = models.CharField(max_length=200)
    html = models.TextField()
    text = models.TextField()
    version = models.ForeignKey(TemplateVersion, null=True, on_delete=models.PROTECT, related_name="messages")
    standing = models.ForeignKey(
        StandingApproval, null=True, on_delete=models.PROTECT, related_name="messages"
    )
    message_id = models.CharField(max_length=200, unique=True)
    mime = models.BinaryField()
    mime_digest = models.CharField(max_length=64)
    made_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["contact", "-made_at", "-id"], name="message_of_contact"),
            models.Index(fields=["-made_at", "-id"], name="message_by_made"),
        ]

    def __str__(self) -> str:
        return self.subject


class Delivery(models.Model):
    """Append-only: one claim of a message, committed before its DATA. Its end is the attempt of the same number.

    One that no attempt ended, and that nobody holds any more, is unknown: a person settles it.
    """

    execution = models.ForeignKey(Execution, on_delete=models.PROTECT, related_name="deliveries")
    number = models.SmallIntegerField()
    recipient = models.CharField(max_length=254)
    mime_digest = models.CharField(max_length=64)
    claimed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["execution", "number"], name="delivery_number_is_used_once")
        ]
        indexes: ClassVar = [models.Index(fields=["claimed_at"], name="delivery_by_claim")]

    def __str__(self) -> str:
        return f"delivery {self.number} of {self.execution_id}"


class Settlement(models.Model):
    """Append-only: what a person said of a message whose outcome nobody knew."""

    class Choice(models.TextChoices):
        DELIVERED = "delivered", "It was delivered"
        SEND_AGAIN = "send_again", "Send it again"
        LEAVE = "leave", "Leave it"

    execution = models.ForeignKey(Execution, on_delete=models.PROTECT, related_name="settlements")
    # The attempt that ended unknown: it is settled once.
    number = models.SmallIntegerField()
    choice = models.CharField(max_length=10, choices=Choice.choices)
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    person_label = models.CharField(max_length=200)
    note = models.CharField(max_length=300, blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["execution", "number"], name="unknown_attempt_is_settled_once")
        ]

    def __str__(self) -> str:
        return f"{self.get_choice_display()}, by {self.person_label}"
