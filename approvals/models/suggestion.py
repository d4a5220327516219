"""One intended action on one subject."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.expressions import RawSQL

from crmgov.kernel.ids import new_id
from crmgov.people.models import Team, User
from crmgov.people.policy import sees_everything

from .agent import Agent
from .contract import WorkflowContract
from .model_call import ModelCall
from .policy import PolicyVersion
from .queue import Queue
from .run import Run
from .workflow import WorkflowVersion


class Action(models.TextChoices):
    SET_FIELDS = "set_fields", "Set fields"
    CREATE_RECORD = "create_record", "Create a record"
    ASSIGN_OWNER = "assign_owner", "Assign an owner"
    MOVE_STAGE = "move_stage", "Move a stage"
    CREATE_TASK = "create_task", "Create a task"
    SEND_MESSAGE = "send_message", "Send a message"
    REQUEST_SUPPRESSION = "request_suppression", "Request a suppression"
    ADD_TAG = "add_tag", "Add a tag"
    LOG_SUMMARY = "log_summary", "Log a summary"


class SuggestionQuerySet(models.QuerySet["Suggestion"]):
    def for_user(self, user: User) -> Self:
        """Suggestions on records of the user's teams and shared ones; admins and auditors see all."""
        if sees_everything(user):
            return self
        mine = Team.objects.filter(memberships__user=user).values("pk")
        return self.filter(models.Q(team__in=mine) | models.Q(team=None))

    def queued(self) -> Self:
        return self.filter(status=Suggestion.Status.QUEUED)

    def waiting(self) -> Self:
        """Queued and work for somebody: the rest of a run waits for the sample of it, not for people."""
        return self.filter(status=Suggestion.Status.QUEUED, held_by_run=False)


class Suggestion(models.Model):
    """`status` answers "may we?"; whether it was done stands on its execution, nowhere else."""

    class Status(models.TextChoices):
        BLOCKED = "blocked", "Blocked"
        SHADOWED = "shadowed", "Shadowed"
        QUEUED = "queued", "Waiting for a person"
        APPROVED = "approved", "Approved"
        REJECTED = "rejected", "Rejected"
        EXPIRED = "expired", "Expired"
        SUPERSEDED = "superseded", "Superseded"
        WITHDRAWN = "withdrawn", "Withdrawn"

    OPEN: ClassVar = (Status.QUEUED,)

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.BigIntegerField(
        unique=True, editable=False, db_default=RawSQL("nextval('approvals_suggestion_number')", ())
    )
    status = models.CharField(max_length=10, choices=Status.choices)
    action = models.CharField(max_length=20, choices=Action.choices)
    record_type = models.CharField(max_length=16)
    # Null while a create_record waits; the record it made afterwards.
    record_id = models.UUIDField(null=True)
    record_label = models.CharField(max_length=300)
    # The account the subject hangs on, for context and for its owner's rights.
    account_id = models.UUIDField(null=True)
    team = models.ForeignKey(Team, null=True, on_delete=models.PROTECT, related_name="+")
    agent = models.ForeignKey(Agent, null=True, on_delete=models.PROTECT, related_name="suggestions")
    proposed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    workflow_version = models.ForeignKey(
        WorkflowVersion, on_delete=models.PROTECT, related_name="suggestions"
    )
    title = models.CharField(max_length=300)
    # Digest of the fields and values proposed: of two that would make the same, one is open.
    asks = models.CharField(max_length=64, blank=True, default="")
    # What a message is for: of one purpose, one is open to a contact.
    purpose = models.CharField(max_length=40, blank=True, default="")
    reason = models.TextField(blank=True, default="")
    confidence = models.DecimalField(max_digits=5, decimal_places=4, null=True)
    # [{"name", "value"}]: facts the agent says it relied on, with the values it saw.
    facts = models.JSONField(default=list)
    # [{"text", "type", "id"}]: what a message states, and the record, activity or fact it has that from.
    stated = models.JSONField(default=list)
    # The call of a language model after which its text was written, or was not; null where none was asked.
    model_call = models.ForeignKey(ModelCall, null=True, on_delete=models.PROTECT, related_name="suggestions")
    level_requested = models.CharField(max_length=8)
    level = models.CharField(max_length=8)
    # Stored so that the queue can be ordered and filtered by index.
    verdict = models.CharField(max_length=8)
    rules = ArrayField(models.CharField(max_length=40), default=list)
    high_risk = models.BooleanField(default=False)
    segment = models.CharField(max_length=40, blank=True, default="")
    value_at_stake = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    policy_version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+")
    # The revision of its workflow's contract it was last judged by; null where there was none.
    contract = models.ForeignKey(WorkflowContract, null=True, on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64)
    # The run it was posted in, its lot, whether it was drawn, and whether it waits for those that were.
    run = models.ForeignKey(Run, null=True, on_delete=models.PROTECT, related_name="suggestions")
    run_lot = models.FloatField(null=True)
    in_run_sample = models.BooleanField(default=False)
    held_by_run = models.BooleanField(default=False)
    queue = models.ForeignKey(Queue, null=True, on_delete=models.PROTECT, related_name="suggestions")
    sla_due_at = models.DateTimeField(null=True)
    effective_due_at = models.DateTimeField(null=True)
    due_explained = models.CharField(max_length=300, blank=True, default="")
    # When it was noticed that the effective due time had passed: set once, by the clock.
    overdue_at = models.DateTimeField(null=True)
    stale_since = models.DateTimeField(null=True)
    in_conflict = models.BooleanField(default=False)
    claimed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    claimed_until = models.DateTimeField(null=True)
    # On the way to a decision: out of sight until then, asked back since, raised since. The notes say by whom.
    snoozed_until = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)
    escalated_at = models.DateTimeField(null=True)
    supersedes = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="superseded_by")
    chain = ArrayField(models.UUIDField(), default=list)
    made_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    objects: ClassVar = SuggestionQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["queue", "effective_due_at", "id"],
                name="queued_by_due",
                condition=models.Q(status="queued"),
            ),
            models.Index(
                fields=["team", "effective_due_at", "id"],
                name="queued_by_team_and_due",
                condition=models.Q(status="queued"),
            ),
            models.Index(
                fields=["effective_due_at", "id"],
                name="queued_by_effective_due",
                condition=models.Q(status="queued"),
            ),
            # The few that are asked back, raised or asleep: each of their views reads this one.
            models.Index(
                fields=["effective_due_at", "id"],
                name="queued_and_set_aside",
                condition=models.Q(status="queued")
                & (
                    models.Q(snoozed_until__isnull=False)
                    | models.Q(asked_at__isnull=False)
                    | models.Q(escalated_at__isnull=False)
                ),
            ),
            # One index serves an order both ways; null values are a range of it (records.selectors.keyset).
            models.Index(
                fields=["value_at_stake", "id"], name="queued_by_value", condition=models.Q(status="queued")
            ),
            models.Index(
                fields=["queue", "value_at_stake", "id"],
                name="queued_by_queue_and_value",
                condition=models.Q(status="queued"),
            ),
            models.Index(
                fields=["made_at", "id"], name="queued_by_made", condition=models.Q(status="queued")
            ),
            models.Index(
                fields=["queue", "made_at", "id"],
                name="queued_by_queue_and_made",
                condition=models.Q(status="queued"),
            ),
            models.Index(
                fields=["effective_due_at"],
                name="becoming_overdue",
                condition=models.Q(status="queued", overdue_at=None),
            ),
            models.Index(
                fields=["overdue_at"],
                name="overdue",
                condition=models.Q(status="queued", overdue_at__isnull=False),
            ),
            models.Index(fields=["-made_at", "-id"], name="suggestion_by_made"),
            models.Index(fields=["record_id", "-made_at"], name="suggestion_of_record"),
            models.Index(fields=["account_id", "-made_at"], name="suggestion_of_account"),
            models.Index(fields=["agent", "-made_at", "-id"], name="suggestion_of_agent"),
            models.Index(
                fields=["run", "run_lot"],
                name="suggestion_of_run",
                condition=models.Q(run__isnull=False),
            ),
            GinIndex(fields=["title"], name="suggestion_title_trgm", opclasses=["gin_trgm_ops"]),
            GinIndex(fields=["record_label"], name="suggestion_label_trgm", opclasses=["gin_trgm_ops"]),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(
                    status__in=[
                        "blocked",
                        "shadowed",
                        "queued",
                        "approved",
                        "rejected",
                        "expired",
                        "superseded",
                        "withdrawn",
                    ]
                ),
                name="suggestion_status_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(agent__isnull=False) | models.Q(proposed_by__isnull=False),
                name="suggestion_has_a_proposer",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="queued") | models.Q(effective_due_at__isnull=False),
                name="queued_suggestion_has_a_due_time",
            ),
            models.CheckConstraint(
                condition=models.Q(status="queued", closed_at=None) | ~models.Q(status="queued"),
                name="queued_suggestion_is_not_closed",
            ),
            models.CheckConstraint(
                condition=models.Q(held_by_run=False) | models.Q(run__isnull=False, status="queued"),
                name="only_what_is_queued_is_held_by_a_run",
            ),
            # What makes something new is asked once (DESIGN §5); set_fields questions are held by SuggestionItem.
            models.UniqueConstraint(
                fields=["action", "record_type", "record_id", "team", "account_id", "title", "asks"],
                condition=models.Q(
                    status="queued",
                    action__in=[
                        "create_record",
                        "create_task",
                        "request_suppression",
                        "add_tag",
                        "log_summary",
                    ],
                ),
                nulls_distinct=False,
                name="one_open_suggestion_to_make_the_same",
            ),
            models.UniqueConstraint(
                fields=["record_id", "purpose"],
                condition=models.Q(status="queued", action="send_message"),
                name="one_open_message_per_contact_and_purpose",
            ),
        ]

    def __str__(self) -> str:
        return f"Suggestion {self.number}: {self.title}"

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.QUEUED


class SuggestionItem(models.Model):
    """One proposed change: field, value as seen, proposed value.

    `question_open` mirrors "queued and not in a conflict".
    """

    suggestion = models.ForeignKey(Suggestion, on_delete=models.CASCADE, related_name="items")
    position = models.SmallIntegerField()
    record_id = models.UUIDField(null=True)
    field = models.CharField(max_length=120)
    group = models.CharField(max_length=20)
    seen = models.JSONField(null=True)
    proposed = models.JSONField(null=True)
    seen_label = models.CharField(max_length=300, blank=True, default="")
    proposed_label = models.CharField(max_length=300, blank=True, default="")
    confidence = models.DecimalField(max_digits=5, decimal_places=4, null=True)
    source = models.CharField(max_length=120, blank=True, default="")
    evidence = models.JSONField(default=list)
    question_open = models.BooleanField(default=False)
    # What the decision said: true taken, false not taken, null not decided.
    taken = models.BooleanField(null=True)
    edited = models.JSONField(null=True)
    was_edited = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["suggestion", "field"], name="suggestion_names_a_field_once"),
            models.UniqueConstraint(
                fields=["record_id", "field"],
                condition=models.Q(question_open=True, record_id__isnull=False),
                name="one_open_question_per_record_and_field",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.field}: {self.seen} to {self.proposed}"

    @property
    def wanted(self) -> Any:
        """What would be done: the decider's edit, else what was proposed."""
        return self.edited if self.was_edited else self.proposed
