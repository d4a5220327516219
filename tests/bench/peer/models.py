"""Their side's records: an account without door, ledger or history, and a process for each suggestion."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from viewflow import jsonstore
from viewflow.workflow.models import Process


class PeerAccount(models.Model):
    """What a suggestion of theirs changes: a bare row, so that applying is one UPDATE."""

    name = models.CharField(max_length=300)
    employees = models.IntegerField()

    objects: ClassVar = models.Manager["PeerAccount"]()

    class Meta:
        app_label = "peer"

    def __str__(self) -> str:
        return self.name


class SetEmployees(Process):
    """One suggestion; its values stand in the JSON of the process, as their quick start does it."""

    account = jsonstore.IntegerField()
    name = jsonstore.CharField(max_length=300)
    seen = jsonstore.IntegerField()
    proposed = jsonstore.IntegerField()

    class Meta:
        app_label = "peer"
        proxy = True
