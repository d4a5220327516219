"""What became of what AI proposed, cell by cell: the ground of bands, studio and earned autonomy.

Derived from suggestions, decisions, executions, contests and the ledger; `services/outcomes.py` keeps it up to date,
and one command rebuilds it.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from crmgov.people.models import User

from .agent import Agent
from .execution import Execution
from .suggestion import Suggestion
from .workflow import WorkflowVersion


class Cell(models.Model):
    """Agent × action × field group × segment × workflow version: the unit in which autonomy is earned.

    No segment is written as empty.
    """

    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="cells")
    workflow_version = models.ForeignKey(WorkflowVersion, on_delete=models.PROTECT, related_name="cells")
    action = models.CharField(max_length=20)
    field_group = models.CharField(max_length=20)
    segment = models.CharField(max_length=40, blank=True, default="")
    # When something about it changed last; null once whoever follows cells has looked at that.
    moved_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["moved_at"], name="cell_that_moved", condition=models.Q(moved_at__isnull=False)
            )
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agent", "workflow_version", "action", "field_group", "segment"],
                name="cell_is_one_row",
            )
        ]

    def __str__(self) -> str:
        return f"{self.agent} {self.action} {self.field_group} in {self.segment or 'no segment'}"


class CellOutcome(models.Model):
    """One closed suggestion in one cell: which way it went, and what people said of it, before or afterwards.

    `held` is the strictest that rules other than level and confidence asked for; `only_level` says that nothing but the
    level held it. `confidence` is the lowest that was reported for its fields, null where one came without.
    """

    class Way(models.TextChoices):
        DECIDED = "decided", "A person decided"
        RAN = "ran", "Ran by itself"
        BLOCKED = "blocked", "Blocked"
        SHADOWED = "shadowed", "Only compared"
        CLOSED = "closed", "Closed without a decision"

    class Label(models.TextChoices):
        UNKNOWN = "", "Nobody said"
        UNCHANGED = "unchanged", "Kept unchanged"
        EDITED = "edited", "Edited"
        REJECTED = "rejected", "Rejected"
        REVERTED = "reverted", "Put back later"
        CONTESTED = "contested", "Found wrong afterwards"
        CORRECTED = "corrected", "Typed over within a week"

    class Held(models.TextChoices):
        NOT = "", "By nothing else"
        QUEUE = "queue", "For a person"
        BLOCK = "block", "For good"

    id = models.BigAutoField(primary_key=True)
    cell = models.ForeignKey(Cell, on_delete=models.PROTECT, related_name="outcomes")
    suggestion = models.ForeignKey(Suggestion, on_delete=models.PROTECT, related_name="outcomes")
    field_group = models.CharField(max_length=20)
    confidence = models.DecimalField(max_digits=5, decimal_places=4, null=True)
    way = models.CharField(max_length=8, choices=Way.choices)
    label = models.CharField(max_length=9, choices=Label.choices, blank=True, default="")
    held = models.CharField(max_length=5, choices=Held.choices, blank=True, default="")
    only_level = models.BooleanField(default=False)
    one_by_one = models.BooleanField(default=True)
    # Why it was drawn to be read afterwards: AuditSample.Drawn, empty where it was not.
    drawn = models.CharField(max_length=7, blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["cell", "at", "id"], name="outcome_of_cell_by_time")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["suggestion", "field_group"], name="suggestion_has_one_outcome_per_group"
            ),
            models.CheckConstraint(
                condition=~models.Q(way="decided") | ~models.Q(label=""), name="decided_outcome_has_a_label"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_way_display()}, {self.get_label_display()}"


class OutcomeDue(models.Model):
    """This suggestion's outcome is to be told again. Written by triggers beside what changed; taken and gone."""

    id = models.BigAutoField(primary_key=True)
    suggestion_id = models.UUIDField()

    def __str__(self) -> str:
        return str(self.suggestion_id)


class AuditSample(models.Model):
    """An automatic action that a person reads afterwards: why it was drawn, and what they found.

    Uniform draws feed the evidence of the cell, risky ones feed alarms, and those asked for feed the studio.
    """

    class Drawn(models.TextChoices):
        UNIFORM = "uniform", "Drawn by chance"
        RISK = "risk", "Drawn for its risk"
        ASKED = "asked", "Drawn for the threshold studio"

    class Verdict(models.TextChoices):
        WAITING = "", "Not read yet"
        RIGHT = "right", "Right"
        WRONG = "wrong", "Wrong"

    execution = models.OneToOneField(Execution, on_delete=models.PROTECT, related_name="audit")
    drawn = models.CharField(max_length=7, choices=Drawn.choices)
    # How many automatic actions of its cell came before it.
    position = models.IntegerField(default=0)
    drawn_at = models.DateTimeField()
    verdict = models.CharField(max_length=5, choices=Verdict.choices, blank=True, default="")
    read_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    read_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["drawn_at", "id"], name="audit_that_waits", condition=models.Q(verdict=""))
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(verdict="", read_by=None, read_at=None)
                | (~models.Q(verdict="") & models.Q(read_by__isnull=False, read_at__isnull=False)),
                name="audit_verdict_names_its_reader",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_drawn_display()}: {self.get_verdict_display()}"
