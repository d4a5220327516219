"""What a workflow is for, what it may touch, who answers for it, and what it costs."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from crmgov.people.models import User

from .workflow import Workflow


class Metric(models.TextChoices):
    """What can be measured from rows, before a workflow began and after."""

    KEPT = "kept", "Share of its suggestions kept unchanged"
    HOURS = "hours", "Hours until a person decides"
    HAND_EDITS = "hand_edits", "Changes of its fields by hand, a week"
    EMPTY = "empty", "Share of records with the field empty"
    STALE = "stale", "Share of records with the field unchanged for half a year"

    @property
    def of_a_field(self) -> bool:
        """Whether it is measured on one field, which the contract then names."""
        return self in (Metric.EMPTY, Metric.STALE)


class WorkflowContract(models.Model):
    """Append-only: each save is the next revision of its workflow, and the newest is in force.

    `record_types`, `segments` and `excluded` say which records are eligible (no segment: every segment), `writes` and
    `actions` what it may do with them; the gate blocks the rest. `baseline` is the metric over the 28 days before
    `started_on`, None where nothing was there to measure, and `baseline_of` the number of things measured.
    """

    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="contracts")
    number = models.IntegerField()
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    trigger = models.CharField(max_length=300)
    record_types = ArrayField(models.CharField(max_length=16))
    segments = ArrayField(models.CharField(max_length=40), default=list)
    excluded = ArrayField(models.CharField(max_length=20), default=list)
    # As account.industry, both.
    reads = ArrayField(models.CharField(max_length=120), default=list)
    writes = ArrayField(models.CharField(max_length=120), default=list)
    actions = ArrayField(models.CharField(max_length=20))
    needs_history = models.BooleanField(default=False)
    review_rule = models.CharField(max_length=300)
    sla_hours = models.PositiveSmallIntegerField()
    rollback_rule = models.CharField(max_length=300)
    metric = models.CharField(max_length=20, choices=Metric.choices)
    metric_field = models.CharField(max_length=120, blank=True, default="")
    started_on = models.DateField()
    baseline = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    baseline_of = models.IntegerField(default=0)
    minutes_saved = models.DecimalField(max_digits=6, decimal_places=1)
    review_due = models.DateField()
    why = models.CharField(max_length=300)
    saved_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["workflow", "-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workflow", "number"], name="contract_revision_is_used_once"),
            models.CheckConstraint(
                condition=~models.Q(record_types=[]) & ~models.Q(actions=[]),
                name="contract_names_records_and_actions",
            ),
            models.CheckConstraint(
                condition=models.Q(metric__in=["kept", "hours", "hand_edits"], metric_field="")
                | (models.Q(metric__in=["empty", "stale"]) & ~models.Q(metric_field="")),
                name="contract_names_the_field_it_measures",
            ),
        ]

    def __str__(self) -> str:
        return f"Contract of {self.workflow}, revision {self.number}"


class WorkflowCost(models.Model):
    """Append-only: what a workflow costs, as somebody said it; the newest row counts.

    An hour of the people whose work it saves, building it once, running it for a month.
    """

    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="costs")
    labour_hour = models.DecimalField(max_digits=10, decimal_places=2)
    build = models.DecimalField(max_digits=14, decimal_places=2)
    running_month = models.DecimalField(max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=3)
    why = models.CharField(max_length=300)
    saved_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["workflow", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(labour_hour__gte=0, build__gte=0, running_month__gte=0),
                name="workflow_costs_are_not_negative",
            )
        ]

    def __str__(self) -> str:
        return f"Costs of {self.workflow}, {self.currency}"
