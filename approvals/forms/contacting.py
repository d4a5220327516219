"""Whom nobody writes to, why that ends, and how often and when anybody is written to."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.utils import timezone

from crmgov.kernel import days
from crmgov.records.models import Account, Suppression
from crmgov.records.rules.contact_rules import (
    ACCOUNT_DAYS,
    ACCOUNT_LIMIT,
    CONTACT_DAYS,
    CONTACT_LIMIT,
    Cap,
    ContactRules,
    Limit,
    Quiet,
    limit_text,
    read_limit,
)
from crmgov.records.services.contact_rules import LONGEST_DAYS
from crmgov.records.services.suppressions import Target

from .agents import Refusable

NO_LIMIT = "Give a number, “off” for no cap, or nothing for the default."
NO_TIME = "Give a time like 20:00."
SEVERAL = "There are several accounts of this name. Give the id from the address of the account's page."


class SuppressionForm(Refusable):
    kind = forms.ChoiceField(label="What", choices=Suppression.Kind.choices)
    value = forms.CharField(
        label="Which",
        max_length=254,
        help_text="The e-mail address, the domain, or the name of the account. A domain covers those beneath it.",
        error_messages={"required": "Name the address, the domain or the account."},
    )
    until_day = forms.DateField(
        label="Until the end of",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=f"Empty is for good. {days.WHERE}",
    )
    reason = forms.CharField(
        label="Why",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Say why, for whoever asks later."},
    )

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if given.get("kind") == Suppression.Kind.ACCOUNT and given.get("value"):
            given["account_id"] = self._account(given["value"].strip())
        return given

    def clean_until_day(self) -> date | None:
        """Far days have no next one, and what lasts that long is for good."""
        chosen: date | None = self.cleaned_data["until_day"]
        if chosen is not None and chosen > timezone.localdate() + timedelta(days=3650):
            raise forms.ValidationError("Within ten years. Leave it empty for good.")
        return chosen

    def _account(self, named: str) -> UUID | None:
        try:
            found = list(Account.objects.filter(pk=UUID(named)))
        except ValueError:
            found = list(Account.objects.present().filter(name__iexact=named)[:2])
        if len(found) != 1:
            self.add_error("value", SEVERAL if found else "There is no account of this name.")
            return None
        return found[0].pk

    def target(self) -> Target:
        given = self.cleaned_data
        if account_id := given.get("account_id"):
            return Target(given["kind"], account_id=account_id)
        return Target(given["kind"], given["value"])

    def until(self) -> datetime | None:
        chosen = self.cleaned_data["until_day"]
        if chosen is None:
            return None
        return days.end_of(chosen)

    def refuse(self, say: str, errors: Any) -> None:
        super().refuse(say, {"until_day" if key == "until" else key: words for key, words in errors.items()})


class LiftForm(Refusable):
    reason = forms.CharField(
        label="Why",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="The other admin reads this.",
        error_messages={"required": "Say why they may be written to again."},
    )


class LimitField(forms.CharField):
    """A number, 0 for nobody at all, “off” for no cap, nothing for what the code says."""

    def __init__(self, label: str, default: int) -> None:
        text = f"A number; 0 for nobody at all, “off” for no cap, empty for the default of {default}."
        super().__init__(label=label, required=False, max_length=6, help_text=text)

    def clean(self, value: Any) -> Limit:
        try:
            return read_limit(super().clean(value))
        except ValueError as wrong:
            raise forms.ValidationError(NO_LIMIT) from wrong


class DaysField(forms.IntegerField):
    def __init__(self, label: str, default: int) -> None:
        say = f"Between 1 and {LONGEST_DAYS} days."
        wrong = dict.fromkeys(("required", "invalid", "min_value", "max_value"), say)
        super().__init__(
            label=label, min_value=1, max_value=LONGEST_DAYS, initial=default, error_messages=wrong
        )


class ContactRulesForm(Refusable):
    contact_limit = LimitField("Messages to one contact", CONTACT_LIMIT)
    contact_days = DaysField("Days over which a contact's messages count", CONTACT_DAYS)
    account_limit = LimitField("Messages to one account", ACCOUNT_LIMIT)
    account_days = DaysField("Days over which an account's messages count", ACCOUNT_DAYS)
    quiet_from = forms.TimeField(
        label="Quiet from",
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages=dict.fromkeys(("required", "invalid"), NO_TIME),
    )
    quiet_until = forms.TimeField(
        label="Quiet until",
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text="By the clock where the contact is. The same time twice is no quiet hour.",
        error_messages=dict.fromkeys(("required", "invalid"), NO_TIME),
    )
    time_zone = forms.CharField(
        label="Time zone of the organization",
        max_length=64,
        help_text="For contacts whose own nobody knows.",
        error_messages={"required": "Name a time zone like Europe/Berlin."},
    )
    why = forms.CharField(
        label="Why",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Say why, for whoever asks later."},
    )
    # The number of the rules it was drawn from.
    against = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    @classmethod
    def of(cls, rules: ContactRules, number: int) -> ContactRulesForm:
        """The form as it stands: what is in force, without a why."""
        return cls(
            initial={
                "against": number,
                "contact_limit": limit_text(rules.contact.limit),
                "contact_days": rules.contact.days,
                "account_limit": limit_text(rules.account.limit),
                "account_days": rules.account.days,
                "quiet_from": rules.quiet.start,
                "quiet_until": rules.quiet.end,
                "time_zone": rules.time_zone,
            }
        )

    def rules(self) -> ContactRules:
        given = self.cleaned_data
        return ContactRules(
            contact=Cap(given["contact_limit"], given["contact_days"], CONTACT_LIMIT),
            account=Cap(given["account_limit"], given["account_days"], ACCOUNT_LIMIT),
            quiet=Quiet(given["quiet_from"], given["quiet_until"]),
            time_zone=given["time_zone"],
        )
