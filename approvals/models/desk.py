"""How a person has arranged the desk: the keys they press and the views they saved."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Lower

from crmgov.people.models import User


class KeyboardPreference(models.Model):
    """Whether the desk listens to keys, and to which: verb -> key. Without a row it does, to the usual ones."""

    user = models.OneToOneField(User, primary_key=True, on_delete=models.CASCADE, related_name="keyboard")
    enabled = models.BooleanField(default=True)
    keys = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"Keys of {self.user}"


class SavedView(models.Model):
    """A view of the inbox under a name: what is listed, narrowed how, in which order.

    `filters` is {name: value} as in the address of the list; what is unknown when it is read is passed over.
    """

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=40)
    view = models.CharField(max_length=16)
    order = models.CharField(max_length=16)
    filters = models.JSONField(default=dict)
    position = models.SmallIntegerField(default=0)
    shared = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar = ["position", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint("owner", Lower("name"), name="person_names_a_view_once"),
        ]

    def __str__(self) -> str:
        return self.name
