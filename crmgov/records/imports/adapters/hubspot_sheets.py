"""HubSpot's portal exports: labels as they stand in its files, internal names beside them."""

from __future__ import annotations

from collections.abc import Mapping

from .sheets import Column, Sheet

LIFECYCLES = {
    "subscriber": "subscriber",
    "lead": "lead",
    "mql": "marketingqualifiedlead",
    "sql": "salesqualifiedlead",
    "opportunity": "opportunity",
    "customer": "customer",
    "evangelist": "evangelist",
    # HubSpot has no word for a customer that left.
    "churned": "other",
}
# "other" alone says nothing we could take.
LABELS = {
    "Marketing Qualified Lead": "mql",
    "Sales Qualified Lead": "sql",
    "mql": "mql",
    "sql": "sql",
    "other": "",
}
STATUSES = {"open": "New", "waiting": "Waiting on contact", "closed": "Closed", "resolved": "Closed"}
PRIORITIES = {"low": "LOW", "normal": "MEDIUM", "high": "HIGH", "urgent": "URGENT"}
FORECASTS = {
    "pipeline": "PIPELINE",
    "best_case": "BEST_CASE",
    "commit": "COMMIT",
    "omitted": "OMIT",
    "closed": "CLOSED",
}
CHANNELS = {"mail": "EMAIL", "phone": "PHONE", "chat": "CHAT", "form": "FORM"}
ID = ("Record ID", "hs_object_id", "Object ID")
CLOCKS = ("Last modified date", "hs_lastmodifieddate", "lastmodifieddate")
COMPANY = Column(
    "Associated Company IDs", "account", ("Associated Company ID", "associatedcompanyid", "Associated Company"),
    several=True,
)  # fmt: skip
CONTACT = Column(
    "Associated Contact IDs", "contact", ("Associated Contact ID", "Associated Contact"), several=True
)
DEAL = Column("Associated Deal IDs", "opportunity", ("Associated Deal ID", "Associated Deal"), several=True)
TICKET = Column("Associated Ticket IDs", "ticket", ("Associated Ticket ID",), several=True)
LIFECYCLE = Column("Lifecycle stage", "lifecycle", ("lifecyclestage",), words=LIFECYCLES, read=LABELS)
OPT_OUTS = {"Unsubscribed from all email": "email", "hs_email_optout": "email"}


def _owner(heading: str, name: str = "owner") -> Column:
    return Column(heading, name, ("hubspot_owner_id", "HubSpot owner", "Owner"))


def _engagement(file: str, kind: str, subject: Column, body: Column, marks: tuple[str, ...]) -> Sheet:
    """Calls, meetings and notes are of one kind; which kind a mail is stands in its direction."""
    columns = (
        subject, body, Column("Activity date", "occurred_at", ("hs_timestamp", "Create date")),
        Column("Activity assigned to", "by", ("hubspot_owner_id",), person=True), COMPANY, CONTACT, DEAL, TICKET,
    )  # fmt: skip
    if not kind:
        mails = {"kind__in": ["mail_in", "mail_out", "reply"]}
        return Sheet(file, "activities", ID, (*columns, DIRECTION), marks, only=mails, clocks=CLOCKS)
    only = always = {"kind": kind}
    return Sheet(file, "activities", ID, columns, marks, only=only, always=always, clocks=CLOCKS)


DIRECTION = Column(
    "Email direction", "kind", ("hs_email_direction",),
    words={"mail_out": "EMAIL", "mail_in": "INCOMING_EMAIL", "reply": "INCOMING_EMAIL"},
    read={"FORWARDED_EMAIL": "mail_in", "Outgoing email": "mail_out", "Incoming email": "mail_in"},
)  # fmt: skip


def _done(cells: Mapping[str, str]) -> dict[str, str]:
    """A task that is completed was completed no later than HubSpot last touched it."""
    status = next((cells[name] for name in ("task status", "hs_task_status") if cells.get(name)), "")
    if (
        status.strip().casefold() != "completed"
        or cells.get("completed at")
        or cells.get("hs_task_completion_date")
    ):
        return {}
    touched = next(
        (cells[name] for name in ("last modified date", "hs_lastmodifieddate") if cells.get(name)), ""
    )
    return {"Completed by": touched}


SHEETS = (
    Sheet(
        "companies", "accounts", ID,
        (
            Column("Company name", "name", ("name",)),
            Column("Company domain name", "domain", ("domain",)),
            Column("Industry", "industry"),
            Column("Number of employees", "employees", ("numberofemployees",)),
            _owner("Company owner"),
            LIFECYCLE,
            Column("Parent company", "parent", ("hs_parent_company_id", "Parent Company ID")),
        ),
        ("Company domain name", "Company owner", "Number of employees", "Parent company", "numberofemployees",
         "domain", "Company name"),
        clocks=CLOCKS,
    ),
    Sheet(
        "contacts", "contacts", ID,
        (
            Column("First name", "first_name", ("firstname",)),
            Column("Last name", "last_name", ("lastname",)),
            Column("Email", "email"),
            Column("Phone number", "phone", ("phone",)),
            Column("Job title", "title", ("jobtitle",)),
            _owner("Contact owner"),
            LIFECYCLE,
            Column("Original source", "source", ("hs_analytics_source",)),
            COMPANY,
            Column("Unsubscribed from all email", value="no_mail"),
        ),
        ("First name", "Last name", "Contact owner", "firstname", "lastname", "Job title", "Email", *OPT_OUTS),
        opt_outs=OPT_OUTS, opt_outs_of={"Opted out of email: ": "email"}, clocks=CLOCKS,
    ),
    Sheet(
        "deals", "opportunities", ID,
        (
            Column("Deal name", "name", ("dealname",)),
            Column("Deal stage", "stage", ("dealstage",)),
            Column("Amount", "amount"),
            Column("Currency", "currency", ("deal_currency_code",)),
            Column("Close date", "close_date", ("closedate",)),
            Column("Forecast category", "forecast_category", ("hs_manual_forecast_category",), words=FORECASTS),
            Column("Next step", "next_step", ("hs_next_step",)),
            Column("Closed lost reason", "closed_reason", ("closed_lost_reason",), value="lost_reason"),
            Column("Closed won reason", "closed_reason", ("closed_won_reason",), value="won_reason"),
            _owner("Deal owner"),
            COMPANY,
            Column("Associated Contact IDs", value="role_contacts"),
        ),
        ("Deal name", "dealname", "Deal stage", "dealstage", "Deal owner"),
        clocks=CLOCKS,
    ),
    Sheet(
        "tickets", "tickets", ID,
        (
            Column("Ticket name", "subject", ("subject",)),
            Column("Ticket description", "body", ("content",)),
            Column(
                "Ticket status", "status", ("hs_pipeline_stage",), words=STATUSES,
                read={"Waiting on us": "open", "open": "open", "waiting": "waiting", "resolved": "resolved",
                      "1": "open", "2": "waiting", "3": "open", "4": "closed"},
            ),
            Column("Priority", "priority", ("hs_ticket_priority",), words=PRIORITIES),
            Column("Source", "channel", ("source_type",), words=CHANNELS),
            Column("Create date", "opened_at", ("createdate",)),
            Column("Close date", "resolved_at", ("closed_date",)),
            COMPANY,
            CONTACT,
        ),
        ("Ticket name", "Ticket status", "Ticket description", "Ticket owner", "hs_ticket_priority"),
        clocks=CLOCKS,
    ),
    Sheet(
        "tasks", "tasks", ID,
        (
            Column("Task title", "title", ("hs_task_subject",)),
            Column("Task notes", "note", ("hs_task_body",)),
            Column("Due date", "due_on", ("hs_timestamp",)),
            Column("Completed at", "done_at", ("hs_task_completion_date", "Completed by")),
            Column("Task status", value="task_status", also=("hs_task_status",)),
            Column("Assigned to", "assignee", ("hubspot_owner_id", "Activity assigned to")),
            COMPANY, CONTACT, DEAL, TICKET,
        ),
        ("Task title", "Task status", "Task notes", "hs_task_subject", "hs_task_status"),
        derive=_done, derived=("Completed by",), clocks=CLOCKS,
    ),
    _engagement(
        "calls", "call", Column("Call title", "subject", ("hs_call_title",)),
        Column("Call notes", "body", ("hs_call_body",)),
        ("Call title", "Call notes", "hs_call_title", "hs_call_body", "Call duration", "Call outcome"),
    ),
    _engagement(
        "emails", "", Column("Email subject", "subject", ("hs_email_subject",)),
        Column("Email body", "body", ("hs_email_text", "hs_email_html")),
        ("Email subject", "Email body", "Email direction", "hs_email_subject", "hs_email_direction"),
    ),
    _engagement(
        "meetings", "meeting", Column("Meeting name", "subject", ("hs_meeting_title",)),
        Column("Meeting description", "body", ("hs_meeting_body",)),
        ("Meeting name", "Meeting description", "hs_meeting_title", "hs_meeting_body"),
    ),
    _engagement(
        "notes", "note", Column("Note title", "subject"), Column("Note body", "body", ("hs_note_body",)),
        ("Note body", "hs_note_body"),
    ),
)  # fmt: skip
