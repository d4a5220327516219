"""Why not: a reason to choose, and words where the choices do not say it."""

from __future__ import annotations

from django import forms

from approvals.models import Decision
from approvals.services.recording import LONGEST_NOTE

NO_CHOICE = ("", "Choose a reason")


class RejectionForm(forms.Form):
    """The service has the last word on both; this only draws and keeps what was typed."""

    reason_code = forms.ChoiceField(
        label="Why not?",
        choices=[NO_CHOICE, *Decision.Reason.choices],
        widget=forms.Select(attrs={"autofocus": True}),
        error_messages={"required": "Choose a reason: the workflow learns from it."},
    )
    note = forms.CharField(
        label="Note",
        required=False,
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="The agent reads it. Needed when none of the reasons fits.",
    )
