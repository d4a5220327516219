"""What a person looked at last, so that the way back is short."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from crmgov.people.models import User


class Seen(models.Model):
    """One thing one person opened, with the last time; only the newest are kept.

    It grants nothing: whoever reads the list is asked anew what they may see. `kind` is a record type or suggestion.
    """

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=16)
    thing_id = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "seen"
        indexes: ClassVar = [models.Index(fields=["person", "-at", "-id"], name="seen_by_person")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person", "kind", "thing_id"], name="a_person_sees_a_thing_once_in_the_list"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.thing_id}"
