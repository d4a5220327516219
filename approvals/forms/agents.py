"""An agent, a key, a grant: what an admin fills in. The services have the last word on each value."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from approvals.models import Action, Agent, WorkflowVersion
from approvals.models.agent import Scope
from approvals.services.agents import LONGEST_LIFE
from approvals.services.grants import GRANTABLE
from crmgov.people.models import Team, User
from crmgov.records.contracts import GROUPS
from crmgov.records.models import Segment

KEY_LIVES = timedelta(days=90)


class Refusable(forms.Form):
    """A form that can show the sentences of a service under its controls."""

    def refuse(self, say: str, errors: Mapping[str, str]) -> None:
        """What the form itself found wrong with a field is not said twice."""
        self.is_valid()
        named = {field: sentence for field, sentence in errors.items() if field in self.fields}
        for field, sentence in named.items():
            if field not in self.errors:
                self.add_error(field, sentence)
        if not named:
            self.add_error(None, say)


class AgentForm(Refusable):
    name = forms.CharField(label="Name", max_length=80, help_text="As it will stand beside what it wrote.")
    owner = forms.ModelChoiceField(
        label="Owner",
        queryset=User.objects.none(),
        empty_label="Choose a person",
        help_text="Answers for it, and is not the only one who approves what it proposes.",
    )
    teams = forms.ModelMultipleChoiceField(
        label="Teams",
        queryset=Team.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="It sees the records of these teams and shared ones.",
    )
    description = forms.CharField(label="What it does", max_length=300, required=False)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        self.fields["owner"].queryset = User.objects.filter(is_active=True)  # type: ignore[attr-defined]
        self.fields["teams"].queryset = Team.objects.all()  # type: ignore[attr-defined]


class KeyForm(Refusable):
    scopes = forms.MultipleChoiceField(
        label="Scopes", choices=Scope.choices, widget=forms.CheckboxSelectMultiple, initial=Scope.values
    )
    expires_on = forms.DateField(
        label="Expires at the end of",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        initial=lambda: timezone.localdate() + KEY_LIVES,
        help_text="Within a year.",
    )

    def clean_expires_on(self) -> date:
        """Far days have no next one; what a year is exactly is for the service to say."""
        chosen: date = self.cleaned_data["expires_on"]
        if chosen > timezone.localdate() + LONGEST_LIFE:
            raise forms.ValidationError("A key expires within a year.")
        return chosen

    def expires_at(self) -> datetime:
        end = self.cleaned_data["expires_on"] + timedelta(days=1)
        return datetime.combine(end, time.min, timezone.get_current_timezone())

    def refuse(self, say: str, errors: Mapping[str, str]) -> None:
        super().refuse(say, {"expires_on" if key == "expires_at" else key: s for key, s in errors.items()})


class GrantForm(Refusable):
    """The cell (DESIGN §2) and how far it may go."""

    workflow_version = forms.ModelChoiceField(
        label="Workflow", queryset=WorkflowVersion.objects.none(), empty_label="Choose a version"
    )
    action = forms.ChoiceField(label="Action", choices=Action.choices)
    field_group = forms.ChoiceField(
        label="Fields", choices=[(group.name, group.name.replace("_", " ").capitalize()) for group in GROUPS]
    )
    segment = forms.ChoiceField(label="Segment", required=False)
    level = forms.ChoiceField(label="Up to", choices=[(str(level), str(level)) for level in GRANTABLE])
    reason = forms.CharField(label="Reason", max_length=300, help_text="For whoever asks later.")

    def __init__(self, agent: Agent, data: Any = None) -> None:
        super().__init__(data)
        versions: QuerySet[WorkflowVersion] = WorkflowVersion.objects.filter(workflow__agent=agent)
        self.fields["workflow_version"].queryset = versions.select_related("workflow")  # type: ignore[attr-defined]
        names = Segment.objects.values_list("name", flat=True)
        self.fields["segment"].choices = [("", "Any segment"), *((name, name) for name in names)]  # type: ignore[attr-defined]
