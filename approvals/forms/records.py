"""A record to edit by hand: one control per field a person may change, with what it showed kept beside it.

What a value may be is for the service to say; this draws, keeps what was typed, and tells what differs.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone

from approvals.forms.values import as_text
from approvals.templatetags import phrases
from crmgov.records import registry
from crmgov.records.contracts import contract_for
from crmgov.records.rules.values import Kind
from crmgov.records.selectors.records import FieldPlate, Group

SEEN, WAS, CHOSEN, CONTESTED = "seen:", "was:", "stands:", "contested:"
MINE, THEIRS = "mine", "theirs"
LONG_FIELDS = {"body", "note", "pricing_notes", "legal_notes", "procurement_notes"}
# The owner's view has a form of its own, scores come from scoring, a task is done by a button.
NOT_HERE = {"churn_score", "lead_score", "done_at"}
NUMBERS = (Kind.INTEGER, Kind.DECIMAL)
MOMENT = "%Y-%m-%dT%H:%M"
HELP = {
    Kind.TEXTS: "Several, with commas between.",
    Kind.REFERENCE: "Its name, or the address of its page.",
}


@dataclass(frozen=True, slots=True)
class Typed:
    """What a person wants to change: per field the JSON value they saw and the text they wrote."""

    seen: dict[str, Any]
    texts: dict[str, str]
    unsettled: tuple[str, ...]


class RecordForm(forms.Form):
    """`record_type` with the plates of today; `references` are lists to choose from, `fields` what may change."""

    def __init__(
        self,
        *,
        record_type: str,
        groups: Sequence[Group],
        fields: Iterable[str],
        references: Mapping[str, Sequence[tuple[str, str]]],
        data: QueryDict | None = None,
    ) -> None:
        super().__init__(data)
        self.record_type, self.references = record_type, references
        allowed = set(fields)
        self.plates = {
            plate.name: plate for group in groups for plate in group.fields if plate.name in allowed
        }
        for plate in self.plates.values():
            self.fields[plate.name] = self._control(plate)

    def refuse(self, errors: Mapping[str, str]) -> None:
        """Put the service's sentences under their controls; what has none stands above the form."""
        self.is_valid()
        for field, sentence in errors.items():
            self.add_error(field if field in self.fields else None, sentence)

    def typed(self) -> Typed:
        """Return what differs from what the form showed; a contested field only where one's own value is to stand."""
        seen, texts, unsettled = {}, {}, []
        for name in self.fields:
            if f"{WAS}{name}" not in self.data:
                continue
            text = self._text(name)
            if text == self.data[f"{WAS}{name}"].replace("\r\n", "\n"):
                continue
            stands = self.data.get(f"{CHOSEN}{name}", "")
            if f"{CONTESTED}{name}" in self.data and stands != MINE:
                unsettled += [name] if stands != THEIRS else []
                continue
            seen[name], texts[name] = self.seen(name), text
        return Typed(seen, texts, tuple(unsettled))

    def shown(self, name: str) -> str:
        """Return the text the control had when the page was first drawn."""
        was = self.data.get(f"{WAS}{name}") if self.is_bound else None
        return self.initial_text(self.plates[name]) if was is None else str(was)

    def seen_json(self, name: str, *, now: bool) -> str:
        """Return the value the person has seen: today's once it was shown to them, else what they came with."""
        posted = self.data.get(f"{SEEN}{name}") if self.is_bound else None
        return json.dumps(self.plates[name].value) if now or posted is None else str(posted)

    def is_contested(self, name: str) -> bool:
        return self.is_bound and f"{CONTESTED}{name}" in self.data

    def initial_text(self, plate: FieldPlate) -> str:
        kind = Kind(plate.kind)
        if kind is Kind.REFERENCE and not self.references.get(plate.name):
            return plate.words
        if kind is Kind.MOMENT and (at := phrases.as_moment(plate.value)):
            return timezone.localtime(at).strftime(MOMENT)  # type: ignore[arg-type]
        return as_text(plate.value)

    def _text(self, name: str) -> str:
        if isinstance(self.fields[name], forms.BooleanField):
            return "true" if name in self.data else "false"
        return str(self.data.get(name, "")).replace("\r\n", "\n").strip()

    def seen(self, name: str) -> Any:
        try:
            return json.loads(self.data.get(f"{SEEN}{name}", "null"))
        except (ValueError, RecursionError):
            return None

    def _control(self, plate: FieldPlate) -> forms.Field:
        kind, initial = Kind(plate.kind), self.initial_text(plate)
        if kind is Kind.BOOLEAN:
            return forms.BooleanField(label=plate.label, required=False, initial=plate.value is True)
        if choices := self._choices(plate, kind):
            return forms.ChoiceField(label=plate.label, required=False, initial=initial, choices=choices)
        return forms.CharField(
            label=plate.label,
            required=False,
            strip=False,
            initial=initial,
            widget=_widget(plate.name, kind),
            help_text=HELP.get(kind, ""),
        )

    def _choices(self, plate: FieldPlate, kind: Kind) -> list[tuple[str, str]]:
        spec = registry.spec_of(self.record_type, plate.name)
        known = list(self.references.get(plate.name, ()))
        if kind is Kind.CHOICE:
            known = [(key, registry.choice_label(self.record_type, plate.name, key)) for key in spec.choices]
        if not known:
            return []
        now = as_text(plate.value)
        if now and now not in dict(known):
            known.insert(0, (now, plate.words or now))
        return known if spec.required else [("", "none"), *known]


def editable(record_type: str, groups: Iterable[Group], *, administer: bool) -> list[str]:
    """Return the fields that stand in the form: governed, not the owner's view, not a score, not raw source data."""
    return [
        plate.name
        for group in groups
        for plate in group.fields
        if (contract := contract_for(record_type, plate.name)) is not None
        and contract.group not in ("owner_view", "extra")
        and plate.name not in NOT_HERE
        and (plate.name != "team" or administer)
    ]


def raw_of(record_type: str, name: str, text: str) -> Any:
    """Return the typed text as the service reads it; a time without zone is in the person's own."""
    kind = registry.spec_of(record_type, name).kind
    if kind is Kind.TEXTS:
        return [part.strip() for part in text.split(",") if part.strip()]
    if kind is Kind.MOMENT and text:
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            return text
        return (at if at.tzinfo else timezone.make_aware(at)).isoformat()
    return text


def _widget(name: str, kind: Kind) -> forms.Widget:
    if kind is Kind.DATE:
        return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    if kind is Kind.MOMENT:
        return forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT)
    if kind in NUMBERS:
        return forms.TextInput(attrs={"inputmode": "decimal"})
    return forms.Textarea(attrs={"rows": 3}) if name in LONG_FIELDS else forms.TextInput()
