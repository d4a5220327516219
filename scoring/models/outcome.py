"""What became of a record: the truth that models learn from and are watched by."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Outcome(models.Model):
    """Something that ended well or badly. Derived from the ledger, sources' history and deals; rebuilt by command."""

    class Kind(models.TextChoices):
        CHURNED = "churned", "Churned"
        RENEWED = "renewed", "Renewed"
        WON = "won", "Won"
        LOST = "lost", "Lost"

    id = models.BigAutoField(primary_key=True)
    record_type = models.CharField(max_length=16)
    record_id = models.UUIDField()
    kind = models.CharField(max_length=8, choices=Kind.choices)
    at = models.DateTimeField()
    # ledger (we saw it change) or source (a file said when).
    known_by = models.CharField(max_length=8)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["record_id", "kind", "at"], name="outcome_is_counted_once"),
            models.CheckConstraint(
                condition=models.Q(known_by__in=["ledger", "source"]), name="outcome_is_known_by_something"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["kind", "at", "record_id"], name="outcome_by_kind_and_time")
        ]

    def __str__(self) -> str:
        return f"{self.record_type} {self.kind} {self.at:%Y-%m-%d}"
