"""Who shall answer for what."""

from __future__ import annotations

from typing import Any

from django import forms

from approvals.models import Steward
from crmgov.people.models import Role, User

from .agents import Refusable


class StewardForm(Refusable):
    duty = forms.ChoiceField(label="For", choices=Steward.Duty.choices)
    person = forms.ModelChoiceField(
        label="Person",
        queryset=User.objects.none(),
        empty_label="Choose a person",
        error_messages={"required": "Choose a person."},
    )
    why = forms.CharField(
        label="Why",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Kept with it, for whoever asks later.",
        error_messages={"required": "Say why, for whoever asks later."},
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        people = User.objects.filter(is_active=True).exclude(role=Role.AUDITOR).order_by("name")
        self.fields["person"].queryset = people  # type: ignore[attr-defined]
