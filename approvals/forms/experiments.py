"""Drafting and ending an experiment. The services have the last word on each value."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from approvals.models import Experiment
from approvals.selectors import experiments as plates
from approvals.services import experiments
from approvals.services.experiments import LONGEST_DAYS, Plan
from scoring.arms import MOST_HELD_OUT

from .agents import Refusable
from .policy_rows import NUMBER


class ExperimentForm(Refusable):
    """`letter` is WORKFLOW-TEMPLATE, by their numbers."""

    name = forms.CharField(label="Name", max_length=80)
    letter = forms.ChoiceField(
        label="Letter (A)",
        help_text="As a workflow of ours writes it now.",
        error_messages={"required": "Choose the letter that is tried."},
    )
    variant = forms.ChoiceField(
        label="Against the text (B)",
        help_text="The newest version of another template, for the same purpose.",
        error_messages={"required": "Choose the text it is compared with."},
    )
    hypothesis = forms.CharField(
        label="What you expect, and why",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="As in “a shorter text is answered more often”. It stands beside the result.",
        error_messages={"required": "Say what you expect, and why: it is read beside the result."},
    )
    goal = forms.ChoiceField(label="Judged by", choices=Experiment.Goal.choices)
    days = forms.IntegerField(
        label="Within days of when the letter was due",
        initial=7,
        error_messages=NUMBER,
        help_text=f"1 to {LONGEST_DAYS}. Opting out of e-mail is counted over the same days.",
    )
    least = forms.DecimalField(
        label="A difference that matters, in percentage points",
        max_digits=4,
        decimal_places=1,
        initial=Decimal(5),
        error_messages=NUMBER,
        help_text="Less than this is called no difference.",
    )
    holdout = forms.IntegerField(
        label="Without any letter, in per cent",
        initial=0,
        error_messages=NUMBER,
        help_text=f"0 to {MOST_HELD_OUT}, and 0 for an answer that somebody waits for. "
        "They tell what the letter itself is worth. A and B share the rest.",
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        letters = experiments.letters(plates.workflows())
        found = [(f"{flow.pk}-{kept.pk}", f"{kept} ({flow})") for flow, kept in letters]
        self.fields["letter"].choices = [("", "Choose a letter"), *found]  # type: ignore[attr-defined]
        texts = [
            (one.template_id, f"{one.template} (for {one.template.purpose})") for one in plates.variants()
        ]
        self.fields["variant"].choices = [("", "Choose a text"), *texts]  # type: ignore[attr-defined]

    def plan(self) -> Plan:
        """Of a valid form."""
        given = dict(self.cleaned_data)
        workflow, _, letter = given.pop("letter").partition("-")
        return Plan(
            workflow_id=int(workflow), letter_id=int(letter), variant_id=int(given.pop("variant")), **given
        )


class EndForm(Refusable):
    why = forms.CharField(
        label="Why it ends",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Kept with it, for whoever asks later.",
        error_messages={"required": "Say why, for whoever asks later."},
    )
