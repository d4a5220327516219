"""Earned autonomy. Until evidence is counted, an admin's signed grant stands for a cell."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from crmgov.people.models import User

from .agent import Agent
from .workflow import WorkflowVersion


class Grant(models.Model):
    """A cell (agent × action × field group × segment × workflow version) may act up to `level`, an admin says so.

    `signature` is an HMAC over the cell, level, signer and time: a row slipped in without the key counts for nothing.
    """

    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="grants")
    workflow_version = models.ForeignKey(WorkflowVersion, on_delete=models.PROTECT, related_name="grants")
    action = models.CharField(max_length=20)
    field_group = models.CharField(max_length=20)
    segment = models.CharField(max_length=40, blank=True, default="")
    level = models.CharField(
        max_length=8, choices=[("draft", "Draft"), ("execute", "Execute"), ("full", "Full")]
    )
    reason = models.CharField(max_length=300)
    granted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    granted_at = models.DateTimeField()
    signature = models.CharField(max_length=64)
    revoked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agent", "workflow_version", "action", "field_group", "segment"],
                condition=models.Q(revoked_at=None),
                name="one_open_grant_per_cell",
            )
        ]

    def __str__(self) -> str:
        return (
            f"{self.agent} {self.action} {self.field_group} in {self.segment or 'any segment'}: {self.level}"
        )
