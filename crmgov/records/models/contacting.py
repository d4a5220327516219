"""Who was written to and who is about to be, over all senders; and how often and when anybody may be."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from crmgov.people.models import User

from .accounts import Account
from .contacts import Contact
from .permissions import Consent

LIMIT = r"^(off|[0-9]{1,6})?$"


class Touch(models.Model):
    """One slot of the caps: reserved for what waits to be sent, used by what was, released by what will not be.

    `suggestion_id` names whose slot it is; without one a person wrote. `counts_at` is the planned moment while it
    waits and the moment it was made afterwards. No foreign key upward: suggestions live a floor above.
    """

    class State(models.TextChoices):
        RESERVED = "reserved", "Reserved"
        USED = "used", "Used"
        RELEASED = "released", "Released"

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="touches")
    # Whose cap it counts for: the account of the contact on that day.
    account = models.ForeignKey(
        Account, null=True, blank=True, on_delete=models.PROTECT, related_name="touches"
    )
    channel = models.CharField(max_length=8, choices=Consent.Channel.choices)
    purpose = models.CharField(max_length=40)
    state = models.CharField(max_length=8, choices=State.choices)
    counts_at = models.DateTimeField()
    by = models.CharField(max_length=160)
    suggestion_id = models.UUIDField(null=True, blank=True, unique=True)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(state="reserved", ended_at=None)
                | models.Q(state__in=["used", "released"], ended_at__isnull=False),
                name="touch_ends_when_it_is_no_longer_reserved",
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["contact", "channel", "counts_at"],
                name="touch_of_contact",
                condition=~models.Q(state="released"),
            ),
            models.Index(
                fields=["account", "channel", "counts_at"],
                name="touch_of_account",
                condition=~models.Q(state="released"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contact}: {self.get_state_display()} ({self.channel}, {self.purpose})"


class ContactRules(models.Model):
    """How often and when anybody may be written to. Append-only: the newest row counts.

    A limit is a number, 0 for nobody at all, "off" for as often as one likes, and empty for what the code says.
    """

    contact_limit = models.CharField(max_length=6, blank=True, default="")
    contact_days = models.PositiveSmallIntegerField()
    account_limit = models.CharField(max_length=6, blank=True, default="")
    account_days = models.PositiveSmallIntegerField()
    # Equal where no hour is quiet.
    quiet_from = models.TimeField()
    quiet_until = models.TimeField()
    time_zone = models.CharField(max_length=64)
    why = models.CharField(max_length=300)
    saved_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name_plural = "contact rules"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(contact_limit__regex=LIMIT, account_limit__regex=LIMIT),
                name="contact_limits_are_numbers_or_off",
            ),
            models.CheckConstraint(
                condition=models.Q(contact_days__gte=1, account_days__gte=1), name="caps_are_over_some_days"
            ),
        ]

    def __str__(self) -> str:
        return f"Contact rules {self.pk}"
