"""The contract of a workflow, as an admin writes it. The service has the last word on each value."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone

from approvals.models import Action, Metric, WorkflowContract
from approvals.rules.eligibility import EXCLUSIONS
from approvals.selectors import choices
from approvals.services.contracts import Clauses
from crmgov.people.models import User
from crmgov.records.registry import MODELS

from .agents import Refusable
from .policies import entries
from .policy_rows import NUMBER

REVIEW_AFTER = timedelta(days=90)
DAY = {"invalid": "Write a day such as 2027-01-31.", "required": "Choose a day."}
LISTS = ("reads", "writes")


def _day(label: str, help_text: str = "") -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, help_text=help_text, error_messages=DAY)


def _ticks(label: str, *, required: bool, help_text: str = "", say: str = "") -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label,
        required=required,
        widget=forms.CheckboxSelectMultiple,
        help_text=help_text,
        error_messages={"required": say},
    )


def _words(label: str, help_text: str = "", say: str = "", rows: int = 2) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": rows}),
        help_text=help_text,
        error_messages={"required": say},
    )


def _fields(label: str, help_text: str) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 4})
    return forms.CharField(label=label, required=False, widget=widget, help_text=help_text)


class ContractForm(Refusable):
    """In the order of the page; `against` is the revision it was written from."""

    against = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    owner = forms.ModelChoiceField(
        label="Owner",
        queryset=User.objects.none(),
        empty_label="Choose a person",
        help_text="Answers for it and looks at it again when its review is due.",
        error_messages={"required": "Choose who answers for it."},
    )
    trigger = _words("What starts it", "As in “a new account” or “every night”.", "Say what starts it.")
    record_types = _ticks(
        "Records it is for", required=True, say="Name the records it is for, at least one type."
    )
    segments = _ticks("Only in these segments", required=False, help_text="None ticked: in every segment.")
    excluded = _ticks("Never for", required=False)
    actions = _ticks("What it does", required=True, say="Name what it does, at least one action.")
    reads = _fields("Fields it reads", "One a line, as in account.industry.")
    writes = _fields("Fields it writes", "One a line. What is not named here is blocked.")
    needs_history = forms.BooleanField(
        label="It needs the history of an account",
        required=False,
        help_text="Then a person decides everything it proposes: it never goes above draft.",
    )
    review_rule = _words(
        "How it is reviewed", "Who looks at what, and how often.", "Say who looks at what, and how often."
    )
    sla_hours = forms.IntegerField(
        label="Decided within, business hours",
        error_messages=NUMBER,
        help_text="Or sooner, where the queue says so.",
    )
    rollback_rule = _words(
        "How it is put back", "What is reverted, and when.", "Say how it is put back, and when."
    )
    metric = forms.ChoiceField(label="Judged by", choices=Metric.choices)
    metric_field = forms.CharField(
        label="Measured on the field",
        max_length=120,
        required=False,
        help_text="Only for a share of records, as in account.industry.",
    )
    started_on = _day("Began on", "The 28 days before are its baseline.")
    minutes_saved = forms.DecimalField(
        label="Minutes saved by one suggestion", max_digits=6, decimal_places=1, error_messages=NUMBER
    )
    review_due = _day("Review due on")
    why = _words(
        "Why this revision", "Kept with it, for whoever asks later.", "Say why, for whoever asks later.", 3
    )

    def __init__(self, data: Any = None, *, last: WorkflowContract | None = None) -> None:
        super().__init__(data, initial=_shown(last))
        self.fields["owner"].queryset = User.objects.filter(is_active=True).order_by("name")  # type: ignore[attr-defined]
        offered = {
            "record_types": [(name, name.replace("_", " ").capitalize()) for name in MODELS],
            "segments": choices.segments(),
            "excluded": [(name, said[:1].upper() + said[1:]) for name, said in EXCLUSIONS.items()],
            "actions": Action.choices,
        }
        for name, pairs in offered.items():
            self.fields[name].choices = pairs  # type: ignore[attr-defined]

    def clauses(self) -> Clauses:
        """Of a valid form."""
        given = self.cleaned_data
        named: dict[str, Any] = {name: given[name] for name in PLAIN}
        named |= {name: entries(given[name]) for name in LISTS}
        return Clauses(owner_id=given["owner"].pk, **named)


PLAIN = (
    "trigger", "record_types", "segments", "excluded", "actions", "needs_history", "review_rule", "sla_hours",
    "rollback_rule", "metric", "metric_field", "started_on", "minutes_saved", "review_due",
)  # fmt: skip


def _shown(last: WorkflowContract | None) -> dict[str, Any]:
    if last is None:
        today = timezone.localdate()
        return {"against": 0, "sla_hours": 24, "started_on": today, "review_due": today + REVIEW_AFTER}
    return {
        **{name: getattr(last, name) for name in PLAIN},
        **{name: "\n".join(getattr(last, name)) for name in LISTS},
        "against": last.number,
        "owner": last.owner_id,
    }
