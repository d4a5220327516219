"""What people say against a score: an example that a later training may learn from, once somebody looked at it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from .score import Score


class LabelCandidate(models.Model):
    """Somebody who knows the record contested a score. `said` is what the score was, `why` their words.

    `label` is how they see the record: true where they expect what the score is about, false where they do not, null
    where they did not say. It is no outcome: nothing learns from it by itself.
    """

    record_type = models.CharField(max_length=16)
    record_id = models.UUIDField()
    kind = models.CharField(max_length=12, choices=Score.Kind.choices)
    score = models.OneToOneField(Score, on_delete=models.PROTECT, related_name="label_candidate")
    said = models.DecimalField(max_digits=5, decimal_places=4)
    label = models.BooleanField(null=True)
    why = models.CharField(max_length=300)
    by = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~models.Q(why=""), name="label_candidate_says_why"),
        ]
        indexes: ClassVar = [models.Index(fields=["kind", "-at", "-id"], name="label_candidate_by_time")]

    def __str__(self) -> str:
        return f"{self.kind} {self.said}, contested by {self.by}"
