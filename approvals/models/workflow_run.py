"""How the built-in workflows run: from where they read the news, what they look at again, and what failed."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from crmgov.kernel.ids import new_id
from crmgov.people.models import User
from crmgov.records.models import RecordEvent

from .workflow import Workflow


class WorkflowStart(models.Model):
    """One per built-in workflow: since when it reads the news, how far it has read, and when it ran last.

    Every event up to `read_to` is done with. Ids are given before they are committed, so it follows `seen_to`, the
    last id that was there at `seen_at`, only once nothing of that time can still come in.
    """

    workflow = models.OneToOneField(Workflow, on_delete=models.PROTECT, related_name="start")
    registered_at = models.DateTimeField()
    read_to = models.BigIntegerField()
    seen_to = models.BigIntegerField()
    seen_at = models.DateTimeField()
    # When it last had something to look at, how many records that were, and how many suggestions it made of them.
    ran_at = models.DateTimeField(null=True)
    looked_at = models.IntegerField(default=0)
    proposed = models.IntegerField(default=0)
    # Since when news waits because its agent made as many suggestions as the policy lets it.
    full_since = models.DateTimeField(null=True)
    # While a worker waits for a language model, the others leave its news to it.
    writing_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"Start of {self.workflow}"


class WorkflowLook(models.Model):
    """A record that a workflow looks at again at `due_at`, because time alone will have changed what is to be done."""

    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="looks")
    record_type = models.CharField(max_length=16)
    record_id = models.UUIDField()
    why = models.CharField(max_length=40)
    due_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["workflow", "due_at", "id"], name="workflow_look_by_due")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workflow", "record_id", "why"], name="workflow_looks_again_once_for_each_reason"
            )
        ]

    def __str__(self) -> str:
        return f"{self.workflow}: {self.why} of a {self.record_type} at {self.due_at:%Y-%m-%d %H:%M}"


class WorkflowTick(models.Model):
    """One turn of a schedule, taken once however many beats ring; `after` is the last record that was looked at.

    One worker at a time goes on with it, until `busy_until` where it died.
    """

    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="ticks")
    tick = models.CharField(max_length=20)
    started_at = models.DateTimeField()
    after = models.UUIDField(null=True)
    proposed = models.IntegerField(default=0)
    busy_until = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workflow", "tick"], name="workflow_runs_a_tick_once")
        ]

    def __str__(self) -> str:
        return f"{self.workflow} {self.tick}"


class WorkflowFailure(models.Model):
    """A record over which a workflow broke. It stands alone: all others of its batch went on.

    `event` is the news that led there, null where the clock did. It is settled by the retry that went well.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="failures")
    event = models.ForeignKey(RecordEvent, null=True, on_delete=models.PROTECT, related_name="+")
    record_type = models.CharField(max_length=16)
    record_id = models.UUIDField()
    record_label = models.CharField(max_length=300, blank=True, default="")
    why = models.CharField(max_length=40, blank=True, default="")
    error = models.CharField(max_length=500)
    at = models.DateTimeField()
    tries = models.SmallIntegerField(default=1)
    tried_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    # Taken by one worker before the mail to the owner goes out, so that nobody gets two; `sent_at` once it is.
    told = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    taken_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["workflow", "-at"],
                name="workflow_failure_open",
                condition=models.Q(settled_at=None),
            )
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workflow", "record_id"],
                condition=models.Q(settled_at=None),
                name="one_open_failure_per_workflow_and_record",
            ),
            models.CheckConstraint(
                condition=models.Q(settled_at=None) | models.Q(settled_by__isnull=False),
                name="settled_failure_names_who_settled_it",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.workflow}: {self.error}"
