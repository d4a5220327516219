"""A named place where suggestions wait, with members, and how they came there."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from crmgov.people.models import Team, User

UNROUTED = "Unrouted"


class Queue(models.Model):
    """What it takes stands in four conditions: all that are set must hold, of a list one is enough.

    Membership never widens what one sees. Without a team it serves every team, except Unrouted, which takes what
    nobody else may see and which admins see.
    """

    name = models.CharField(max_length=80, unique=True)
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.PROTECT, related_name="queues")
    position = models.SmallIntegerField(default=0)
    rules = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    actions = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    segments = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    # In reporting currency.
    at_least = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    sla_hours = models.DecimalField(max_digits=6, decimal_places=2, default=8)
    # Which of the queues we ship this was; it stays when an admin renames it.
    shipped_as = models.CharField(max_length=40, null=True, unique=True, editable=False)
    members: models.ManyToManyField[User, QueueMembership] = models.ManyToManyField(
        User, through="QueueMembership", related_name="queues"
    )

    class Meta:
        ordering: ClassVar = ["position", "name"]
        constraints: ClassVar = [
            # Deferred: two queues change places in one transaction.
            models.UniqueConstraint(
                fields=["team", "position"],
                name="queue_order_is_unambiguous",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(condition=models.Q(sla_hours__gt=0), name="queue_sla_is_positive"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def takes_everything(self) -> bool:
        return not (self.rules or self.actions or self.segments) and self.at_least is None


class QueueMembership(models.Model):
    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="queue_memberships")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["queue", "user"], name="person_is_in_a_queue_once")
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.queue}"


class QueueMove(models.Model):
    """A suggestion that waited somewhere was put elsewhere. Append-only; names are copied in.

    `by_label` is empty where nobody asked for it: people left, or came back.
    """

    suggestion = models.ForeignKey("Suggestion", on_delete=models.PROTECT, related_name="moves")
    came_from = models.CharField(max_length=80, blank=True, default="")
    went_to = models.CharField(max_length=80)
    why = models.CharField(max_length=200)
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    by_label = models.CharField(max_length=120, blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["suggestion", "at"], name="queue_moves_of_suggestion")]

    def __str__(self) -> str:
        return f"{self.came_from or 'no queue'} to {self.went_to}"
