"""Events about people we do not know yet."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from crmgov.kernel.ids import new_id

from .agent import Agent
from .suggestion import Suggestion


class WaitingEvent(models.Model):
    """An event that waits for the lead which `suggestion` would make; never deleted, so that none is lost.

    `said` is the event as it was sent; `event_id` is its sender's, empty where the sender has none.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting for the lead"
        APPENDED = "appended", "Appended"
        REFUSED = "refused", "The lead was not made"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    suggestion = models.ForeignKey(Suggestion, on_delete=models.PROTECT, related_name="waiting_events")
    source = models.CharField(max_length=120)
    event_id = models.CharField(max_length=160, blank=True, default="")
    email = models.CharField(max_length=254)
    said = models.JSONField()
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.WAITING)
    note = models.CharField(max_length=500, blank=True, default="")
    activity_id = models.UUIDField(null=True)
    received_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["email"], name="event_waiting_by_email", condition=models.Q(status="waiting")
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agent", "source", "event_id"],
                condition=~models.Q(event_id=""),
                name="event_of_an_agent_waits_once",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["waiting", "appended", "refused"]),
                name="waiting_event_status_is_known",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="appended") | models.Q(activity_id__isnull=False),
                name="appended_event_names_its_activity",
            ),
        ]

    def __str__(self) -> str:
        return f"Event of {self.email} ({self.get_status_display()})"
