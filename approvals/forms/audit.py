"""What somebody asks of the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from crmgov.kernel.actors import ActorType
from crmgov.records import registry
from crmgov.records.contracts import contract_for
from crmgov.records.rules import searches

ANY = "any"
# Days outside are slips of the hand, and the ends of the calendar have no zone.
FIRST, LAST = date(1970, 1, 1), date(2199, 12, 31)
ACTOR_TYPES = (
    (ActorType.HUMAN.value, "A person"),
    (ActorType.HUMAN_APPROVED_AI.value, "AI, approved by a person"),
    (ActorType.AI.value, "AI alone"),
    (ActorType.SYSTEM.value, "System"),
)
Choices = Sequence[tuple[str, Any]]


class Day(forms.Field):
    """A day as a browser posts it; the sentence names what was typed."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

    def to_python(self, value: Any) -> date | None:
        if value in self.empty_values:
            return None
        try:
            day = date.fromisoformat(str(value).strip())
        except ValueError as error:
            raise forms.ValidationError(f"“{str(value)[:20]}” is not a date like 2026-03-31.") from error
        if not FIRST <= day <= LAST:
            raise forms.ValidationError(f"{day.isoformat()} is no day of this ledger. Use 1970 to 2199.")
        return day


class OneOf(forms.ChoiceField):
    """A choice that may be left open; what is not in the list is named."""

    default_error_messages = {"invalid_choice": "“%(value)s” is not in the list."}

    def __init__(self, *, label: str) -> None:
        super().__init__(label=label, required=False, choices=())

    def validate(self, value: str) -> None:
        if value and not self.valid_value(value):
            message = self.error_messages["invalid_choice"]
            raise forms.ValidationError(message, params={"value": value[:40]})

    def offer(self, choices: Choices) -> None:
        self.choices = [("", ANY), *choices]


class AuditForm(forms.Form):
    """The filters of the audit page; every one may be left empty."""

    record = forms.CharField(
        label="Record",
        required=False,
        max_length=searches.LONGEST,
        error_messages={"max_length": f"A name or an id has {searches.LONGEST} characters at most."},
    )
    field = OneOf(label="Field")
    person = OneOf(label="Person")
    agent = OneOf(label="Agent")
    workflow = OneOf(label="Workflow version")
    actor_type = OneOf(label="Written by")
    source = forms.CharField(
        label="Source",
        required=False,
        max_length=120,
        widget=forms.TextInput(attrs={"list": "sources"}),
        error_messages={"max_length": "A source has 120 characters at most."},
    )
    since = Day(label="From", required=False)
    until = Day(label="To", required=False)

    def __init__(
        self,
        *args: Any,
        fields: Choices,
        people: Choices,
        agents: Choices,
        versions: Sequence[tuple[str, str]],
        **more: Any,
    ) -> None:
        super().__init__(*args, **more)
        self.versions = {f"{name} {version}": (name, version) for name, version in versions}
        offered = {
            "field": [*fields, *self._column_of_a_source()],
            "person": people,
            "agent": agents,
            "workflow": [(key, key) for key in self.versions],
            "actor_type": ACTOR_TYPES,
        }
        for name, choices in offered.items():
            control = self.fields[name]
            assert isinstance(control, OneOf)  # noqa: S101 (declared above)
            control.offer(choices)

    def _column_of_a_source(self) -> Choices:
        """An imported column has no place in the list of fields, but may be asked for by its address."""
        record_type, _, field = self.data.get("field", "").partition(".")
        if not field.startswith("extra.") or record_type not in registry.MODELS:
            return ()
        known = contract_for(record_type, field) is not None
        return [(f"{record_type}.{field}", registry.label(record_type, field))] if known else ()

    def clean_record(self) -> str:
        query = searches.read(self.cleaned_data["record"])
        if query.text and not query.is_findable:
            raise forms.ValidationError("Type a letter or a digit of the name, or an id.")
        return query.text

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", f"{until.isoformat()} lies before the first day, {since.isoformat()}.")
        return cleaned

    @property
    def said(self) -> dict[str, Any]:
        """Name -> cleaned value of the filters that are set; of a valid form."""
        return {name: value for name, value in self.cleaned_data.items() if value}

    @property
    def times(self) -> tuple[datetime | None, datetime | None]:
        """The first moment of the first day and the first after the last one, in the viewer's zone."""
        since, until = self.cleaned_data["since"], self.cleaned_data["until"]
        return _start(since), _start(until + timedelta(days=1) if until else None)


def _start(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time.min, timezone.get_current_timezone())
