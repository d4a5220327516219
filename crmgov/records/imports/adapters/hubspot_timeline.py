"""HubSpot's engagements, form submissions and e-mail events: the timeline, open tasks, and who unsubscribed."""

from __future__ import annotations

from functools import partial
from typing import Any

from crmgov.records.imports.steps import RowRefused, Step

from .hubspot_links import hangs_on, only_one
from .side_tables import Cells
from .warehouse import Tables, first, only, opted_out, time

TIMELINE: dict[str, tuple[str, ...]] = {
    "engagement": ("id", "type"),
    "engagement_call": ("engagement_id",),
    "engagement_communication": ("engagement_id",),
    "engagement_email": ("engagement_id",),
    "engagement_meeting": ("engagement_id",),
    "engagement_note": ("engagement_id",),
    "engagement_task": ("engagement_id",),
    "engagement_company": ("engagement_id", "company_id"),
    "engagement_contact": ("engagement_id", "contact_id"),
    "engagement_deal": ("engagement_id", "deal_id"),
    "ticket_engagement": ("engagement_id", "ticket_id"),
    "form": ("guid", "name"),
    "contact_form_submission": ("contact_id", "form_id", "timestamp"),
    "email_campaign": ("id", "name"),
    "email_event": ("id", "type", "recipient"),
    "email_event_bounce": ("id",),
    "email_event_click": ("id",),
    "email_event_deferred": ("id",),
    "email_event_delivered": ("id",),
    "email_event_dropped": ("id",),
    "email_event_forward": ("id",),
    "email_event_open": ("id",),
    "email_event_print": ("id",),
    "email_event_sent": ("id",),
    "email_event_spam_report": ("id",),
    "email_event_status_change": ("id", "portal_subscription_status"),
}
# Table -> what it is here, and what HubSpot calls it.
ENGAGEMENTS = {
    "engagement_call": ("call", "CALL"),
    "engagement_communication": ("chat", "COMMUNICATION"),
    "engagement_email": ("mail_out", "EMAIL"),
    "engagement_meeting": ("meeting", "MEETING"),
    "engagement_note": ("note", "NOTE"),
}
# Table -> the column that names the record, and the field it stands in.
HANGS_ON = {
    "engagement_company": ("company_id", "account"),
    "engagement_contact": ("contact_id", "contact"),
    "engagement_deal": ("deal_id", "opportunity"),
    "ticket_engagement": ("ticket_id", "ticket"),
}
HANGS = {field: column for column, field in HANGS_ON.values()}
SUBJECTS = (
    "property_hs_call_title", "property_hs_email_subject", "property_hs_meeting_title", "title",
    "property_hs_communication_channel_type",
)  # fmt: skip
BODIES = (
    "property_hs_call_body", "property_hs_email_text", "property_hs_meeting_body", "property_hs_note_body",
    "property_hs_communication_body", "body",
)  # fmt: skip
TIMES = ("property_hs_timestamp", "start_time", "property_hs_meeting_start_time", "property_hs_createdate")
OUTCOMES = (
    "property_hs_call_disposition",
    "property_hs_meeting_outcome",
    "meeting_outcome",
    "property_hs_email_status",
)
# E-mail event -> what it is here, what people call it, and the table with its details.
EVENTS = {
    "SENT": ("mail_out", "Mail sent", "email_event_sent"),
    "OPEN": ("mail_open", "Mail opened", "email_event_open"),
    "CLICK": ("mail_click", "Link clicked", "email_event_click"),
    "BOUNCE": ("mail_event", "Mail bounced", "email_event_bounce"),
    "DEFERRED": ("mail_event", "Mail deferred", "email_event_deferred"),
    "DELIVERED": ("mail_event", "Mail delivered", "email_event_delivered"),
    "DROPPED": ("mail_event", "Mail dropped", "email_event_dropped"),
    "FORWARD": ("mail_event", "Mail forwarded", "email_event_forward"),
    "PRINT": ("mail_event", "Mail printed", "email_event_print"),
    "SPAMREPORT": ("mail_event", "Reported as spam", "email_event_spam_report"),
    "STATUSCHANGE": ("mail_event", "Subscription changed", ""),
    "PROCESSED": ("mail_event", "Mail prepared", ""),
}
# Where people are, what they use and their addresses in the net are not taken.
DETAILS = ("url", "category", "status", "response", "drop_reason", "attempt", "duration")


def timeline(tables: Tables) -> list[Step]:
    """Return the steps of what happened, in the order in which rows find what they name."""
    return [
        *(step for table in ENGAGEMENTS for step in _engagements(tables, table)),
        *_tasks(tables),
        *tables.step(
            "engagements", "engagement", "activity_details", id="id", keep=False, fields={"data.type": "type"},
            add=(only(lambda cells: not _is_task(tables, cells["id"], cells["type"])),),
        ),
        *tables.step(
            "engagements that are tasks", "engagement", "task_links", id="id", keep=False,
            fields={"extra.type": "type"}, add=(only(lambda cells: _is_task(tables, cells["id"], cells["type"])),),
        ),
        *(step for table in HANGS_ON for step in _hanging(tables, table)),
        *_forms(tables),
        *_mail(tables),
    ]  # fmt: skip


def _engagements(tables: Tables, table: str) -> list[Step]:
    kind, called = ENGAGEMENTS[table]
    return tables.step(
        table.removeprefix("engagement_") + "s", table, "activities", id="engagement_id", keep=False,
        deleted="engagement", added=("kind", "at", "subject", "text", "called", "outcome", *HANGS.values()),
        add=(partial(_engagement, tables, kind, called),),
        fields={
            "kind": "kind", "occurred_at": "at", "subject": "subject", "body": "text",
            "data.type": "called", "data.outcome": "outcome", **HANGS,
        },
    )  # fmt: skip


def _engagement(tables: Tables, kind: str, called: str, cells: Cells) -> Cells:
    number = cells["engagement_id"].strip()
    direction = first(cells, "property_hs_email_direction").upper()
    base = tables.side("engagement", "id", "timestamp", "created_at", "type").get(number)
    return cells | {
        "kind": "mail_in" if direction.startswith("INCOMING") else kind,
        "at": first(cells, *TIMES) or first(base, "timestamp", "created_at"),
        "subject": first(cells, *SUBJECTS)[:300],
        "text": first(cells, *BODIES),
        "called": first(cells, "type") or first(base, "type") or called,
        "outcome": first(cells, *OUTCOMES),
        **_hung(tables, number),
    }


def _hung(tables: Tables, number: str) -> Cells:
    """What an engagement hangs on: one of each kind."""
    return {
        column: hangs_on(tables, table, "engagement_id", column, number)
        for table, (column, _) in HANGS_ON.items()
    }


def _tasks(tables: Tables) -> list[Step]:
    """Each task is one, so that being done can come later; done ones stand in the timeline as well."""
    added = ("called", "done", *HANGS.values())
    return [
        *tables.step(
            "tasks", "engagement_task", "tasks", id="engagement_id", deleted="task", added=added,
            read=("property_hs_task_subject",),
            add=(partial(_task, tables),),
            fields={
                "title": "called", "note": "property_hs_task_body", "due_on": "property_hs_timestamp",
                "purpose": ("property_hs_task_type", "task_type"), "assignee": "property_hubspot_owner_id",
                "done_at": "done", **HANGS,
            },
        ),
        *tables.step(
            "tasks done", "engagement_task", "activities", id="engagement_id", deleted="task",
            added=(*added, "subject"), keep=False,
            add=(partial(_task, tables), only(lambda cells: bool(cells["done"])), _done),
            fields={
                "kind": {"constant": "note"}, "occurred_at": "done", "subject": "subject",
                "body": "property_hs_task_body", "data.type": {"constant": "TASK"}, **HANGS,
            },
        ),
    ]  # fmt: skip


def _task(tables: Tables, cells: Cells) -> Cells:
    done = first(cells, "property_hs_task_status").upper() == "COMPLETED"
    at = first(
        cells, "property_hs_task_completion_date", "property_hs_lastmodifieddate", "property_hs_timestamp"
    )
    return cells | {
        "called": (first(cells, "property_hs_task_subject") or f"Task {cells['engagement_id']}")[:200],
        "done": time(at) if done else "",
        **_hung(tables, cells["engagement_id"].strip()),
    }


def _done(cells: Cells) -> Cells:
    return cells | {"subject": f"Task done: {cells['called']}"}


def _is_task(tables: Tables, number: str, kind: str = "") -> bool:
    if kind:
        return kind.strip().upper() == "TASK"
    return number.strip() in tables.side("engagement_task", "engagement_id", "engagement_id")


def _hanging(tables: Tables, table: str) -> list[Step]:
    """What hangs on what was taken with the engagement itself; a task may be hung elsewhere later."""
    column, field = HANGS_ON[table]

    def is_task(cells: Cells) -> bool:
        return _is_task(tables, cells["engagement_id"], cells.get("engagement_type", ""))

    fields: dict[str, Any] = {field: {"column": column, "required": True}}
    of = {"id": "engagement_id", "keep": False, "fields": fields}
    words = table.replace("_", " ")
    one = only_one(tables, table, "engagement_id", column)
    return [
        *tables.step(
            words, table, "activity_details", add=(only(lambda cells: not is_task(cells)), one), **of
        ),
        *tables.step(f"{words} (tasks)", table, "task_links", add=(only(is_task), one), **of),
    ]


def _forms(tables: Tables) -> list[Step]:
    return [
        *tables.names_only("form", "the name of a form stands with its submissions."),
        *tables.step(
            "form submissions", "contact_form_submission", "activities", id="submission", keep=False,
            deleted="submission", added=("submission", "form_name"), add=(partial(_submission, tables),),
            fields={
                "kind": {"constant": "form"}, "contact": {"column": "contact_id", "required": True},
                "occurred_at": "timestamp", "subject": "form_name", "data.page": "page_url", "data.title": "title",
            },
        ),
    ]  # fmt: skip


def _submission(tables: Tables, cells: Cells) -> Cells:
    form = tables.side("form", "guid", "name").get(cells["form_id"])
    return cells | {
        "submission": "|".join(("form", cells["form_id"], cells["contact_id"], time(cells["timestamp"]))),
        "form_name": (first(form, "name") or first(cells, "title") or f"Form {cells['form_id']}")[:300],
    }


def _mail(tables: Tables) -> list[Step]:
    contact = {"column": "recipient", "by": "email", "required": True}
    found = [
        *tables.names_only("email_campaign", "the subject of a campaign stands with its mails."),
        *tables.step(
            "mail events", "email_event", "activities", id="id", keep=False, deleted="event",
            added=("kind", "subject", *DETAILS), add=(partial(_event, tables),),
            fields={
                "kind": "kind", "contact": contact, "occurred_at": "created", "subject": "subject",
                "data.event": "type", "data.campaign": "email_campaign_id",
                **{f"data.{name}": name for name in DETAILS},
            },
        ),
    ]  # fmt: skip
    for _, called, table in EVENTS.values():
        if table:
            fields = {f"data.{name}": name for name in DETAILS if name in tables.headings(table)}
            found += tables.step(
                f"details: {called.lower()}", table, "activity_details", id="id", keep=False,
                fields=fields or {"data.event": "event"}, added=("event",), add=(partial(_named, table),),
            )  # fmt: skip
    return [
        *found,
        *tables.step(
            "reported as spam", "email_event_spam_report", "consents", id="consent_key", keep=False,
            added=("consent_key", "recipient", "created"), add=(partial(_objected, tables),),
            fields={**opted_out("recipient", "email", "any", by="email"), "recorded_at": "created"},
        ),
        *tables.step(
            "unsubscribed", "email_event_status_change", "consents", id="consent_key", keep=False,
            added=("consent_key", "recipient", "created"), add=(_unsubscribed, partial(_objected, tables)),
            fields={**opted_out("recipient", "email", "any", by="email"), "recorded_at": "created"},
        ),
    ]  # fmt: skip


def _event(tables: Tables, cells: Cells) -> Cells:
    kind, called, table = EVENTS.get(
        cells["type"].strip().upper(), ("mail_event", cells["type"].capitalize(), "")
    )
    campaign = tables.side("email_campaign", "id", "subject", "name").get(first(cells, "email_campaign_id"))
    about = first(campaign, "subject", "name")
    details = tables.side(table, "id", *DETAILS).get(cells["id"].strip()) if table else {}
    return cells | {
        "kind": kind,
        "subject": (f"{called}: {about}" if about else called)[:300],
        **{name: details.get(name, "") for name in DETAILS},
    }


def _named(table: str, cells: Cells) -> Cells:
    return cells | {"event": next(kind for kind, (_, _, known) in EVENTS.items() if known == table)}


def _unsubscribed(cells: Cells) -> Cells:
    status = first(cells, "portal_subscription_status").upper()
    if status != "UNSUBSCRIBED":
        raise RowRefused(
            "not_an_opt_out",
            f"It says “{status[:40]}”. Only opting out is taken from a file: nobody is opted in by one.",
            "portal_subscription_status",
            status,
        )
    return cells


def _objected(tables: Tables, cells: Cells) -> Cells:
    """Whose event it is stands in the table of events. One consent per address: the last word counts."""
    event = tables.side("email_event", "id", "recipient", "created").get(cells["id"].strip())
    if not event.get("recipient", "").strip():
        raise RowRefused(
            "unknown_event",
            "No row of email_event has this id, so nobody knows whose address it is about.",
            "id",
            cells["id"],
        )
    recipient = event["recipient"].strip()
    return cells | {
        "recipient": recipient,
        "created": event.get("created", ""),
        "consent_key": f"objected|{recipient.lower()}",
    }
