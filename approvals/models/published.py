"""Which scores were proposed for their records: each once."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from .suggestion import Suggestion


class PublishedScore(models.Model):
    """This score became, or joined, this suggestion."""

    score_id = models.UUIDField(unique=True)
    suggestion = models.ForeignKey(Suggestion, on_delete=models.PROTECT, related_name="scores")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"score {self.score_id} in suggestion {self.suggestion_id}"
