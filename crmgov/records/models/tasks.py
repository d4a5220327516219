from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.db import models

from crmgov.people.models import User

from .accounts import Account
from .contacts import Contact
from .governed import Governed, snapshots
from .opportunities import Opportunity
from .tickets import Ticket


class Task(Governed):
    """Something a person should do. Written through the door, so that it is explained and reversible."""

    title = models.CharField(max_length=200)
    note = models.TextField(blank=True, default="")
    purpose = models.CharField(max_length=60, blank=True, default="")
    due_on = models.DateField(null=True, blank=True)
    assignee = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="tasks")
    account = models.ForeignKey(
        Account, null=True, blank=True, on_delete=models.PROTECT, related_name="tasks"
    )
    contact = models.ForeignKey(
        Contact, null=True, blank=True, on_delete=models.PROTECT, related_name="tasks"
    )
    opportunity = models.ForeignKey(
        Opportunity, null=True, blank=True, on_delete=models.PROTECT, related_name="tasks"
    )
    ticket = models.ForeignKey(Ticket, null=True, blank=True, on_delete=models.PROTECT, related_name="tasks")
    done_at = models.DateTimeField(null=True, blank=True)

    history = snapshots()

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["assignee", "due_on", "id"], name="task_open_by_due", condition=models.Q(done_at=None)
            ),
            GinIndex(fields=["title"], name="task_title_trgm", opclasses=["gin_trgm_ops"]),
            models.Index(
                fields=["due_on", "id"], name="task_open_of_everybody", condition=models.Q(done_at=None)
            ),
            models.Index(
                fields=["assignee", "-done_at", "-id"],
                name="task_done_by_time",
                condition=models.Q(done_at__isnull=False),
            ),
            models.Index(
                fields=["-done_at", "-id"],
                name="task_done_of_everybody",
                condition=models.Q(done_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.title
