"""Calls of a language model that writes: what each took and cost, and what became of it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from crmgov.kernel.ids import new_id

from .workflow import Workflow


class ModelCall(models.Model):
    """One letter asked of a model. Neither question nor answer is kept, only the question's digest.

    `given` is [[type, id or field]] of all it was shown. `says` is why its text was not taken; empty where it was.
    """

    class Outcome(models.TextChoices):
        WRITTEN = "written", "Written"
        TIMED_OUT = "timed_out", "No answer in time"
        DECLINED = "declined", "Declined by the model"
        REFUSED = "refused", "Refused by us"
        NONSENSE = "nonsense", "No letter"
        FAILED = "failed", "Failed"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="model_calls")
    contact_id = models.UUIDField()
    template = models.CharField(max_length=120)
    model = models.CharField(max_length=120)
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    says = models.CharField(max_length=300, blank=True, default="")
    tokens_in = models.IntegerField(default=0)
    tokens_out = models.IntegerField(default=0)
    # In the reporting currency of then; null where no price was set.
    cost = models.DecimalField(max_digits=14, decimal_places=6, null=True)
    currency = models.CharField(max_length=3, blank=True, default="")
    milliseconds = models.IntegerField()
    prompt_sha256 = models.CharField(max_length=64)
    given = models.JSONField(default=list)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["workflow", "-at"], name="model_call_of_workflow")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(
                    outcome__in=["written", "timed_out", "declined", "refused", "nonsense", "failed"]
                ),
                name="model_call_outcome_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(outcome="written", says="")
                | ~models.Q(outcome="written") & ~models.Q(says=""),
                name="model_call_says_why_nothing_was_taken",
            ),
            models.CheckConstraint(
                condition=models.Q(tokens_in__gte=0, tokens_out__gte=0, milliseconds__gte=0),
                name="model_call_counts_upward",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model}, {self.get_outcome_display().lower()}"
