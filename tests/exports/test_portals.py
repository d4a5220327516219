"""What people export from HubSpot's portal and Salesforce's data loader and reports, by the headings these write."""

from __future__ import annotations

import json
import os
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from crmgov.people.models import Role
from crmgov.records.imports.adapters.hubspot_portal import PORTAL as HUBSPOT
from crmgov.records.imports.adapters.salesforce_portal import PORTAL as SALESFORCE
from crmgov.records.imports.adapters.sheets import best
from crmgov.records.imports.files import open_csv
from crmgov.records.imports.steps import Bundle, Unprepared
from crmgov.records.models import (
    Account,
    Activity,
    BuyingRole,
    Consent,
    Contact,
    ExternalId,
    ImportRefusal,
    Opportunity,
    Stage,
    Task,
    Ticket,
)
from tests.exports.bringing import bring, outcomes
from tests.imports.files import an_admin
from tests.world import a_user

HEADINGS = Path(__file__).parents[3] / "shared" / "data" / "crm_headings" / "headings.json"
MISSING = not HEADINGS.is_file() and os.environ.get("CI") != "true"
pytestmark = pytest.mark.django_db


def kind(portal: Any, headings: list[str], name: str = "export.csv") -> list[str]:
    return [sheet.file for sheet in best(portal.sheets, name, headings)]


@pytest.mark.skipif(
    MISSING, reason="the crm_headings data set is not beside this checkout (with CI=true it must be)"
)
def test_every_kind_of_export_is_recognised_whatever_its_capitals() -> None:
    known = json.loads(HEADINGS.read_text(encoding="utf-8"))
    labels = known["hubspot_labels"]
    for name in ("contacts", "companies", "deals", "tickets"):
        assert kind(HUBSPOT, labels[name]) == [name]
        assert kind(HUBSPOT, [heading.upper() for heading in labels[name]]) == [name]
        assert kind(HUBSPOT, [heading.title() for heading in labels[name]]) == [name]
    seen = [kind(HUBSPOT, line.split(",")) for line in labels["export_capitalisation_seen"]]
    assert seen == [["contacts"], ["companies"], ["deals"]]
    assert kind(SALESFORCE, known["salesforce_contact_api_names"]) == ["Contact"]
    lead = ["Lead ID", *known["salesforce_report_labels_seen"], "Company / Account"]
    assert kind(SALESFORCE, lead) == ["Lead"]


@pytest.mark.skipif(
    MISSING, reason="the crm_headings data set is not beside this checkout (with CI=true it must be)"
)
def test_internal_names_and_lifecycle_words_are_known() -> None:
    known = json.loads(HEADINGS.read_text(encoding="utf-8"))
    names = {heading.casefold() for sheet in HUBSPOT.sheets for heading in sheet.taken}
    assert {name for name in known["hubspot_internal_to_label"] if name not in names} == {"hs_lead_status"}
    contacts = next(sheet for sheet in HUBSPOT.sheets if sheet.file == "contacts")
    words = contacts.native["lifecycle"][0].ours
    assert set(known["hubspot_lifecycle_values"]) <= set(words)
    assert words["Marketing Qualified Lead"] == words["marketingqualifiedlead"] == "mql"
    assert words["other"] == ""


def test_what_is_no_export_is_not_guessed(tmp_path: Path) -> None:
    assert kind(HUBSPOT, ["Record ID", "Colour"]) == []
    assert kind(HUBSPOT, ["First name", "Last name"]) == []
    assert not HUBSPOT.recognises("crmgov_nothing.csv", ["id"])
    path = tmp_path / "colours.csv"
    path.write_text("Record ID,Colour\n1,red\n", encoding="utf-8")
    with pytest.raises(Unprepared, match="headings of colours"):
        HUBSPOT.steps(Bundle({path.name: open_csv(path)}))


CONTACTS = """Record ID,First Name,LAST NAME,Email,Phone Number,Lead Status,Lifecycle Stage,Associated Company IDs,\
Contact owner,Unsubscribed from all email,Opted out of email: Product news,Last modified date
101,Maya,Lind,maya@halden.example,+47 22 33 44 55,Open,Marketing Qualified Lead,201,Priya Nair,true,false,2026-01-01
102,Nils,Haugen,nils@halden.example,,,customer,201;202,priya.nair@crmgov.example,false,TRUE,2026-01-01
103,Ida,Lund,ida@lund.example,,,other,,Nobody Here,,maybe,2026-01-01
"""
COMPANIES = """Record ID,Company name,Company Domain Name,Company owner,Number of Employees,Annual revenue,\
Parent company
201,Halden,halden.example,77,380,1000000,
202,Halden Branch,,,,,201
"""
DEALS = """Record ID,Deal Name,Deal Stage,Amount,Close Date,Deal owner,Pipeline,Is deal closed?,Is closed won?,\
Closed Lost Reason,Closed Won Reason,Associated Company IDs,Associated Contact IDs
301,Roll-out,Proposal sent,96000.50,2026-12-24 10:30,Priya Nair,Sales,false,false,,,201,101;102
302,Pilot,Thrown away,10,2026-01-05,,Sales,true,false,Price,,201;202,101
303,Renewal,Closed won,20,2026-01-05,,Sales,true,true,,They like us,201,999
"""
TICKETS = """Record ID,Ticket name,Ticket description,Ticket status,Priority,Source,Create date,Close date,\
Associated Company IDs,Associated Contact IDs
401,Gateway offline,It blinks,Waiting on contact,HIGH,EMAIL,2026-01-05 09:30,,201,101
402,Wrong unit,,Closed,,Chat,2026-01-05T09:30:00Z,2026-01-06T09:30:00Z,201,102
"""


def test_a_hubspot_portal_becomes_our_records() -> None:
    priya = a_user("Priya Nair", Role.ACCOUNT_MANAGER)
    source = {
        "contacts.csv": CONTACTS,
        "companies.csv": COMPANIES,
        "deals.csv": DEALS,
        "tickets.csv": TICKETS,
    }
    whole = bring(source, "hubspot", source="hubspot")

    told = outcomes(whole)
    assert told["companies.csv"] == {"accounts from companies.csv": (2, 2, 0, 0, {})}
    assert told["contacts.csv"]["contacts from contacts.csv"] == (3, 3, 0, 0, {})
    maya, nils, ida = (Contact.objects.get(first_name=name) for name in ("Maya", "Nils", "Ida"))
    assert (maya.lifecycle, nils.lifecycle, ida.lifecycle) == ("mql", "customer", "")
    assert maya.owner == nils.owner == priya
    assert maya.extra["Lead Status"] == "Open"
    assert ida.extra["Contact owner"] == "Nobody Here"
    assert maya.account is not None
    assert (maya.account.name, nils.account) == ("Halden", maya.account)
    assert nils.extra["All Associated Company IDs"] == "201;202"
    assert "Last modified date" not in maya.extra
    assert Account.objects.get(name="Halden Branch").parent == maya.account
    assert maya.account.extra["Annual revenue"] == "1000000"

    stages = dict(Stage.objects.values_list("name", "kind"))
    assert stages == {"Proposal sent": "open", "Thrown away": "lost", "Closed won": "won"}
    deal = Opportunity.objects.get(name="Roll-out")
    assert (deal.amount, deal.close_date, deal.owner) == (Decimal("96000.50"), date(2026, 12, 24), priya)
    assert deal.extra["Pipeline"] == "Sales"
    assert Opportunity.objects.get(name="Pilot").closed_reason == "Price"
    assert Opportunity.objects.get(name="Renewal").closed_reason == "They like us"
    parts = BuyingRole.objects.values_list("opportunity__name", "contact__first_name", "role")
    assert set(parts) == {
        ("Roll-out", "Maya", "other"), ("Roll-out", "Nils", "other"), ("Pilot", "Maya", "other"),
    }  # fmt: skip
    assert told["deals.csv"]["contact 1 of deals.csv"] == (3, 2, 0, 0, {"unknown_contact": 1})

    offline = Ticket.objects.get(subject="Gateway offline")
    assert (offline.status, offline.priority, offline.channel) == ("waiting", "high", "mail")
    assert offline.opened_at == datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
    assert Ticket.objects.get(subject="Wrong unit").channel == "chat"


def test_only_a_yes_opts_out_and_nothing_opts_in() -> None:
    whole = bring({"contacts.csv": CONTACTS}, "hubspot", source="hubspot")

    said = Consent.objects.values_list("contact__first_name", "channel", "purpose", "state")
    assert set(said) == {
        ("Maya", "email", "any", "opted_out"), ("Nils", "email", "product news", "opted_out"),
    }  # fmt: skip
    unreadable = ImportRefusal.objects.get(run__parent=whole, reason="unreadable_opt_out")
    assert (unreadable.line, unreadable.column, unreadable.value) == (
        4,
        "Opted out of email: Product news",
        "maybe",
    )
    again = outcomes(
        bring({"contacts.csv": CONTACTS.replace(",true,", ",false,")}, "hubspot", source="hubspot")
    )
    assert all(step[1:3] == (0, 0) for step in again["contacts.csv"].values())
    assert Consent.objects.get(contact__first_name="Maya").state == "opted_out"


def test_hubspots_activities_become_the_timeline_and_tasks() -> None:
    files = {
        "contacts.csv": "Record ID,First name,Email\n101,Maya,maya@halden.example\n",
        "calls.csv": "Record ID,Call Title,Call notes,Activity date,Activity assigned to,Associated Contact IDs\n"
        "501,Intro,Went well,2026-01-05 10:00,Priya Nair,101\n502,Nobody,,2026-01-05 10:00,,\n",
        "emails.csv": "Record ID,Email subject,Email direction,Activity date,Associated Contact IDs\n"
        "511,Offer,EMAIL,2026-01-05 10:00,101\n512,Re: Offer,INCOMING_EMAIL,2026-01-06 10:00,101\n",
        "tasks.csv": "Record ID,Task Title,Task Status,Due date,Completed at,Last modified date,"
        "Associated Contact IDs\n"
        "521,Call back,NOT_STARTED,2026-02-01 08:00,,2026-01-01,101\n"
        "522,Send deck,COMPLETED,2026-02-01,,2026-01-09 12:00,101\n",
    }
    told = outcomes(bring(files, "hubspot", source="hubspot"))

    assert told["calls.csv"]["activities from calls.csv"] == (2, 1, 0, 0, {"hangs_on_nothing": 1})
    assert set(Activity.objects.values_list("kind", "subject", "contact__first_name")) == {
        ("call", "Intro", "Maya"), ("mail_out", "Offer", "Maya"), ("mail_in", "Re: Offer", "Maya"),
    }  # fmt: skip
    assert Activity.objects.get(kind="call").by == "Priya Nair"
    back, deck = Task.objects.get(title="Call back"), Task.objects.get(title="Send deck")
    assert (back.due_on, back.done_at) == (date(2026, 2, 1), None)
    assert deck.done_at == datetime(2026, 1, 9, 12, tzinfo=UTC)
    assert deck.extra == {"Task Status": "COMPLETED"}


LOADER = {
    "User.csv": "Id,Username,Name,Email,IsActive,TimeZoneSidKey\n"
    "005A,priya@x.example,Priya Nair,priya@x.example,true,Europe/Oslo\n",
    "Account.csv": "Id,IsDeleted,MasterRecordId,Name,Website,NumberOfEmployees,OwnerId,ParentId,SystemModstamp\n"
    "001A,false,,Halden,https://www.halden.example/about,380,005A,,2026-01-01T00:00:00.000Z\n"
    "001B,true,001A,Halden AS,,,005A,,\n001C,true,,Gone,,,005A,,\n",
    "Contact.csv": "Id,IsDeleted,AccountId,FirstName,LastName,Email,OwnerId,HasOptedOutOfEmail,DoNotCall,Region__c\n"
    "003A,false,001A,Maya,Lind,maya@halden.example,005A,true,1,North\n"
    "003B,false,001B,Nils,Haugen,nils@halden.example,005A,false,0,\n",
    "Lead.csv": "Id,FirstName,LastName,Company,Email,Status,IsConverted,ConvertedContactId,HasOptedOutOfEmail\n"
    "00QA,Ida,Lund,Lund AS,ida@lund.example,Open,false,,true\n00QB,Maya,Lind,Halden,,Closed,true,003A,false\n",
    "Opportunity.csv": "Id,AccountId,Name,StageName,Amount,CloseDate,ForecastCategoryName,IsClosed,IsWon,OwnerId\n"
    "006A,001A,Roll-out,Negotiation,96000.5,2026-12-24,Best Case,false,false,005A\n",
    "OpportunityContactRole.csv": "Id,OpportunityId,ContactId,Role,IsPrimary\n"
    "00KA,006A,003A,Decision Maker,true\n00KB,006A,003B,,false\n00KC,006A,003Z,Influencer,false\n",
    "Case.csv": "Id,CaseNumber,AccountId,ContactId,Subject,Description,Status,Priority,Origin,IsEscalated,CreatedDate,"
    "ClosedDate\n500A,00001,001A,003A,Gateway offline,It blinks,Working,Medium,Web,true,"
    "2026-01-05T09:30:00.000+0000,\n",
    "Task.csv": "Id,WhoId,WhatId,Subject,ActivityDate,Status,OwnerId,TaskSubtype,CompletedDateTime,Description\n"
    "00TA,003A,006A,Call back,2026-02-01,Not Started,005A,Task,,\n"
    "00TB,003A,500A,Intro,2026-01-05,Completed,005A,Call,2026-01-05T10:00:00.000Z,Went well\n"
    "00TC,00QA,a01X,Offer,2026-01-06,Completed,005A,Email,2026-01-06T10:00:00.000Z,\n",
    "Event.csv": "Id,WhoId,WhatId,Subject,StartDateTime,DurationInMinutes,OwnerId,Description\n"
    "00UA,003A,001A,Visit,2026-01-07T10:00:00.000Z,60,005A,On site\n",
}


def test_a_salesforce_data_loader_export_becomes_our_records() -> None:
    told = outcomes(bring(LOADER, "salesforce", source="salesforce"))

    assert told["Account.csv"]["accounts from Account.csv"] == (2, 1, 0, 0, {"deleted_at_source": 1})
    halden = Account.objects.get()
    assert (halden.domain, halden.employees) == ("halden.example", 380)
    assert set(_ids(halden)) == {("account", "001A"), ("account", "001B")}
    maya, nils, ida = (Contact.objects.get(first_name=name) for name in ("Maya", "Nils", "Ida"))
    assert (maya.account, nils.account) == (halden, halden)
    assert maya.extra == {"Region__c": "North"}
    assert set(_ids(maya)) == {("contact", "003A"), ("lead", "00QB")}
    assert (_ids(ida), ida.lifecycle, ida.extra["Company"]) == ([("lead", "00QA")], "lead", "Lund AS")
    consents = Consent.objects.values_list("contact__first_name", "channel", "state")
    assert set(consents) == {
        ("Maya", "email", "opted_out"), ("Maya", "phone", "opted_out"), ("Ida", "email", "opted_out"),
    }  # fmt: skip

    deal = Opportunity.objects.get()
    assert (deal.stage_id, deal.forecast_category, str(deal.owner)) == (
        "Negotiation",
        "best_case",
        "Priya Nair",
    )
    assert dict(deal.buying_roles.values_list("contact__first_name", "role")) == {
        "Maya": "decision_maker", "Nils": "other",
    }  # fmt: skip
    assert told["OpportunityContactRole.csv"].popitem()[1][4] == {"unknown_contact": 1}
    case = Ticket.objects.get()
    assert (case.status, case.priority, case.channel, case.escalated) == ("open", "normal", "form", True)

    task = Task.objects.get()
    assert (task.title, task.contact, task.opportunity, str(task.assignee)) == (
        "Call back",
        maya,
        deal,
        "Priya Nair",
    )
    timeline = {one.kind: one for one in Activity.objects.all()}
    assert (timeline["call"].ticket, timeline["call"].by) == (case, "Priya Nair")
    assert (timeline["mail_out"].contact, timeline["mail_out"].data["WhatId"]) == (ida, "a01X")
    assert (timeline["meeting"].account, timeline["meeting"].body) == (halden, "On site")


def test_the_same_files_again_change_nothing() -> None:
    bring(LOADER, "salesforce", source="salesforce")

    again = outcomes(bring(LOADER, "salesforce", source="salesforce"))

    for file, steps in again.items():
        for step, (_, new, changed, _, _) in steps.items():
            assert (new, changed) == (0, 0), (file, step)


def test_a_salesforce_report_is_read_by_its_labels() -> None:
    an_admin()
    report = (
        "Contact ID,First Name,Last Name,Title,Account Name,Email,Phone,Email Opt Out,Do Not Call,Contact Owner\n"
        "003A,Maya,Lind,CFO,Nowhere,maya@halden.example,,1,0,Ada Admin\n"
    )
    bring({"report.csv": report}, "salesforce", source="salesforce")

    maya = Contact.objects.get()
    assert (maya.title, str(maya.owner), maya.extra["Account Name"]) == ("CFO", "Ada Admin", "Nowhere")
    assert list(Consent.objects.values_list("channel", "purpose", "state")) == [("email", "any", "opted_out")]


def _ids(record: Any) -> list[tuple[str, str]]:
    return list(ExternalId.objects.filter(record_id=record.pk).values_list("kind", "value"))
