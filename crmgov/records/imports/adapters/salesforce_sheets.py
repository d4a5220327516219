"""Salesforce: the API names of the data loader, and the labels of reports beside them."""

from __future__ import annotations

from collections.abc import Mapping

from .sheets import Column, Sheet

OWN = "crmgov_{}__c"
CLOCKS = ("LastModifiedDate", "LastModifiedById", "SystemModstamp", "LastViewedDate", "LastReferencedDate",
          "Last Modified Date")  # fmt: skip
DELETED = ("IsDeleted",)
FORECASTS = {"pipeline": "Pipeline", "best_case": "Best Case", "commit": "Commit", "omitted": "Omitted",
             "closed": "Closed"}  # fmt: skip
STATUSES = {"open": "New", "waiting": "On Hold", "closed": "Closed", "resolved": "Closed"}
PRIORITIES = {"low": "Low", "normal": "Medium", "high": "High", "urgent": "High"}
ORIGINS = {"mail": "Email", "phone": "Phone", "form": "Web", "chat": "Chat"}
ROLES = {"decision_maker": "Decision Maker", "economic_buyer": "Economic Buyer", "influencer": "Influencer",
         "user": "Business User"}  # fmt: skip
# Parts Salesforce knows and we do not, and none at all.
OTHER_ROLES = {
    "Economic Decision Maker": "economic_buyer", "Other": "other", "Evaluator": "other", "Technical Buyer": "other",
    "Executive Sponsor": "other", "": "other",
}  # fmt: skip
OPT_OUTS = {
    "HasOptedOutOfEmail": "email", "Email Opt Out": "email", "DoNotCall": "phone", "Do Not Call": "phone",
}  # fmt: skip
# What the first three characters of an id say about the object.
WHAT = {"001": "WhatId of an account", "006": "WhatId of an opportunity", "500": "WhatId of a case"}


def _lead_or_contact(file: str, identity: tuple[str, ...], marks: tuple[str, ...], owner: str) -> Sheet:
    lead = file == "Lead"
    account = () if lead else (Column("AccountId", "account", ("Account ID", "Account Name")),)
    stage = (Column("Stage of a lead", "lifecycle", written=False),) if lead else ()
    return Sheet(
        file, "leads" if lead else "contacts", identity,
        (
            Column("FirstName", "first_name", ("First Name",)),
            Column("LastName", "last_name", ("Last Name",)),
            Column("Email", "email"),
            Column("Phone", "phone"),
            Column("Title", "title"),
            Column("OwnerId", "owner", (owner, "Owner"), value="owner_id_outside"),
            Column("LeadSource", "source", ("Lead Source",)),
            Column("HasOptedOutOfEmail", value="no_mail", also=("Email Opt Out",)),
            Column("DoNotCall", value="no_call", also=("Do Not Call",)),
            *account, *stage,
        ),
        marks, OWN, opt_outs=OPT_OUTS, deleted=DELETED, clocks=CLOCKS,
        merged=("ConvertedContactId", "lead_conversions") if lead else ("MasterRecordId", "contact_merges"),
        derive=_is_lead if lead else None, derived=("Stage of a lead",) if lead else (),
    )  # fmt: skip


def _is_lead(cells: Mapping[str, str]) -> dict[str, str]:
    """What Salesforce calls a lead is one, unless a column of ours knows more."""
    return {} if "crmgov_lifecycle__c" in cells else {"Stage of a lead": "lead"}


def _what(cells: Mapping[str, str]) -> dict[str, str]:
    """What a task or event is about, told by the kind of its id; where we wrote it our own columns say it better."""
    what = (cells.get("whatid") or "").strip()
    if any(name.startswith("crmgov_") for name in cells):
        return {"whatid": ""}
    return {WHAT[what[:3]]: what, "whatid": ""} if what[:3] in WHAT else {}


def _task(cells: Mapping[str, str]) -> dict[str, str]:
    """A completed task was completed no later than Salesforce last touched it."""
    found = _what(cells)
    done = (cells.get("completeddatetime") or cells.get("completed date/time") or "").strip()
    if (cells.get("status") or "").strip().casefold() == "completed" and not done:
        found["Completed by"] = cells.get("lastmodifieddate") or cells.get("last modified date") or ""
    return found


def _is_talk(cells: Mapping[str, str]) -> bool:
    """A logged call or mail is a completed task in Salesforce; to us it is something that happened."""
    done = (cells.get("status") or "").strip().casefold() == "completed"
    return done and (cells.get("tasksubtype") or "").strip().casefold() in {"call", "email", "listemail"}


def _is_no_talk(cells: Mapping[str, str]) -> bool:
    return not _is_talk(cells)


TASK = (
    "TaskSubtype",
    "ActivityDate",
    "IsClosed",
    "Status",
    "WhatId",
    "WhoId",
    "Subject",
    "CompletedDateTime",
    "Due Date",
)
ABOUT = (
    Column("WhoId", "contact", ("Contact ID", "Name ID")),
    Column("WhatId", value="what_id"),
    Column("AccountId", "account", ("Account ID", "WhatId of an account", "Company / Account")),
)
DERIVED = ("Completed by", *WHAT.values())
TALK = Column("TaskSubtype", "kind", words={"call": "Call", "mail_out": "Email", "mail_in": "Email", "reply": "Email"},
              read={"ListEmail": "mail_out"})  # fmt: skip
OPPORTUNITY = Column("WhatId of an opportunity", "opportunity", written=False)
CASE = Column("WhatId of a case", "ticket", written=False)

SHEETS = (
    Sheet(
        "User", "users", ("Id", "User ID"),
        (
            Column("Name", "name", ("Full Name",)),
            Column("Email", "email"),
            Column("TimeZoneSidKey", "time_zone", ("Time Zone",)),
            Column("LanguageLocaleKey", "language"),
            Column("IsActive", "is_active", ("Active",)),
        ),
        ("Username", "TimeZoneSidKey", "ProfileId", "LanguageLocaleKey", "UserRoleId", "CommunityNickname"),
        OWN, clocks=CLOCKS,
    ),
    Sheet(
        "Account", "accounts", ("Id", "Account ID"),
        (
            Column("Name", "name", ("Account Name",)),
            Column("Website", "domain"),
            Column("Industry", "industry"),
            Column("NumberOfEmployees", "employees", ("Employees",)),
            Column("OwnerId", "owner", ("Account Owner", "Owner"), value="owner_id_outside"),
            Column("ParentId", "parent", ("Parent Account ID", "Parent Account")),
        ),
        ("NumberOfEmployees", "Website", "ParentId", "BillingCity", "Account Owner", "Employees", "Parent Account",
         "AnnualRevenue", "Industry"),
        OWN, merged=("MasterRecordId", "account_merges"), deleted=DELETED, clocks=CLOCKS,
    ),
    _lead_or_contact(
        "Contact", ("Id", "Contact ID"),
        ("LastName", "FirstName", "AccountId", "MailingCity", "ReportsToId", "First Name", "Last Name",
         "Contact Owner", "Title", "Account Name", "Email"),
        "Contact Owner",
    ),
    _lead_or_contact(
        "Lead", ("Id", "Lead ID"),
        ("LastName", "FirstName", "Company", "IsConverted", "ConvertedContactId", "First Name", "Last Name",
         "Lead Owner", "Lead Status", "Company / Account", "Title", "Email", "Lead Source"),
        "Lead Owner",
    ),
    Sheet(
        "Opportunity", "opportunities", ("Id", "Opportunity ID"),
        (
            Column("Name", "name", ("Opportunity Name",)),
            Column("AccountId", "account", ("Account ID", "Account Name")),
            Column("StageName", "stage", ("Stage",)),
            Column("Amount", "amount"),
            Column("CurrencyIsoCode", "currency", ("Amount Currency", "Opportunity Currency")),
            Column("CloseDate", "close_date", ("Close Date",)),
            Column("ForecastCategoryName", "forecast_category", ("ForecastCategory", "Forecast Category"),
                   words=FORECASTS, read={"BestCase": "best_case", "Forecast": "commit"}),
            Column("NextStep", "next_step", ("Next Step",)),
            Column("OwnerId", "owner", ("Opportunity Owner", "Owner"), value="owner_id_outside"),
        ),
        ("StageName", "Stage", "CloseDate", "Close Date", "Opportunity Name", "Amount", "ForecastCategoryName"),
        OWN, deleted=DELETED, clocks=CLOCKS,
    ),
    Sheet(
        "OpportunityContactRole", "buying_roles", ("Id", "Opportunity Contact Role ID"),
        (
            Column("OpportunityId", "opportunity", ("Opportunity ID",)),
            Column("ContactId", "contact", ("Contact ID",)),
            Column("Role", "role", words=ROLES, read=OTHER_ROLES),
        ),
        ("OpportunityId", "ContactId", "Role", "IsPrimary", "Opportunity ID", "Contact ID"),
        OWN, deleted=DELETED, clocks=CLOCKS,
    ),
    Sheet(
        "Case", "tickets", ("Id", "Case ID"),
        (
            Column("Subject", "subject"),
            Column("Description", "body"),
            Column("AccountId", "account", ("Account ID", "Account Name")),
            Column("ContactId", "contact", ("Contact ID",)),
            Column("Status", "status", words=STATUSES,
                   read={"Working": "open", "Escalated": "open", "open": "open", "waiting": "waiting",
                         "resolved": "resolved"}),
            Column("Priority", "priority", words=PRIORITIES),
            Column("Origin", "channel", ("Case Origin",), words=ORIGINS),
            Column("IsEscalated", "escalated", ("Escalated",)),
            Column("Language", "language"),
            Column("CreatedDate", "opened_at", ("Date/Time Opened", "Created Date", "Opened Date")),
            Column("ClosedDate", "resolved_at", ("Date/Time Closed", "Closed Date")),
        ),
        ("Origin", "Case Origin", "IsEscalated", "CaseNumber", "Case Number", "SuppliedEmail", "Date/Time Opened",
         "ClosedDate", "Subject", "Priority"),
        OWN, deleted=DELETED, clocks=CLOCKS,
    ),
    Sheet(
        "Task", "tasks", ("Id", "Activity ID"),
        (
            Column("Subject", "title"),
            Column("Description", "note", ("Full Comments", "Comments")),
            Column("ActivityDate", "due_on", ("Due Date", "Date")),
            Column("Status", value="task_status"),
            Column("CompletedDateTime", "done_at", ("Completed Date/Time", "Completed by")),
            Column("OwnerId", "assignee", ("Assigned", "Assigned To"), value="owner_id_outside"),
            *ABOUT, OPPORTUNITY, CASE,
        ),
        TASK, OWN, derive=_task, derived=DERIVED, skip=_is_talk, deleted=DELETED, clocks=CLOCKS,
    ),
    Sheet(
        "Task_calls_and_mails", "activities", ("Id", "Activity ID"),
        (
            Column("Subject", "subject"),
            Column("Description", "body", ("Full Comments", "Comments")),
            Column("CompletedDateTime", "occurred_at", ("Completed Date/Time", "Completed by", "ActivityDate")),
            Column("Status", value="completed"),
            Column("OwnerId", "by", ("Assigned", "Assigned To"), person=True),
            TALK, *ABOUT, OPPORTUNITY, CASE,
        ),
        TASK, OWN, derive=_task, derived=DERIVED, skip=_is_no_talk, deleted=DELETED, clocks=CLOCKS,
        only={"kind__in": ["call", "mail_in", "mail_out", "reply"]},
    ),
    Sheet(
        "Event", "activities", ("Id", "Activity ID"),
        (
            Column("Subject", "subject"),
            Column("Description", "body", ("Full Comments", "Comments")),
            Column("StartDateTime", "occurred_at", ("ActivityDateTime", "ActivityDate", "Start")),
            Column("OwnerId", "by", ("Assigned", "Assigned To"), person=True),
            *ABOUT, OPPORTUNITY, CASE,
        ),
        ("StartDateTime", "EndDateTime", "ActivityDateTime", "IsAllDayEvent", "DurationInMinutes", "WhatId", "WhoId",
         "Subject", "Start"),
        OWN, derive=_what, derived=DERIVED, deleted=DELETED, clocks=CLOCKS,
        only={"kind": "meeting"}, always={"kind": "meeting"},
    ),
)  # fmt: skip
