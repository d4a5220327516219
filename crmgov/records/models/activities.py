from __future__ import annotations

from typing import ClassVar

from django.db import models

from crmgov.kernel.ids import new_id
from crmgov.people.models import Team

from .accounts import Account
from .contacts import Contact
from .governed import GovernedQuerySet
from .opportunities import Opportunity
from .reference import Source
from .tickets import Ticket

# What is ours among the data of an activity; no sender and no file writes a name that begins so.
OURS = "crmgov."
SUMMARY = f"{OURS}summary"
# The id of an entry that this one takes back: it stands on the timeline, and did not happen.
TAKES_BACK = f"{OURS}takes_back"


class ActivityKind(models.TextChoices):
    MAIL_IN = "mail_in", "Mail received"
    MAIL_OUT = "mail_out", "Mail sent"
    MAIL_OPEN = "mail_open", "Mail opened"
    MAIL_CLICK = "mail_click", "Link clicked"
    MAIL_EVENT = "mail_event", "Mail event"
    REPLY = "reply", "Reply"
    CALL = "call", "Call"
    MEETING = "meeting", "Meeting"
    NOTE = "note", "Note"
    CHAT = "chat", "Chat"
    FORM = "form", "Form"
    PAGE_VIEW = "page_view", "Page view"
    VIDEO = "video", "Video"
    LOGIN = "login", "Login"
    USAGE = "usage", "Usage"
    PURCHASE = "purchase", "Purchase"


class Activity(models.Model):
    """What happened, once, never rewritten: the timeline."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=ActivityKind.choices)
    account = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="activities")
    contact = models.ForeignKey(Contact, null=True, on_delete=models.PROTECT, related_name="activities")
    opportunity = models.ForeignKey(
        Opportunity, null=True, on_delete=models.PROTECT, related_name="activities"
    )
    ticket = models.ForeignKey(Ticket, null=True, on_delete=models.PROTECT, related_name="activities")
    occurred_at = models.DateTimeField()
    subject = models.CharField(max_length=300, blank=True, default="")
    body = models.TextField(blank=True, default="")
    by = models.CharField(max_length=160, blank=True, default="")
    amount = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    currency = models.CharField(max_length=3, blank=True, default="")
    data = models.JSONField(default=dict)
    source = models.ForeignKey(Source, null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    objects: ClassVar = GovernedQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "activities"
        indexes: ClassVar = [
            models.Index(fields=["account", "-occurred_at", "-id"], name="activity_of_account"),
            models.Index(fields=["contact", "-occurred_at", "-id"], name="activity_of_contact"),
            models.Index(fields=["opportunity", "-occurred_at", "-id"], name="activity_of_opportunity"),
        ]

    def __str__(self) -> str:
        return self.subject or self.get_kind_display()
