"""The proposed values as form fields: to edit before approving, or to save as one's own at level suggest."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django import forms
from django.http import QueryDict

from approvals.selectors.items import ItemLine
from crmgov.records import registry
from crmgov.records.rules.values import Kind

# The text of a message is worked on, not only looked at.
BODY_ROWS = 14
# Longer values get room for several lines.
LONG = 80
YES_NO = (("true", "yes"), ("false", "no"))
NUMBERS = (Kind.INTEGER, Kind.DECIMAL)


def prefix_of(field: str) -> str:
    """The name of the control, kept apart from the form's own fields."""
    return f"value:{field}"


class ValuesForm(forms.Form):
    """One control per proposed field, filled with the proposal. What a value may be is for the service to say."""

    def __init__(
        self,
        lines: Sequence[ItemLine],
        references: Mapping[str, Sequence[tuple[str, str]]],
        data: QueryDict | None = None,
    ) -> None:
        super().__init__(data)
        self.lines = lines
        self.references = references
        for line in lines:
            self.fields[prefix_of(line.field)] = self._field(line)

    def refuse(self, errors: Mapping[str, str]) -> None:
        """Put the service's sentences under their controls."""
        for field, sentence in errors.items():
            if prefix_of(field) in self.fields:
                self.add_error(prefix_of(field), sentence)

    def _field(self, line: ItemLine) -> forms.Field:
        initial = as_text(line.edited if line.was_edited else line.proposed)
        choices = self._choices(line)
        if choices:
            return forms.ChoiceField(label=line.label, choices=choices, initial=initial, required=False)
        return forms.CharField(
            label=line.label, initial=initial, required=False, strip=False, widget=_widget(line, initial)
        )

    def _choices(self, line: ItemLine) -> list[tuple[str, str]]:
        if line.kind == Kind.BOOLEAN:
            return list(YES_NO)
        known = list(line.choices or self.references.get(line.field, ()))
        if line.kind == Kind.REFERENCE and not known and line.proposed:
            # Records are too many for a list: what stands there and what is proposed, by their names.
            known = [(as_text(line.now), line.now_label or as_text(line.now))] if line.now else []
        elif not known:
            return []
        proposed = as_text(line.proposed)
        if proposed and proposed not in dict(known):
            known.insert(0, (proposed, line.proposed_label or proposed))
        return [("", "empty"), *known]


def as_text(value: Any) -> str:
    """A JSON value as it stands in a control."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def typed(posted: QueryDict, *, record_type: str, taken: Collection[str]) -> dict[str, Any]:
    """Field -> raw value for those taken whose control was on the page."""
    return {
        field: _raw(record_type, field, str(posted[prefix_of(field)]))
        for field in taken
        if prefix_of(field) in posted
    }


def _raw(record_type: str, field: str, written: str) -> Any:
    """Lists are written with commas; browsers send the line ends of another age."""
    if registry.spec_of(record_type, field).kind is Kind.TEXTS:
        return [part.strip() for part in written.split(",") if part.strip()]
    return written.replace("\r\n", "\n")


def _widget(line: ItemLine, initial: str) -> forms.Widget:
    if line.kind == Kind.DATE:
        return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    if line.kind in NUMBERS:
        return forms.TextInput(attrs={"inputmode": "decimal"})
    if line.field == "body":
        return forms.Textarea(attrs={"rows": BODY_ROWS})
    if len(initial) > LONG or "\n" in initial:
        return forms.Textarea(attrs={"rows": 3})
    return forms.TextInput()
