"""What an admin says about a trained model. The services have the last word on each value."""

from __future__ import annotations

from typing import Any

from django import forms

from crmgov.people.models import Role, User

from .agents import Refusable


class WhyForm(Refusable):
    why = forms.CharField(
        label="Why",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Kept with it, for whoever asks later.",
        error_messages={"required": "Say why, for whoever asks later."},
    )


class ReviewForm(Refusable):
    """Who looks after it, what it is for, and when somebody looks again."""

    purpose = forms.CharField(
        label="What it is for", max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    limits = forms.CharField(
        label="What it is not for",
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="As in “no prices, no layoffs, nothing about single people”.",
    )
    owner = forms.ModelChoiceField(
        label="Owner",
        queryset=User.objects.none(),
        empty_label="Choose somebody",
        error_messages={"required": "Choose who looks after it."},
    )
    review_due = forms.DateField(
        label="Next review",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Choose a day.", "invalid": "Write the day as 2026-12-31."},
    )

    def __init__(self, data: Any = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        people = User.objects.filter(is_active=True).exclude(role=Role.AUDITOR).order_by("name", "pk")
        self.fields["owner"].queryset = people  # type: ignore[attr-defined]
