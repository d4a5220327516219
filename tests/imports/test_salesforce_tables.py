"""Salesforce's tables with keys that meet: leads, merges, the timeline, who said no, and rows as they once were."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from crmgov.people.models import User
from crmgov.records.models import (
    Account,
    Activity,
    BuyingRole,
    Consent,
    Contact,
    EarlierChange,
    ExternalId,
    ImportRefusal,
    MatchCandidate,
    Opportunity,
    Stage,
    Task,
)
from tests.imports.tables import became, bring_tables, table

pytestmark = pytest.mark.django_db

USER = table(
    "id,username,name,email,is_active,_fivetran_deleted,_fivetran_active",
    "005A,sara,Sara Okafor,sara@crmgov.test,true,false,true",
    "005B,left,Left Long Ago,left@crmgov.test,false,false,true",
    "005A,sara,Sara Before,sara@crmgov.test,true,false,false",
)
ACCOUNT = table(
    "id,name,is_deleted,master_record_id,website,owner_id,parent_id,number_of_employees,billing_country",
    "001A,Polder Freight,false,,https://www.polder-freight.com/about,005A,001C,420,Netherlands",
    "001B,Polder Fr.,true,001A,,,,,",
    "001C,Polder Holding,false,,,005B,,,",
)
CONTACT = table(
    "id,is_deleted,master_record_id,account_id,first_name,last_name,email,phone,mailing_country_code,"
    "has_opted_out_of_email,do_not_call,sales_email_opt_out_c,email_opt_out_date_time_c,lead_source",
    "003A,false,,001A,Maya,Lind,maya@polder-freight.com,020 123 4567,NL,true,true,FALSE,,Web",
    "003B,false,,001A,Tom,Becker,tom@polder-freight.com,,,FALSE,FALSE,TRUE,2024-01-01 8:00:00,",
)
LEAD = table(
    "id,is_deleted,is_converted,converted_contact_id,first_name,last_name,email,company,has_opted_out_of_email",
    "00QA,false,true,003A,Maya,Lind,maya@polder-freight.com,Polder,true",
    "00QB,false,false,,Ines,Moreau,ines@atelier-moreau.fr,Atelier Moreau,true",
    "00QC,false,true,003X,Gone,Person,gone@elsewhere.example,Elsewhere,false",
)
OPPORTUNITY = table(
    "id,is_deleted,name,account_id,stage_name,is_closed,is_won,amount,close_date,forecast_category,owner_id",
    "006A,false,Fleet roll-out,001A,Negotiation,false,false,1200.5,2024-03-31 00:00:00,BestCase,005A",
    "006B,false,Pilot,001A,Closed Won,true,true,10,2024-01-31 00:00:00,Closed,005A",
    "006C,false,Old,001A,Closed Won,true,true,10,2024-01-31 00:00:00,Closed,005A",
    "006D,true,Deleted,001A,Dead,true,false,10,2024-01-31 00:00:00,Omitted,005A",
)
RECORDS = {"user": USER, "account": ACCOUNT, "contact": CONTACT, "lead": LEAD, "opportunity": OPPORTUNITY}


def test_records_find_each_other(tmp_path: Path) -> None:
    whole = bring_tables(
        tmp_path, "salesforce", **RECORDS,
        opportunity_contact_role=table(
            "id,opportunity_id,contact_id,role", "r1,006A,003A,Decision Maker", "r2,006A,003B,Guru", "r3,006A,003X,User"
        ),
    )  # fmt: skip

    assert became(whole, "user") == {"users": (2, 0, 0, {"earlier_version": 1})}
    assert dict(User.objects.exclude(role="admin").values_list("name", "is_active")) == {
        "Sara Okafor": True,
        "Left Long Ago": False,
    }
    polder = Account.objects.get(name="Polder Freight")
    assert polder.parent is not None
    assert polder.owner is not None
    assert (polder.parent.name, polder.owner.name, polder.employees) == ("Polder Holding", "Sara Okafor", 420)
    assert polder.domain == "polder-freight.com"
    assert became(whole, "account") == {
        "accounts": (2, 0, 0, {"deleted_at_source": 1}),
        "merged accounts": (1, 0, 0, {}),
    }
    maya = Contact.objects.get(first_name="Maya")
    assert (maya.account, maya.phone, maya.source) == (polder, "+31201234567", "Web")
    deal = Opportunity.objects.get(name="Fleet roll-out")
    assert (deal.account, deal.stage_id, str(deal.amount), deal.forecast_category) == (
        polder,
        "Negotiation",
        "1200.50",
        "best_case",
    )
    assert dict(Stage.objects.values_list("name", "kind")) == {"Negotiation": "open", "Closed Won": "won"}
    assert became(whole, "opportunity") == {
        "stages": (2, 0, 0, {}),
        "opportunities": (3, 0, 0, {"deleted_at_source": 1}),
    }
    assert became(whole, "opportunity_contact_role") == {
        "roles in opportunities": (2, 0, 0, {"unknown_contact": 1})
    }
    assert set(BuyingRole.objects.values_list("contact__first_name", "role")) == {
        ("Maya", "decision_maker"),
        ("Tom", "other"),
    }


def test_a_lead_is_a_contact_and_a_converted_one_an_id_of_its_contact(tmp_path: Path) -> None:
    whole = bring_tables(tmp_path, "salesforce", **RECORDS)

    assert became(whole, "lead")["leads"] == (1, 0, 0, {})
    assert became(whole, "lead")["converted leads"] == (1, 0, 0, {"unknown_survivor": 1})
    ines, maya = Contact.objects.get(first_name="Ines"), Contact.objects.get(first_name="Maya")
    assert (ines.lifecycle, ines.is_lead, ines.extra["company"]) == ("lead", True, "Atelier Moreau")
    ids = ExternalId.objects.filter(record_type="contact", kind="lead").values_list("value", "record_id")
    assert dict(ids) == {"00QA": maya.pk, "00QB": ines.pk}
    assert Contact.objects.count() == 3


def test_a_lead_converted_since_last_time_is_linked_by_its_mail_address(tmp_path: Path) -> None:
    bring_tables(tmp_path, "salesforce", lead=LEAD)
    ines = Contact.objects.get(first_name="Ines")
    contact = table(
        "id,account_id,first_name,last_name,email,is_deleted",
        "003I,,Ines,Moreau,ines@atelier-moreau.fr,false",
    )
    converted = LEAD.replace("00QB,false,false,,", "00QB,false,true,003I,")

    whole = bring_tables(tmp_path, "salesforce", contact=contact, lead=converted)

    assert became(whole, "lead")["converted leads"][:3] == (0, 0, 1)
    assert Contact.objects.filter(last_name="Moreau").count() == 1
    assert set(ExternalId.objects.filter(record_id=ines.pk).values_list("kind", "value")) == {
        ("lead", "00QB"),
        ("contact", "003I"),
    }


def test_a_lead_and_a_contact_we_hold_apart_wait_for_a_person(tmp_path: Path) -> None:
    bring_tables(tmp_path, "salesforce", lead=LEAD)
    contact = table("id,account_id,first_name,last_name,email,is_deleted", "003I,,I.,Moreau,,false")
    converted = LEAD.replace("00QB,false,false,,", "00QB,false,true,003I,")

    whole = bring_tables(tmp_path, "salesforce", contact=contact, lead=converted)

    assert became(whole, "lead")["converted leads"][3]["two_records_here"] == 1
    assert Contact.objects.filter(last_name="Moreau", archived_at=None).count() == 2
    assert MatchCandidate.objects.filter(reason="merged_at_source").count() == 1


def test_what_was_merged_is_a_further_id_of_the_survivor(tmp_path: Path) -> None:
    bring_tables(tmp_path, "salesforce", **RECORDS)

    polder = Account.objects.get(name="Polder Freight")
    ids = ExternalId.objects.filter(kind="account", record_id=polder.pk).values_list("value", flat=True)
    assert set(ids) == {"001A", "001B"}


def test_whoever_said_no_is_opted_out_and_nobody_is_opted_in(tmp_path: Path) -> None:
    bring_tables(tmp_path, "salesforce", **RECORDS)

    said = set(Consent.objects.values_list("contact__first_name", "channel", "purpose", "state"))
    assert said == {
        ("Maya", "email", "any", "opted_out"),
        ("Maya", "phone", "any", "opted_out"),
        ("Tom", "email", "sales email opt out", "opted_out"),
        ("Ines", "email", "any", "opted_out"),
    }


TIMELINE = {
    "event": table(
        "id,who_id,what_id,account_id,owner_id,subject,description,type,start_date_time,is_deleted,duration_in_minutes",
        "00UA,003A,006A,001A,005A,Demo,Shown,Meeting,2024-01-05 9:00:00,FALSE,30",
        "00UB,00QB,,,005A,Ring,,Call,2024-01-06 9:00:00,FALSE,15",
        "00UC,003X,006X,,005A,Nobody,,Call,2024-01-06 9:00:00,FALSE,15",
        "00UD,003A,,,005A,Deleted,,Call,2024-01-06 9:00:00,TRUE,15",
    ),
    "task": table(
        "id,who_id,what_id,account_id,owner_id,subject,description,is_closed,activity_date,completed_date_time,"
        "task_subtype,is_deleted",
        "00TA,003A,006A,001A,005A,Send the offer,By mail,FALSE,2024-02-01 00:00:00,,Task,FALSE",
        "00TB,003B,,001A,005A,Called Tom,,TRUE,2024-02-02 00:00:00,2024-02-02 16:30:00,Call,FALSE",
        "00TC,003X,,,005X,Lost,,TRUE,2024-02-02 00:00:00,2024-02-02 16:30:00,Task,FALSE",
    ),
    "order": table(
        "id,account_id,order_number,effective_date,total_amount,status,is_deleted",
        "801A,001A,5392,2024-02-03 00:00:00,27998.6,Activated,FALSE",
        "801B,001X,5393,2024-02-03 00:00:00,10,Activated,FALSE",
    ),
    "opportunity_line_item": table("id,opportunity_id,quantity", "00kA,006A,2"),
}


def test_events_tasks_and_orders_stand_in_the_timeline(tmp_path: Path) -> None:
    whole = bring_tables(tmp_path, "salesforce", **RECORDS, **TIMELINE)

    found = {one.subject: one for one in Activity.objects.select_related("contact", "account", "opportunity")}
    assert set(found) == {"Demo", "Ring", "Called Tom", "Order 5392"}
    demo, ring, called, order = (found[name] for name in ("Demo", "Ring", "Called Tom", "Order 5392"))
    assert demo.opportunity is not None
    assert (demo.kind, demo.opportunity.name, demo.by) == ("meeting", "Fleet roll-out", "Sara Okafor")
    assert demo.data == {"type": "Meeting", "minutes": "30"}
    assert ring.contact is not None
    assert (ring.kind, ring.contact.first_name) == ("call", "Ines")
    assert (called.kind, called.occurred_at) == ("call", datetime(2024, 2, 2, 16, 30, tzinfo=UTC))
    assert (order.kind, str(order.amount)) == ("purchase", "27998.60")

    offer, tom = Task.objects.order_by("-title")
    assert offer.assignee is not None
    assert (offer.title, str(offer.due_on), offer.done_at, offer.assignee.name) == (
        "Send the offer",
        "2024-02-01",
        None,
        "Sara Okafor",
    )
    assert tom.done_at == datetime(2024, 2, 2, 16, 30, tzinfo=UTC)
    assert became(whole, "event") == {"events": (2, 0, 0, {"hangs_on_nothing": 1, "deleted_at_source": 1})}
    assert became(whole, "task") == {
        "tasks": (2, 0, 0, {"hangs_on_nothing": 1}),
        "tasks done": (1, 0, 0, {"hangs_on_nothing": 1}),
    }
    assert became(whole, "order") == {"orders": (1, 0, 0, {"unknown_account": 1})}
    assert became(whole, "opportunity_line_item") == {"line items": (0, 0, 0, {"no_place_for_it": 1})}


def test_rows_as_they_once_were_tell_what_changed_and_when(tmp_path: Path) -> None:
    history = table(
        "id,_fivetran_start,_fivetran_end,_fivetran_active,name,industry,number_of_employees,owner_id,is_deleted",
        "001A,2023-03-01 8:00:00,9999-12-31 23:59:59,true,Polder Freight,,420,005A,false",
        "001A,2023-01-01 8:00:00,2023-02-01 7:59:59,false,Polder,Logistics,400,005B,false",
        "001A,2023-02-01 8:00:00,2023-03-01 7:59:59,false,Polder Freight,Logistics,many,005B,false",
        "001X,2023-01-01 8:00:00,9999-12-31 23:59:59,true,Nobody,,,,false",
        "001A,2023-04-01 8:00:00,9999-12-31 23:59:59,true,Polder Freight,,420,005A,false",
    )

    whole = bring_tables(tmp_path, "salesforce", user=USER, account=ACCOUNT, account_history=history)

    rows = EarlierChange.objects.order_by("at", "field").values_list("at__date", "field", "old", "new")
    assert [(str(day), *rest) for day, *rest in rows] == [
        ("2023-01-01", "employees", None, 400),
        ("2023-01-01", "industry", None, "Logistics"),
        ("2023-01-01", "name", None, "Polder"),
        ("2023-01-01", "owner", None, "Left Long Ago"),
        ("2023-02-01", "name", "Polder", "Polder Freight"),
        ("2023-03-01", "employees", "many", 420),
        ("2023-03-01", "industry", "Logistics", None),
        ("2023-03-01", "owner", "Left Long Ago", "Sara Okafor"),
    ]
    unread = ImportRefusal.objects.get(reason="invalid_employees")
    assert (unread.line, unread.value, unread.row_taken) == (4, "many", True)
    assert became(whole, "account_history") == {
        "account_history": (3, 0, 0, {"unknown_account": 1, "nothing_changed": 1})
    }


def test_the_second_time_nothing_changes(tmp_path: Path) -> None:
    bring_tables(tmp_path, "salesforce", **RECORDS, **TIMELINE)

    again = bring_tables(tmp_path, "salesforce", **RECORDS, **TIMELINE)

    for run in again.runs.all():
        assert (run.counts["new"], run.counts["changed"]) == (0, 0), run.step


def test_a_file_that_only_has_the_name_of_a_table_is_none(tmp_path: Path) -> None:
    from crmgov.records.imports.adapters import adapter_of

    assert not adapter_of("salesforce").recognises("account.csv", ("foo", "bar"))
    assert adapter_of("salesforce").recognises("salesforce_account.csv", ("id", "name"))
    assert not adapter_of("hubspot").recognises("deal_company.csv", ("deal_id", "type"))
