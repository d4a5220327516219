"""Several suggestions decided with one press; each has a decision and an outcome of its own."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from crmgov.kernel.ids import new_id
from crmgov.people.models import User

from .decision import Decision
from .suggestion import Suggestion


class Bulk(models.Model):
    """`sample` are the suggestions, as text, that were read one by one before."""

    class Kind(models.TextChoices):
        APPROVE = "approve", "Approved together"
        REJECT = "reject", "Rejected together"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="bulks")
    sample = models.JSONField(default=list)
    made_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["approve", "reject"]), name="bulk_kind_is_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} by {self.person}"


class BulkItem(models.Model):
    """One of them. `say` is why it was not decided, `undone` what became of it when the press was undone."""

    bulk = models.ForeignKey(Bulk, on_delete=models.CASCADE, related_name="items")
    position = models.SmallIntegerField()
    suggestion = models.ForeignKey(Suggestion, on_delete=models.PROTECT, related_name="+")
    decision = models.OneToOneField(Decision, null=True, on_delete=models.PROTECT, related_name="bulk_item")
    say = models.CharField(max_length=500, blank=True, default="")
    undone = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["bulk", "suggestion"], name="suggestion_is_in_a_bulk_once")
        ]

    def __str__(self) -> str:
        return f"{self.position}: {self.suggestion_id}"
