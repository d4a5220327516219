"""How good reviewing is: what a second person says who does not see the first answer."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from crmgov.people.models import User

from .decision import Decision
from .queue import Queue


class SecondLook(models.Model):
    """One high-risk decision that was drawn to be asked once more. It decides nothing."""

    class Answer(models.TextChoices):
        WAITING = "", "Not answered yet"
        APPROVE = "approve", "Would approve"
        REJECT = "reject", "Would reject"

    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="second_look")
    # Where it had waited; what is in no queue is answered by admins.
    queue = models.ForeignKey(Queue, null=True, on_delete=models.PROTECT, related_name="+")
    drawn_at = models.DateTimeField()
    answer = models.CharField(max_length=7, choices=Answer.choices, blank=True, default="")
    note = models.CharField(max_length=300, blank=True, default="")
    person = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="second_looks")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["queue", "drawn_at"], name="second_look_that_waits", condition=models.Q(answer="")
            ),
            models.Index(
                fields=["queue"],
                name="second_look_answered",
                condition=~models.Q(answer=""),
                include=["answer"],
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(answer="", person=None, answered_at=None)
                | (
                    models.Q(answer__in=["approve", "reject"])
                    & models.Q(person__isnull=False, answered_at__isnull=False)
                ),
                name="second_look_names_who_answered",
            )
        ]

    def __str__(self) -> str:
        return self.get_answer_display()
