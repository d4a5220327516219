"""Earned autonomy: where each cell stands, what was offered and signed, and what became of it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from crmgov.people.models import User

from .agent import Agent
from .outcome import Cell
from .policy import PolicyVersion
from .workflow import WorkflowVersion


class Grant(models.Model):
    """A cell (agent × action × field group × segment × workflow version) may act up to `level`, an admin says so.

    `signature` is an HMAC over the cell, level, signer and time: a row slipped in without the key counts for nothing.
    `cell` is the one whose evidence earned it, and then it is for that one alone; without one it was signed by hand,
    and an empty segment stands for any. Taken back without a name, the evidence did it.
    """

    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="grants")
    workflow_version = models.ForeignKey(WorkflowVersion, on_delete=models.PROTECT, related_name="grants")
    action = models.CharField(max_length=20)
    field_group = models.CharField(max_length=20)
    segment = models.CharField(max_length=40, blank=True, default="")
    cell = models.ForeignKey(Cell, null=True, on_delete=models.PROTECT, related_name="grants")
    level = models.CharField(
        max_length=8, choices=[("draft", "Draft"), ("execute", "Execute"), ("full", "Full")]
    )
    reason = models.CharField(max_length=300)
    granted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    granted_at = models.DateTimeField()
    signature = models.CharField(max_length=64)
    revoked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    revoked_at = models.DateTimeField(null=True)
    revoked_reason = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agent", "workflow_version", "action", "field_group", "segment"],
                condition=models.Q(revoked_at=None, cell=None),
                name="one_open_grant_per_cell",
            ),
            models.UniqueConstraint(
                fields=["cell"], condition=models.Q(revoked_at=None), name="one_open_grant_earned_by_a_cell"
            ),
            models.CheckConstraint(
                condition=~models.Q(revoked_by=None, revoked_at__isnull=False) | ~models.Q(revoked_reason=""),
                name="grant_taken_back_by_nobody_says_why",
            ),
        ]

    def __str__(self) -> str:
        return (
            f"{self.agent} {self.action} {self.field_group} in {self.segment or 'any segment'}: {self.level}"
        )


class CellStanding(models.Model):
    """Where a cell stands by its rows, as the clock told it last; derived, but for the two times.

    What was decided and what ran up to `restarted_at` counts no more. Up to `demoted_at` no signature counts: nothing
    runs by itself in the cell until it is signed anew.
    """

    cell = models.OneToOneField(Cell, on_delete=models.PROTECT, related_name="standing")
    restarted_at = models.DateTimeField(null=True)
    demoted_at = models.DateTimeField(null=True)
    # Decided one by one with nothing but the level against it: kept unchanged, not kept, and how strong that is.
    kept = models.IntegerField(default=0)
    failed = models.IntegerField(default=0)
    e_value = models.FloatField(default=1.0)
    proven_at = models.IntegerField(null=True)
    # Of what ran by itself since the signature: drawn by chance, of these found wrong and not read yet.
    drawn = models.IntegerField(default=0)
    wrong = models.IntegerField(default=0)
    waiting = models.IntegerField(default=0)
    fall_e_value = models.FloatField(default=1.0)
    fallen_at = models.IntegerField(null=True)
    # Found wrong without having been drawn by chance.
    alarms = models.IntegerField(default=0)
    followed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.kept} kept, {self.failed} not"


class CellTally(models.Model):
    """How many automatic actions of a cell ran since it was signed: the position of the next in its probation."""

    cell = models.OneToOneField(Cell, on_delete=models.PROTECT, related_name="tally")
    ran = models.IntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.ran} ran"


class Offer(models.Model):
    """The evidence of a cell suffices: it is offered to people with that evidence as it was, and one of them signs.

    The forecasts are of a fall of quality to `fall_to` on the day of the promotion (`early`) and after a long good time
    (`late`): automatic actions until the evidence stops it, and the wrong ones among them.
    """

    class Status(models.TextChoices):
        OPEN = "open", "Waits for a signature"
        SIGNED = "signed", "Signed"
        DECLINED = "declined", "Declined"
        WITHDRAWN = "withdrawn", "Withdrawn"

    cell = models.ForeignKey(Cell, on_delete=models.PROTECT, related_name="offers")
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.OPEN)
    policy_version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+")
    target = models.FloatField()
    alpha = models.FloatField()
    kept = models.IntegerField()
    failed = models.IntegerField()
    e_value = models.FloatField()
    # After so many of them it first sufficed.
    proven_after = models.IntegerField()
    since = models.DateTimeField()
    made_at = models.DateTimeField()
    fall_to = models.FloatField()
    early_actions = models.FloatField(null=True)
    early_wrong = models.FloatField(null=True)
    late_actions = models.FloatField(null=True)
    late_wrong = models.FloatField(null=True)
    grant = models.OneToOneField(Grant, null=True, on_delete=models.PROTECT, related_name="offer")
    closed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True, default="")
    sole_admin = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["cell"], condition=models.Q(status="open"), name="one_open_offer_per_cell"
            ),
            models.CheckConstraint(
                condition=models.Q(status="open", closed_at=None)
                | (~models.Q(status="open") & models.Q(closed_at__isnull=False)),
                name="offer_that_is_closed_says_when",
            ),
            models.CheckConstraint(
                condition=models.Q(status="signed", grant__isnull=False, closed_by__isnull=False)
                | (~models.Q(status="signed") & models.Q(grant=None)),
                name="signed_offer_names_its_grant_and_signer",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="declined") | models.Q(closed_by__isnull=False),
                name="declined_offer_names_who_declined",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_status_display()}: {self.cell}"


class CellEvent(models.Model):
    """Append-only: what became of a cell's autonomy, and by whom; without a person the evidence did it."""

    class Kind(models.TextChoices):
        OFFERED = "offered", "Offered"
        WITHDRAWN = "withdrawn", "Offer withdrawn"
        DECLINED = "declined", "Offer declined"
        SIGNED = "signed", "Signed"
        DEMOTED = "demoted", "Demoted"
        ALARM = "alarm", "Alarm"

    # Who answers for the agent hears of these by mail.
    TOLD: ClassVar = (Kind.OFFERED, Kind.DEMOTED, Kind.ALARM)

    cell = models.ForeignKey(Cell, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=9, choices=Kind.choices)
    why = models.CharField(max_length=500)
    person = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    person_label = models.CharField(max_length=200, blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["cell", "at", "id"], name="event_of_cell_by_time")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.why}"


class CellLetter(models.Model):
    """Taken by one worker before the mail about an event goes out, so that nobody gets two; `sent_at` once it is."""

    event = models.OneToOneField(CellEvent, on_delete=models.PROTECT, related_name="letter")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    taken_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.event_id} to {self.person}"
