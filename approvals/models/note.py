"""What happened to a suggestion on its way to a decision: asked back, raised, snoozed, passed on, taken over."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from crmgov.people.models import User

from .agent import Agent
from .suggestion import Suggestion


class Note(models.Model):
    """Append-only. Names are copied in: `label` is who, `place` the queue it went to. No note changes a status.

    `until` says when a snooze ends.
    """

    class Kind(models.TextChoices):
        ASK = "ask", "asked back"
        ANSWER = "answer", "answered"
        ESCALATE = "escalate", "raised it"
        SNOOZE = "snooze", "snoozed it"
        WAKE = "wake", "woke it"
        REASSIGN = "reassign", "passed it on"
        TAKE_OVER = "take_over", "took it over"
        TAKE_BACK = "take_back", "took the decision back"

    suggestion = models.ForeignKey(Suggestion, on_delete=models.PROTECT, related_name="notes")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    person = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    agent = models.ForeignKey(Agent, null=True, on_delete=models.PROTECT, related_name="+")
    label = models.CharField(max_length=200)
    text = models.TextField(blank=True, default="")
    place = models.CharField(max_length=80, blank=True, default="")
    until = models.DateTimeField(null=True)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["suggestion", "-id"], name="note_of_suggestion")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(
                    kind__in=[
                        "ask",
                        "answer",
                        "escalate",
                        "snooze",
                        "wake",
                        "reassign",
                        "take_over",
                        "take_back",
                    ]
                ),
                name="note_kind_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(person__isnull=False, agent=None)
                | models.Q(person=None, agent__isnull=False, kind="answer"),
                name="note_has_one_author_and_agents_only_answer",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind__in=["ask", "answer", "escalate"]) | ~models.Q(text=""),
                name="note_with_words_has_some",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="snooze", until__isnull=False, until__gt=models.F("at"))
                | (~models.Q(kind="snooze") & models.Q(until=None)),
                name="only_a_snooze_ends_and_it_ends_later",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} {self.get_kind_display()}"
