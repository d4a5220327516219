"""Records as rows of a table: which columns a type shows, in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from django.utils import timezone

from approvals.templatetags import phrases
from crmgov.records.models import Account, Contact, Opportunity, Task, Ticket
from crmgov.records.models.governed import Governed

from .plates import record_url


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in one cell; `url` makes it a link, `note` is gray beneath."""

    text: str = ""
    url: str = ""
    note: str = ""
    tags: Sequence[dict[str, str]] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Column:
    """`sort` is the name of the sort its head links to, `end` puts figures at the right.

    `full` gives it a line of its own on a phone: its values are long and have no spaces to break at.
    """

    label: str
    cell: Callable[[Any], Cell]
    sort: str = ""
    end: bool = False
    full: bool = False


def _text(name: str) -> Callable[[Any], Cell]:
    return lambda row: Cell(str(getattr(row, name) or ""))


def _day(name: str) -> Callable[[Any], Cell]:
    return lambda row: Cell(phrases.day(at) if (at := getattr(row, name)) else "")


def _choice(name: str) -> Callable[[Any], Cell]:
    return lambda row: Cell(str(getattr(row, f"get_{name}_display")()))


def _money(name: str) -> Callable[[Any], Cell]:
    return lambda row: Cell(
        "" if getattr(row, name) is None else phrases.money(getattr(row, name), row.currency)
    )


def _number(name: str) -> Callable[[Any], Cell]:
    return lambda row: Cell(phrases.value(getattr(row, name)))


def _account(row: Any) -> Cell:
    return Cell(str(row.account or ""), record_url("account", row.account_id))


def account_tags(row: Account) -> list[dict[str, str]]:
    """What changes how one treats an account, most urgent first; three at most."""
    tags = []
    if row.escalated:
        tags.append({"text": "Escalated", "icon": "alert", "tone": "danger"})
    if row.strategic:
        tags.append({"text": "Strategic", "icon": "flag", "tone": ""})
    if row.regulated:
        tags.append({"text": "Regulated", "icon": "lock", "tone": ""})
    return tags


def ticket_tags(row: Ticket) -> list[dict[str, str]]:
    tags = []
    if row.escalated:
        tags.append({"text": "Escalated", "icon": "alert", "tone": "danger"})
    if row.priority == Ticket.Priority.URGENT:
        tags.append({"text": "Urgent", "icon": "clock", "tone": "warn"})
    return tags


def task_tags(row: Task, at: datetime) -> list[dict[str, str]]:
    if row.done_at is not None:
        return [{"text": "Done", "icon": "check", "tone": "ok"}]
    due = task_due(row, at)
    return [{"text": due["tag"], "icon": "clock", "tone": due["tone"]}] if due["tag"] else []


def task_due(row: Task, at: datetime) -> dict[str, str]:
    """When it is due, in words: `text`; `tag` and `tone` while it is open and due today or overdue."""
    if row.due_on is None:
        return {"text": "no date", "tag": "", "tone": ""}
    late = (timezone.localdate(at) - row.due_on).days
    words = {"text": f"due {phrases.day(row.due_on)}", "tag": "", "tone": ""}
    if row.done_at is None and late > 0:
        return words | {"tag": f"Overdue {late} day{'' if late == 1 else 's'}", "tone": "danger"}
    return words | {"tag": "Due today", "tone": "warn"} if row.done_at is None and late == 0 else words


def task_about(row: Task) -> Cell:
    """The nearest thing it is about; what hangs on an account names that beneath."""
    for kind in ("ticket", "opportunity", "contact", "account"):
        key = getattr(row, f"{kind}_id")
        if key is not None:
            above = str(row.account) if kind != "account" and row.account_id else ""
            return Cell(str(getattr(row, kind)), record_url(kind, key), above)
    return Cell()


def _task_title(row: Task) -> Cell:
    return Cell(row.title, record_url("task", row.pk), "", task_tags(row, timezone.now()))


def _account_name(row: Account) -> Cell:
    return Cell(row.name, record_url("account", row.pk), row.domain, account_tags(row)[:2])


def _contact_name(row: Contact) -> Cell:
    return Cell(str(row), record_url("contact", row.pk), row.title)


def _opportunity_name(row: Opportunity) -> Cell:
    return Cell(row.name, record_url("opportunity", row.pk))


def _ticket_name(row: Ticket) -> Cell:
    return Cell(row.subject, record_url("ticket", row.pk), "", ticket_tags(row))


COLUMNS: dict[str, tuple[Column, ...]] = {
    "account": (
        Column("Account", _account_name, "name"),
        Column("Segment", _text("segment_id")),
        Column("Industry", _text("industry")),
        Column("Owner", _text("owner")),
        Column("Annual value", _money("annual_value"), "annual_value", end=True),
        Column("Renews", _day("renewal_date"), "renewal_date", end=True),
    ),
    "contact": (
        Column("Contact", _contact_name, "name"),
        Column("Account", _account),
        Column("E-mail", _text("email"), full=True),
        Column("Stage", _choice("lifecycle")),
        Column("Owner", _text("owner")),
        Column("Lead score", _number("lead_score"), "lead_score", end=True),
    ),
    "opportunity": (
        Column("Opportunity", _opportunity_name, "name"),
        Column("Account", _account),
        Column("Stage", _text("stage_id")),
        Column("Owner", _text("owner")),
        Column("Amount", _money("amount"), "amount", end=True),
        Column("Closes", _day("close_date"), "close_date", end=True),
    ),
    "ticket": (
        Column("Ticket", _ticket_name),
        Column("Account", _account),
        Column("Status", _choice("status")),
        Column("Priority", _choice("priority")),
        Column("Opened", _day("opened_at"), "opened_at", end=True),
    ),
    "task": (
        Column("Task", _task_title),
        Column("About", task_about),
        Column("For", _text("assignee")),
        Column("Due", _day("due_on"), end=True),
    ),
}


def table_of(
    record_type: str, rows: Sequence[Governed], heads: Sequence[dict[str, Any]] = ()
) -> dict[str, Any]:
    """Return a table for records/_table.html; `heads` come with links when the list can be sorted."""
    columns = COLUMNS[record_type]
    return {
        "heads": heads or [{"label": column.label, "end": column.end} for column in columns],
        "rows": [
            [
                {"cell": column.cell(row), "label": column.label, "end": column.end, "full": column.full}
                for column in columns
            ]
            for row in cast("Sequence[Any]", rows)
        ],
    }
