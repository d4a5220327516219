"""News that travels up: rows, taken once per consumer, carrying what caused them."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models


class RecordEvent(models.Model):
    class Kind(models.TextChoices):
        CREATED = "created", "Created"
        CHANGED = "changed", "Changed"
        IMPORT_CONFLICT = "import_conflict", "Import conflict"
        ACTIVITY = "activity", "Activity"

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    record_type = models.CharField(max_length=16)
    record_id = models.UUIDField()
    change_set_id = models.UUIDField(null=True)
    fields = ArrayField(models.CharField(max_length=120), default=list)
    data = models.JSONField(default=dict)
    # Suggestions that led here, oldest first: a loop is an event whose chain holds its own ancestor.
    chain = ArrayField(models.UUIDField(), default=list)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["record_id", "-id"], name="event_of_record"),
            # Few among many; looked for every 15 seconds.
            models.Index(
                fields=["id"],
                name="event_of_import_conflict",
                condition=models.Q(kind="import_conflict"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.record_type}"


class EventReceipt(models.Model):
    consumer = models.CharField(max_length=60)
    event = models.ForeignKey(RecordEvent, on_delete=models.CASCADE, related_name="receipts")
    taken_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["consumer", "event"], name="consumer_takes_an_event_once")
        ]

    def __str__(self) -> str:
        return f"{self.consumer} took {self.event_id}"
