"""What people say of that which ran by itself: that they looked at it, or that it was wrong."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from crmgov.people.models import User

from .execution import Execution


class ContestedChange(models.Model):
    """Append-only: the owner of the account, or an admin, says that what ran by itself was wrong.

    It counts in its cell as an outcome that was not accepted, whether or not a value could still be put back.
    `restored` are the fields that were (and are locked since), `kept` {field: why not}.
    """

    execution = models.OneToOneField(Execution, on_delete=models.PROTECT, related_name="contest")
    change_set_id = models.UUIDField(unique=True)
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    person_label = models.CharField(max_length=200)
    reason = models.CharField(max_length=300, blank=True, default="")
    restored = models.JSONField(default=list)
    kept = models.JSONField(default=dict)
    # The change set that put it back.
    revert_id = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(restored=[], revert_id=None)
                | (~models.Q(restored=[]) & models.Q(revert_id__isnull=False)),
                name="contest_names_what_put_it_back",
            )
        ]

    def __str__(self) -> str:
        return f"contested by {self.person_label}"


class SeenExecution(models.Model):
    """A person looked at what ran by itself."""

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    execution = models.ForeignKey(Execution, on_delete=models.PROTECT, related_name="seen")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "execution"], name="seen_once_by_each_person")
        ]

    def __str__(self) -> str:
        return f"{self.person} looked at {self.execution_id}"
