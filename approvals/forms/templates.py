"""Writing a template, and signing for one. What a text may hold is for the services to say."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from approvals.models import TemplateVersion
from approvals.models.message import LONGEST_STANDING
from approvals.services.standing_approvals import NONE
from crmgov.kernel import days
from crmgov.records.models import Segment
from crmgov.records.models.accounts import Lifecycle

from .agents import Refusable

# Ticked for everybody.
EVERY = "*"
PURPOSE = "What consent is asked for, as in onboarding, service, newsletter. It stays with the template."


class TextForm(Refusable):
    """The text of the next version; `against` is the one it was written from."""

    subject = forms.CharField(label="Subject", max_length=200)
    body = forms.CharField(
        label="Text",
        strip=False,
        widget=forms.Textarea(attrs={"rows": 14}),
        help_text="Plain text, or paragraphs, lists, bold and https links as HTML.",
    )
    why = forms.CharField(label="Why", max_length=300, help_text="Kept with it, for whoever asks later.")
    against = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, data: Any = None, *, last: TemplateVersion | None = None) -> None:
        start: dict[str, Any] = {"against": last.number if last else 0}
        if last is not None:
            start |= {"subject": last.subject, "body": last.body}
        super().__init__(data, initial=start)


class NewTemplateForm(TextForm):
    """The same, with a name and what it is for."""

    name = forms.CharField(label="Name", max_length=80, help_text="Agents name a version as NAME@NUMBER.")
    purpose = forms.CharField(label="Purpose", max_length=40, help_text=PURPOSE)

    field_order = ("name", "purpose", "subject", "body", "why", "against")


class StandingForm(Refusable):
    """For whom, and until when."""

    segments = forms.MultipleChoiceField(
        label="Segments",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Tick the segments that may get it, or “Every segment”."},
    )
    lifecycles = forms.MultipleChoiceField(
        label="Stages",
        choices=[(EVERY, "Every stage"), *Lifecycle.choices, (NONE, "No stage")],
        widget=forms.CheckboxSelectMultiple,
        help_text="Of the contact, else of its account.",
        error_messages={"required": "Tick the stages that may get it, or “Every stage”."},
    )
    until = forms.DateField(
        label="Until the end of",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        initial=lambda: timezone.localdate() + timedelta(days=30),
        help_text=f"Within {LONGEST_STANDING.days} days. {days.WHERE}",
    )
    why = forms.CharField(label="Why", max_length=300, help_text="Kept with it, for whoever asks later.")

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        names = Segment.objects.values_list("name", flat=True)
        every, none = (EVERY, "Every segment"), (NONE, "No segment")
        self.fields["segments"].choices = [every, *((one, one) for one in names), none]  # type: ignore[attr-defined]

    def clean_segments(self) -> list[str]:
        """Empty for every segment: nobody signs for everybody by leaving something out."""
        return _audience(self.cleaned_data["segments"], "Every segment")

    def clean_lifecycles(self) -> list[str]:
        """Empty for every stage."""
        return _audience(self.cleaned_data["lifecycles"], "Every stage")

    def until_at(self) -> datetime:
        return days.end_of(self.cleaned_data["until"])


def _audience(ticked: list[str], every: str) -> list[str]:
    if EVERY not in ticked:
        return ticked
    if len(ticked) > 1:
        raise forms.ValidationError(
            f"“{every}” is ticked with others. Tick it alone, or only those you mean."
        )
    return []
