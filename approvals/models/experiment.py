"""Two texts for one letter of a workflow, or no letter at all: who gets what, and since when."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from crmgov.people.models import User
from crmgov.records.models import Contact
from scoring.arms import MOST_HELD_OUT

from .message import TemplateVersion
from .workflow import Workflow


class Experiment(models.Model):
    """`control` is the letter as the workflow writes it, `variant` the text it is compared with.

    Drafted by one person, started by another; never changed after that, only ended. `least` is the difference that
    would matter, in percentage points; `days` are counted from when the letter was due.
    """

    class Goal(models.TextChoices):
        REPLY = "reply", "They write back"
        PURCHASE = "purchase", "They buy"

    class State(models.TextChoices):
        DRAFT = "draft", "Not started"
        RUNNING = "running", "Running"
        ENDED = "ended", "Ended"
        WITHDRAWN = "withdrawn", "Withdrawn"

    name = models.CharField(max_length=80)
    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="experiments")
    control = models.ForeignKey(TemplateVersion, on_delete=models.PROTECT, related_name="+")
    variant = models.ForeignKey(TemplateVersion, on_delete=models.PROTECT, related_name="+")
    hypothesis = models.CharField(max_length=300)
    # Per cent.
    holdout = models.PositiveSmallIntegerField(default=0)
    goal = models.CharField(max_length=8, choices=Goal.choices)
    days = models.PositiveSmallIntegerField()
    least = models.DecimalField(max_digits=4, decimal_places=1)
    drafted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    started_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(null=True)
    sole_admin = models.BooleanField(default=False)
    ended_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_why = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workflow", "control"],
                condition=Q(started_at__isnull=False, ended_at=None),
                name="one_experiment_at_a_time_with_a_letter",
            ),
            models.CheckConstraint(
                condition=~Q(control=F("variant")), name="experiment_compares_two_different_texts"
            ),
            models.CheckConstraint(
                condition=Q(holdout__lte=MOST_HELD_OUT), name="experiment_holds_out_half_at_most"
            ),
            models.CheckConstraint(
                condition=Q(started_at=None, started_by=None)
                | (
                    Q(started_at__isnull=False, started_by__isnull=False)
                    & (Q(sole_admin=True) | ~Q(started_by=F("drafted_by")))
                ),
                name="experiment_is_started_by_a_second_person",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None)
                | (Q(ended_at__isnull=False, ended_by__isnull=False) & ~Q(ended_why="")),
                name="experiment_ends_by_somebody_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def state(self) -> State:
        if self.started_at is None:
            return self.State.WITHDRAWN if self.ended_at else self.State.DRAFT
        return self.State.ENDED if self.ended_at else self.State.RUNNING


class Assignment(models.Model):
    """Append-only: the arm of one unit, an account or a contact without one, since its letter was first due."""

    experiment = models.ForeignKey(Experiment, on_delete=models.PROTECT, related_name="assignments")
    unit = models.UUIDField()
    # As scoring.arms.Arm.
    arm = models.CharField(
        max_length=7,
        choices=[("holdout", "No letter"), ("a", "A, as it was"), ("b", "B, the other text")],
    )
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["experiment", "unit"], name="a_unit_has_one_arm_of_an_experiment"
            ),
            models.CheckConstraint(
                condition=Q(arm__in=["holdout", "a", "b"]), name="assignment_arm_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_arm_display()} in experiment {self.experiment_id}"


class LetterDue(models.Model):
    """Append-only: a person of the unit for whom the letter was due, whether they then got one or not."""

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="people")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "letters due"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["assignment", "contact"], name="a_letter_is_due_once_to_a_contact_of_a_unit"
            )
        ]

    def __str__(self) -> str:
        return f"{self.contact}: {self.assignment}"
