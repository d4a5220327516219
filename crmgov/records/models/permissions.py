"""May we contact them: consent, suppressions and holds."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models

from crmgov.people.models import User

from .accounts import Account
from .contacts import Contact
from .reference import Source


class Consent(models.Model):
    """What a contact said, per channel and purpose. No agent ever sets anyone to opted in."""

    class State(models.TextChoices):
        OPTED_IN = "opted_in", "Opted in"
        OPTED_OUT = "opted_out", "Opted out"
        UNKNOWN = "unknown", "Unknown"

    class Channel(models.TextChoices):
        EMAIL = "email", "E-mail"
        PHONE = "phone", "Phone"
        POST = "post", "Post"
        SMS = "sms", "SMS"
        LINKEDIN = "linkedin", "LinkedIn"

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="consents")
    channel = models.CharField(max_length=8, choices=Channel.choices)
    purpose = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=State.choices)
    lawful_basis = models.CharField(max_length=40, blank=True, default="")
    source = models.CharField(max_length=120, blank=True, default="")
    # Whose import said so; empty for what was said to us.
    told_by = models.ForeignKey(Source, null=True, on_delete=models.PROTECT, related_name="+")
    recorded_by = models.CharField(max_length=160)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["contact", "channel", "purpose"], name="one_consent_per_channel_and_purpose"
            )
        ]

    def __str__(self) -> str:
        return f"{self.contact}: {self.get_state_display()} ({self.channel}, {self.purpose})"


class Suppression(models.Model):
    """Nobody writes to this address, domain or account. It only tightens: two admins lift one together.

    `value` is in the form of `rules.addresses`: one spelling for one address or domain.
    """

    class Kind(models.TextChoices):
        ADDRESS = "address", "Address"
        DOMAIN = "domain", "Domain"
        ACCOUNT = "account", "Account"

    kind = models.CharField(max_length=8, choices=Kind.choices)
    value = models.CharField(max_length=254, blank=True, default="")
    account = models.ForeignKey(
        Account, null=True, blank=True, on_delete=models.PROTECT, related_name="suppressions"
    )
    reason = models.CharField(max_length=300)
    until = models.DateTimeField(null=True, blank=True)
    added_by = models.CharField(max_length=160)
    added_at = models.DateTimeField()
    # One admin asks, another lifts it; the only admin may do both with a day between, and the row says so.
    lift_asked_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    lift_asked_at = models.DateTimeField(null=True, blank=True)
    lift_reason = models.CharField(max_length=300, blank=True, default="")
    lifted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(null=True, blank=True)
    sole_admin = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(kind="account", account__isnull=False, value="")
                | (~models.Q(kind="account") & models.Q(account=None) & ~models.Q(value="")),
                name="suppression_names_exactly_one_target",
            ),
            models.CheckConstraint(
                condition=models.Q(lift_asked_by=None, lift_asked_at=None)
                | models.Q(lift_asked_by__isnull=False, lift_asked_at__isnull=False),
                name="lifting_is_asked_by_somebody_at_some_time",
            ),
            models.CheckConstraint(
                condition=models.Q(lifted_at=None, lifted_by=None)
                | (
                    models.Q(lifted_at__isnull=False, lifted_by__isnull=False, lift_asked_by__isnull=False)
                    & (models.Q(sole_admin=True) | ~models.Q(lifted_by=models.F("lift_asked_by")))
                ),
                name="suppression_is_lifted_by_two_people",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["kind", "value"], name="suppression_in_force", condition=models.Q(lifted_at=None)
            ),
            models.Index(fields=["added_at", "id"], name="suppression_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.value or self.account}"


class Hold(models.Model):
    """An account manager's "no AI contact until …"."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="holds")
    until = models.DateField()
    reason = models.CharField(max_length=300)
    placed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    placed_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account"], condition=models.Q(lifted_at=None), name="account_has_one_open_hold"
            )
        ]

    def runs(self, at: datetime) -> bool:
        """Its last day still counts, wherever the person who placed it is."""
        return self.lifted_at is None and self.until >= self.placed_by.day(at)

    def __str__(self) -> str:
        return f"{self.account} until {self.until}: {self.reason}"
