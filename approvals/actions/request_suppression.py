"""Ask that nobody writes to an address, a domain or an account. It only tightens; agents never lift one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from approvals.models import Suggestion, SuggestionItem
from approvals.selectors.subjects import Subject
from crmgov.kernel import days
from crmgov.records.models import Contact
from crmgov.records.models import Suppression as Row
from crmgov.records.rules import domains
from crmgov.records.rules.addresses import key_of
from crmgov.records.rules.values import empty

from .kinds import LONGEST_TITLE, ActionKind, value_label

NEEDED = ("kind", "reason")
# Far days have no next one, and what lasts that long is for good.
LONGEST = timedelta(days=3650)
ADDRESS, DOMAIN, ACCOUNT = (kind.value for kind in (Row.Kind.ADDRESS, Row.Kind.DOMAIN, Row.Kind.ACCOUNT))


class RequestSuppression(ActionKind):
    """`kind` is address, domain or account; `value` the address or domain, of the record it is about."""

    name = "request_suppression"
    about = ("account", "contact")
    creates = True
    appends = True
    inseparable = ("value", "until")

    def writes(self, record_type: str) -> str:
        return "suppression"

    def problems(
        self, record_type: str, fields: Sequence[str], *, has_record: bool
    ) -> Iterable[tuple[str, str]]:
        yield from super().problems(record_type, fields, has_record=has_record)
        for field in NEEDED:
            if field not in fields:
                yield "/items", f"request_suppression needs an item for the field {field}."

    def value_problem(self, field: str, values: Mapping[str, Any], subject: Subject, at: datetime) -> str:
        if field == "until":
            return _unfit_day(values["until"], at)
        # Said of the value where there is one, so that the sentence stands beside what is wrong.
        if field == ("value" if "value" in values else "kind"):
            return _unfit(values, subject)
        return ""

    def title(self, *, record_type: str, record_label: str, items: Sequence[SuggestionItem]) -> str:
        whom = value_label(items, "value") or f"the account {record_label}"
        return f"Write to {whom} no more"[:LONGEST_TITLE]

    def consequence(self, suggestion: Suggestion, items: Sequence[SuggestionItem]) -> str:
        value = value_label(items, "value")
        whom = f"{value} by e-mail" if value else f"anybody at {suggestion.record_label}"
        until = value_label(items, "until")
        long = f"until the end of {until}" if until else "for good"
        return (
            f"Nobody writes to {whom} from here {long}; what is approved and has not left is cancelled. "
            "Two admins lift it, nobody else."
        )


def end_of(day: Any) -> datetime | None:
    """The moment at which a day is over; None without one."""
    if empty(day):
        return None
    last = day if isinstance(day, date) else date.fromisoformat(str(day))
    return days.end_of(last)


def _unfit_day(day: Any, at: datetime) -> str:
    until = end_of(day)
    if until is None or at < until <= at + LONGEST:
        return ""
    return "That day has passed." if until <= at else "Within ten years. Leave it out for good."


def _unfit(values: Mapping[str, Any], subject: Subject) -> str:
    """It is about the record it names: its address, its domain, or the account itself."""
    kind, given = str(values.get("kind")), values.get("value")
    said = "" if empty(given) else str(given).strip().lower()
    if kind == ACCOUNT:
        if subject.record_type != "account":
            return "Ask about the account itself: name it as the record."
        return "An account is named by the record; leave value out." if said else ""
    if not said:
        return f"Say in value which {kind}."
    return _unfit_address(said, subject) if kind == ADDRESS else _unfit_domain(said, subject)


def _unfit_address(said: str, subject: Subject) -> str:
    if isinstance(subject.record, Contact) and key_of(subject.record.email) == key_of(said):
        return ""
    return "It is not the address of the record it is about. Name the contact whose address it is."


def _unfit_domain(said: str, subject: Subject) -> str:
    own = {subject.account.domain} if subject.account is not None else set()
    if isinstance(subject.record, Contact):
        own.add(domains.of_email(subject.record.email))
    if said not in own:
        return "It is not the domain of the record it is about."
    if not domains.identifies(said):
        return "Many companies and people write from this domain. Ask for the address."
    return ""
