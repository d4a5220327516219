"""An absence as people plan it: whole days in the zone of whoever is away."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django import forms

from approvals.models import MailChoice
from approvals.selectors import away
from crmgov.people.models import User
from crmgov.people.policy import Act, may

# Where the service's sentences stand in the form.
FIELDS = {"starts_at": "first_day", "ends_at": "last_day", "delegate": "delegate"}
NOT_A_DAY = "Type a day like 2026-03-31."


def _day(label: str, help_text: str = "") -> forms.DateField:
    return forms.DateField(
        label=label,
        help_text=help_text,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Choose a day.", "invalid": NOT_A_DAY},
    )


class AbsenceForm(forms.Form):
    """`user` plans it: for themselves, or as an admin for somebody."""

    person = forms.ModelChoiceField(User.objects.none(), label="Who is away", empty_label=None)
    first_day = _day("First day away")
    last_day = _day("Last day away", "Back on the day after.")
    delegate = forms.ModelChoiceField(
        User.objects.none(),
        required=False,
        label="Stands in",
        empty_label="Nobody: it goes to the next queue",
        help_text="Decides meanwhile what the absent person may, as far as they see it.",
    )
    note = forms.CharField(required=False, max_length=200, help_text="Your colleagues read it.")

    def __init__(self, *args: Any, user: User, at: datetime, **more: Any) -> None:
        super().__init__(*args, **more)
        self.user, self.at = user, at
        self._offer("delegate", away.stand_ins(user))
        if may(user, Act.ADMINISTER):
            self._offer("person", away.people(user))
            self.initial.setdefault("person", user.pk)
        else:
            del self.fields["person"]
        self.initial.setdefault("first_day", user.day(at))

    def clean_first_day(self) -> date:
        first: date = self.cleaned_data["first_day"]
        if first < self.who.day(self.at):
            raise forms.ValidationError("That day has passed. Choose today or later.")
        return first

    def clean_last_day(self) -> date:
        last: date = self.cleaned_data["last_day"]
        if last.year > self.at.year + 5:
            raise forms.ValidationError("That is more than five years ahead. Choose an earlier day.")
        return last

    @property
    def who(self) -> User:
        found = self.cleaned_data.get("person")
        return found if isinstance(found, User) else self.user

    @property
    def starts_at(self) -> datetime:
        """From now on when it is today; else when the day begins for them. Of a valid form."""
        first = self.cleaned_data["first_day"]
        return self.at if first == self.who.day(self.at) else _midnight(first, self.who)

    @property
    def ends_at(self) -> datetime:
        """When the day after the last one begins for them. Of a valid form."""
        return _midnight(self.cleaned_data["last_day"] + timedelta(days=1), self.who)

    def refuse(self, errors: Mapping[str, str]) -> None:
        """Put the service's sentences under their controls."""
        self.is_valid()
        for field, sentence in errors.items():
            self.add_error(FIELDS.get(field), sentence)

    def _offer(self, name: str, rows: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 (declared above)
        field.queryset = rows


class MailForm(forms.Form):
    digest = forms.BooleanField(
        required=False,
        label="A digest at 8:00 on working days",
        help_text="Only when something waits for you.",
    )
    reminders = forms.BooleanField(
        required=False, label="A reminder when something is overdue", help_text="Once an hour at most."
    )

    @classmethod
    def of(cls, choice: MailChoice) -> MailForm:
        return cls(initial={"digest": choice.digest, "reminders": choice.reminders})


def _midnight(day: date, person: User) -> datetime:
    try:
        zone: ZoneInfo | Any = ZoneInfo(person.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        zone = UTC
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
