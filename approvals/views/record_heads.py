"""The head of a record page: its name, what changes how one treats it, the line beneath, and its views."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from approvals.templatetags import phrases
from crmgov.records import registry
from crmgov.records.models import Account, Contact, Opportunity, Task, Ticket
from crmgov.records.models.governed import Governed
from crmgov.records.selectors.related import MOST_COUNTED, RELATIONS

from . import plates
from .rights import Rights
from .tables import account_tags, task_about, task_due, task_tags, ticket_tags

PLURALS = {
    "account": "accounts",
    "contact": "contacts",
    "opportunity": "opportunities",
    "ticket": "tickets",
    "task": "tasks",
}


def head_of(record: Governed, counts: dict[str, int], rights: Rights, at: datetime) -> dict[str, Any]:
    """Return title, tags, the line beneath the title, and where Edit leads if this person may edit."""
    record_type = registry.type_of(record)
    plural = PLURALS[record_type]
    return {
        "title": str(record),
        "tags": [*_archived(record), *_tags(record, at)],
        "sub": [part for part in _sub(record, counts, at) if part.get("strong") or part.get("text")],
        "list_name": plural.capitalize(),
        "list_url": plates.address(plural),
        "url": plates.record_url(record_type, record.pk),
        "edit_url": plates.address(f"{record_type}_edit", record.pk)
        if rights.edit and record.archived_at is None
        else "",
    }


def tabs_of(record: Governed, counts: dict[str, int], waiting: int, asked: str) -> list[dict[str, Any]]:
    """Return the views of the record for components/seg.html; the first one where an unknown one is asked for."""
    record_type = registry.type_of(record)
    here = plates.record_url(record_type, record.pk)
    names: list[tuple[str, str, int | None]] = [("record", "Record", None), ("timeline", "Timeline", None)]
    names.append(("suggestions", "Suggestions", waiting))
    names += [
        (relation.name, relation.name.capitalize(), counts[relation.name])
        for relation in RELATIONS[record_type]
    ]
    names.append(("ledger", "Ledger", None))
    known = {key for key, _, _ in names}
    chosen = asked if asked in known else "record"
    return [
        {
            "key": key,
            "name": name,
            "count": None if count is None else counted(count),
            "url": here if key == "record" else f"{here}?tab={key}",
            "current": key == chosen,
        }
        for key, name, count in names
    ]


def counted(count: int) -> str:
    return f"{MOST_COUNTED:,}+" if count > MOST_COUNTED else f"{count:,}"


def _number(count: int, record_type: str) -> str:
    return f"{counted(count)} {record_type if count == 1 else PLURALS[record_type]}"


def _archived(record: Governed) -> list[dict[str, str]]:
    return [] if record.archived_at is None else [{"text": "Archived", "icon": "stop", "tone": "warn"}]


def _tags(record: Governed, at: datetime) -> list[dict[str, str]]:
    if isinstance(record, Account):
        return account_tags(record)
    if isinstance(record, Task):
        return task_tags(record, at)
    return ticket_tags(record) if isinstance(record, Ticket) else []


def _sub(record: Governed, counts: dict[str, int], at: datetime) -> list[dict[str, str]]:
    match record:
        case Account():
            return _account(record, counts, at)
        case Contact():
            return [
                {"text": record.title},
                _of_account(record),
                {"text": record.email},
                _owner(record),
                {"strong": record.get_lifecycle_display()},
            ]
        case Opportunity():
            return [
                _of_account(record),
                {"strong": str(record.stage_id or "")},
                {"strong": _amount(record)},
                {"text": "Closes", "strong": phrases.day(record.close_date)} if record.close_date else {},
                _owner(record),
            ]
        case Ticket():
            contact = {
                "strong": str(record.contact or ""),
                "url": plates.record_url("contact", record.contact_id),
            }
            opened = f"opened {phrases.ago(record.opened_at, at)}"
            return [_of_account(record), contact, {"strong": record.get_status_display()}, {"text": opened}]
        case Task():
            return _task(record, at)
    return []


def _account(record: Account, counts: dict[str, int], at: datetime) -> list[dict[str, str]]:
    renews = record.renewal_date
    after = f", {phrases.ago(renews, at)}" if renews else ""
    return [
        {"text": record.domain},
        {"text": record.industry},
        _owner(record),
        {"text": "Renews", "strong": phrases.day(renews), "after": after} if renews else {},
        {
            "text": f"{_number(counts['contacts'], 'contact')}, {_number(counts['opportunities'], 'opportunity')}"
        },
    ]


def _task(record: Task, at: datetime) -> list[dict[str, str]]:
    about, due = task_about(record), task_due(record, at)
    done = f"done {phrases.ago(record.done_at, at)}" if record.done_at else ""
    return [
        {"text": "About", "strong": about.text, "url": about.url} if about.text else {},
        {"text": "For", "strong": str(record.assignee)} if record.assignee else {"text": "Nobody has it"},
        {"text": done or due["text"]},
    ]


def _owner(record: Account | Contact | Opportunity) -> dict[str, str]:
    return {"text": "Owner", "strong": str(record.owner)} if record.owner else {"text": "Nobody owns it"}


def _of_account(record: Contact | Opportunity | Ticket) -> dict[str, str]:
    if record.account is None:
        return {"text": "No account"}
    return {"strong": str(record.account), "url": plates.record_url("account", record.account_id)}


def _amount(record: Opportunity) -> str:
    return "" if record.amount is None else phrases.money(record.amount, record.currency)
