"""The lines of a policy that come in any number: levels, bands, steps. A row that is emptied or ticked off is gone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.forms.formsets import BaseFormSet, formset_factory
from django.forms.utils import ErrorDict, ErrorList

from approvals.models import Action
from approvals.rules.bands import ANY, BandLine
from approvals.rules.policy import TargetLine, ValueStep, WorkflowLine
from approvals.rules.vocabulary import Json, Level
from crmgov.records.contracts import GROUPS

# As many rows of a kind as the screen holds; a longer policy is drafted by operators.
MOST_ROWS = 100
DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
NUMBER = {"required": "Write a number.", "invalid": "Write a number."}
Choices = Sequence[tuple[str, str]]


class Row(forms.Form):
    """One line. While rows are being added nothing is complained about."""

    is_being_written = False

    def full_clean(self) -> None:
        if self.is_being_written:
            self._errors, self.cleaned_data = ErrorDict(), {}
        else:
            super().full_clean()

    def line(self) -> dict[str, Json]:
        """As the document has it; of a valid row."""
        raise NotImplementedError


class Share(forms.DecimalField):
    """A share in per cent on screen, 0 to 1 in the document."""

    def __init__(self, label: str, **more: Any) -> None:
        super().__init__(label=label, min_value=0, max_value=100, max_digits=7, decimal_places=4, **more)
        wrong = "Write a share from 0 to 100."
        self.error_messages |= {"required": wrong, "invalid": wrong, "min_value": wrong, "max_value": wrong}
        for check in self.validators:
            if getattr(check, "code", "") in ("min_value", "max_value"):
                check.message = wrong  # type: ignore[attr-defined]


def as_share(percent: Decimal | None) -> float | None:
    return None if percent is None else float(percent / 100)


def _named(raw: str) -> str:
    return raw.strip() or ANY


def _shown(name: str) -> str:
    return "" if name == ANY else name


class LevelRow(Row):
    """The level of one workflow."""

    workflow = forms.CharField(
        label="Workflow",
        max_length=120,
        error_messages={"required": "Name the workflow, or remove the row."},
        widget=forms.TextInput(attrs={"list": "workflows", "size": 24}),
    )
    agent = forms.CharField(
        label="Agent",
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"list": "agents", "size": 18, "placeholder": "any"}),
    )
    version = forms.CharField(
        label="Version",
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "any", "size": 6}),
    )
    level = forms.ChoiceField(
        label="Level", choices=[(one.value, one.value) for one in Level], initial=Level.SUGGEST.value
    )
    review_due = forms.DateField(
        label="Review due",
        required=False,
        widget=DATE,
        error_messages={"invalid": "Write a day such as 2027-01-31."},
    )

    @staticmethod
    def shown(line: WorkflowLine) -> dict[str, Any]:
        return {
            "workflow": line.workflow,
            "agent": _shown(line.agent),
            "version": _shown(line.version),
            "level": line.level.value,
            "review_due": line.review_due,
        }

    def line(self) -> dict[str, Json]:
        due = self.cleaned_data["review_due"]
        return {
            "workflow": self.cleaned_data["workflow"],
            "agent": _named(self.cleaned_data["agent"]),
            "version": _named(self.cleaned_data["version"]),
            "level": self.cleaned_data["level"],
            "review_due": due.isoformat() if due else "",
        }


class BandRow(Row):
    """The band of one cell."""

    workflow = forms.CharField(
        label="Workflow",
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"list": "workflows", "size": 24, "placeholder": "any"}),
    )
    action = forms.ChoiceField(label="Action", choices=[(ANY, "any"), *Action.choices], initial=ANY)
    group = forms.ChoiceField(label="Fields", initial=ANY)
    segment = forms.ChoiceField(label="Segment", initial=ANY)
    auto = Share("By itself from, %", required=False)
    floor = Share("Blocked below, %", required=False)

    def __init__(self, *args: Any, segments: Choices = (), **more: Any) -> None:
        super().__init__(*args, **more)
        groups = [(group.name, group.name.replace("_", " ")) for group in GROUPS]
        self._offer("group", [(ANY, "any"), *groups])
        self._offer("segment", [(ANY, "any"), *segments])

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        """What stands in the policy can be kept, even where it is no choice any more."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 (declared above)
        kept = str(self.initial.get(name, "") or "")
        field.choices = choices if kept in ("", *(key for key, _ in choices)) else [*choices, (kept, kept)]

    @staticmethod
    def shown(line: BandLine) -> dict[str, Any]:
        return {
            "workflow": _shown(line.workflow),
            "action": line.action,
            "group": line.group,
            "segment": line.segment,
            "auto": None if line.auto is None else as_percent(line.auto),
            "floor": as_percent(line.floor) if line.floor else None,
        }

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        auto, floor = given.get("auto"), given.get("floor")
        if auto is not None and floor is not None and auto < floor:
            self.add_error("auto", f"{auto:f} % is below the {floor:f} % under which it is blocked.")
        return given

    def line(self) -> dict[str, Json]:
        return {
            "workflow": _named(self.cleaned_data["workflow"]),
            "action": self.cleaned_data["action"],
            "group": self.cleaned_data["group"],
            "segment": self.cleaned_data["segment"],
            "auto": as_share(self.cleaned_data["auto"]),
            "floor": as_share(self.cleaned_data["floor"]) or 0.0,
        }


def as_percent(share: float) -> Decimal:
    return Decimal(f"{(Decimal(str(share)) * 100).normalize():f}")


class StepRow(Row):
    """From an amount on, so many hours sooner."""

    amount = forms.DecimalField(
        label="From",
        max_digits=18,
        decimal_places=2,
        error_messages={"required": "Say from which amount on, or remove the row."},
    )
    hours = forms.IntegerField(
        label="Moves up by, hours", error_messages={"required": "Say by how many hours."}
    )

    @staticmethod
    def shown(line: ValueStep) -> dict[str, Any]:
        return {"amount": line.amount, "hours": line.hours}

    def line(self) -> dict[str, Json]:
        return {"amount": str(self.cleaned_data["amount"]), "hours": self.cleaned_data["hours"]}


class TargetRow(Row):
    """What one action has to prove before it runs by itself."""

    action = forms.ChoiceField(label="Action", choices=Action.choices)
    target = Share("Kept unchanged, %")

    @staticmethod
    def shown(line: TargetLine) -> dict[str, Any]:
        return {"action": line.action, "target": as_percent(line.target)}

    def line(self) -> dict[str, Json]:
        return {"action": self.cleaned_data["action"], "target": as_share(self.cleaned_data["target"])}


class Rows(BaseFormSet[Row]):
    """The rows of a kind."""

    is_being_written = False
    deletion_widget = forms.CheckboxInput

    def full_clean(self) -> None:
        if not self.is_being_written:
            super().full_clean()
            return
        self._errors: list[Any] = []
        self._non_form_errors = ErrorList()

    def add_fields(self, form: Row, index: int | None) -> None:
        super().add_fields(form, index)
        form.is_being_written = self.is_being_written
        if "DELETE" in form.fields:
            form.fields["DELETE"].label = "Remove"

    def kept(self) -> list[Row]:
        """Those that make lines: neither ticked off nor added and left empty."""
        gone = self.deleted_forms
        return [
            form
            for place, form in enumerate(self.forms)
            if form not in gone and (place < self.initial_form_count() or form.has_changed())
        ]

    def lines(self) -> Iterator[dict[str, Json]]:
        """As the document has them; of valid rows."""
        return (form.line() for form in self.kept())

    def refuse(self, place: int | None, field: str, says: str) -> None:
        """Show what the rules found beside its field; `place` counts the lines of the document."""
        rows = self.kept()
        if place is None or place >= len(rows):
            self.non_form_errors().append(says)
        else:
            rows[place].add_error(field if field in rows[place].fields else None, says)


def rows_of(row: type[Row], name: str) -> type[Rows]:
    """The set of such rows, posted under this name."""
    made = formset_factory(
        row, formset=Rows, extra=0, can_delete=True, max_num=MOST_ROWS, absolute_max=MOST_ROWS
    )
    return cast("type[Rows]", made)


def with_one_more(posted: Mapping[str, Any], name: str) -> dict[str, Any]:
    """What was typed, with an empty row of this kind at the end."""
    raw = str(posted.get(f"{name}-TOTAL_FORMS", "0"))
    count = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 4 else 0
    return {f"{name}-TOTAL_FORMS": str(min(count + 1, MOST_ROWS))}
