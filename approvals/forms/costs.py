"""What a workflow costs, as an admin says it."""

from __future__ import annotations

from typing import Any

from django import forms

from approvals.models import WorkflowCost

from .agents import Refusable
from .policy_rows import NUMBER


class CostForm(Refusable):
    """Amounts in the currency of the policy."""

    labour_hour = forms.DecimalField(
        label="An hour of the people whose work it saves",
        max_digits=10,
        decimal_places=2,
        error_messages=NUMBER,
        help_text="With what their employer pays on top. Reviewing is counted by it too.",
    )
    build = forms.DecimalField(
        label="Building it, once",
        max_digits=14,
        decimal_places=2,
        error_messages=NUMBER,
        help_text="0 where it came with crmgov and nobody adapted it.",
    )
    running_month = forms.DecimalField(
        label="Running it, a month",
        max_digits=12,
        decimal_places=2,
        error_messages=NUMBER,
        help_text="Its model, its data, and whoever looks after it.",
    )
    why = forms.CharField(
        label="Where these come from",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Kept with it, for whoever asks later.",
        error_messages={"required": "Say why, for whoever asks later."},
    )

    def __init__(self, data: Any = None, *, last: WorkflowCost | None = None) -> None:
        names = ("labour_hour", "build", "running_month")
        super().__init__(data, initial={name: getattr(last, name) for name in names} if last else {})
