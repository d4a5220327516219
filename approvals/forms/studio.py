"""What the threshold studio is asked: the slice, two thresholds, and what things cost. All of it is in the address."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.http import urlencode

from approvals.rules.bands import ANY, Band
from approvals.rules.studio import NEVER
from approvals.rules.studio_costs import Prices
from approvals.selectors.studio import Choices, Slice

WEEKS = {4: "Last 4 weeks", 13: "Last 13 weeks", 52: "Last 52 weeks"}
# Where nobody said otherwise. They are guesses, and the page asks for better ones.
PRICES = {"minutes": "2", "hourly": "40", "harm": "25", "worth": "1"}
SLICE = ("workflow", "action", "group", "segment", "weeks", "stake")
SHARE = {
    "invalid": "Write a threshold between 0 and 1, as in 0.86.",
    "min_value": "Write a threshold between 0 and 1, as in 0.86.",
    "max_value": "Write a threshold between 0 and 1, as in 0.86.",
    "max_decimal_places": "Thresholds go in steps of 0.01, as in 0.86.",
    "max_digits": "Write a threshold between 0 and 1, as in 0.86.",
    "max_whole_digits": "Write a threshold between 0 and 1, as in 0.86.",
    "required": "Write a threshold between 0 and 1; 0 blocks nothing.",
}
AMOUNT = {
    "invalid": "Write a number, as in 25 or 2.50.",
    "min_value": "It cannot be less than 0.",
    "max_value": "That is more than anybody would check. Write a smaller number.",
    "max_decimal_places": "Two decimals are enough.",
    "max_digits": "That is more than anybody would check. Write a smaller number.",
    "max_whole_digits": "That is more than anybody would check. Write a smaller number.",
    "required": "Write a number; 0 leaves it out.",
}


def _threshold(label: str, *, required: bool) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        required=required,
        min_value=0,
        max_value=1,
        max_digits=8,
        decimal_places=2,
        error_messages=SHARE,
        widget=forms.NumberInput(attrs={"step": "0.01", "min": "0", "max": "1", "data-size": "s"}),
    )


def _amount(label: str, most: int, *, required: bool = True) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        required=required,
        min_value=0,
        max_value=most,
        max_digits=18,
        decimal_places=2,
        error_messages=AMOUNT,
        widget=forms.NumberInput(attrs={"step": "any", "min": "0"}),
    )


class Named(forms.ChoiceField):
    """One of the names that stand in some cell."""

    def validate(self, value: str) -> None:
        if not self.valid_value(value):
            raise forms.ValidationError(f"Nothing is recorded of “{value[:40]}”. Choose one of the list.")


class StudioForm(forms.Form):
    """What is not said is taken from `start` (workflow, action, field group), the band in force, and PRICES."""

    use_required_attribute = False

    workflow = Named(label="Workflow")
    action = Named(label="Action")
    group = Named(label="Fields")
    segment = Named(label="Segment")
    weeks = forms.TypedChoiceField(label="Decisions", coerce=int, choices=list(WEEKS.items()))
    stake = _amount("At stake from", 10**15, required=False)
    floor = _threshold("Block below", required=True)
    auto = _threshold("Run by itself from", required=False)
    minutes = _amount("Minutes per review", 480)
    hourly = _amount("An hour of review", 100_000)
    harm = _amount("Harm of a wrong one", 100_000_000)
    worth = _amount("Worth of a right one", 100_000_000)

    def __init__(
        self, given: Mapping[str, str], *, start: Sequence[str], choices: Choices, words: Mapping[str, str]
    ) -> None:
        filled = {"segment": ANY, "weeks": "13", **dict(zip(SLICE, start, strict=False)), **PRICES}
        super().__init__({**filled, **{name: given[name] for name in self.base_fields if name in given}})
        offered = {
            "workflow": {one: one for one in choices.workflows},
            "action": {one: words.get(one, one) for one in choices.actions},
            "group": {one: words.get(one, one) for one in choices.groups},
            "segment": {ANY: "Any segment", **{one: one for one in choices.segments}},
        }
        for name, names in offered.items():
            self.fields[name].choices = list(names.items())  # type: ignore[attr-defined]
        self.fields["weeks"].error_messages["invalid_choice"] = "Choose 4, 13 or 52 weeks."

    def with_band(self, band: Band) -> None:
        """Thresholds nobody named are those in force, rounded up to the next hundredth."""
        data = dict(self.data)
        data.setdefault("floor", shown(hundredths_up(band.floor)))
        data.setdefault("auto", "" if band.auto is None else shown(hundredths_up(band.auto)))
        self.data = data

    @property
    def slice(self) -> Slice:
        """Of a form whose slice is one that is offered."""
        given = self.cleaned_data
        return Slice(**{name: given[name] for name in SLICE})

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = self.cleaned_data
        floor, auto = given.get("floor"), given.get("auto")
        if floor is not None and auto is not None and floor > auto:
            said = (
                f"The floor {floor} lies above {auto}, from where it would run. Lower it, or raise the other."
            )
            self.add_error("floor", said)
        return given

    @property
    def floor_at(self) -> int:
        return int(self.cleaned_data["floor"] * 100)

    @property
    def auto_at(self) -> int:
        auto: Decimal | None = self.cleaned_data["auto"]
        return NEVER if auto is None else int(auto * 100)

    @property
    def prices(self) -> Prices:
        return Prices(**{name: float(self.cleaned_data[name]) for name in PRICES})

    def query(self, **changes: str) -> str:
        """The address of this state, with some of it otherwise."""
        said = {name: str(self.data.get(name, "")) for name in self.fields}
        return f"?{urlencode(said | changes)}"


def hundredths_up(share: float) -> int:
    """The lowest hundredth that is no looser than the share."""
    # A share of a policy is written in decimals; 0.29 times 100 is not 29 in binary.
    return math.ceil(Decimal(str(share)) * 100)


def shown(hundredth: int) -> str:
    """86 as "0.86"; empty for never."""
    return "" if hundredth >= NEVER else f"{hundredth / 100:.2f}"
