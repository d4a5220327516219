"""HubSpot's tables with keys that meet: people, companies, deals, tickets, merges and lists."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from crmgov.people.models import User
from crmgov.records.imports.references import as_uuid
from crmgov.records.models import (
    Account,
    BuyingRole,
    Contact,
    ExternalId,
    FieldChange,
    ImportRefusal,
    MatchCandidate,
    Opportunity,
    Stage,
    Ticket,
)
from tests.imports.hubspot import COMPANY, CONTACT, DEAL, OWNER, PIPELINE, STAGE, TICKET, TICKET_STAGE
from tests.imports.tables import became, bring_tables, table
from tests.world import change

pytestmark = pytest.mark.django_db


def test_companies_people_and_deals_find_each_other(tmp_path: Path) -> None:
    whole = bring_tables(
        tmp_path, "hubspot", owner=OWNER, company=COMPANY, contact=CONTACT, deal=DEAL, deal_pipeline=PIPELINE,
        deal_pipeline_stage=STAGE,
        deal_company=table("company_id,deal_id", "1,21", "99,22", "1,88"),
        deal_contact=table("contact_id,deal_id,type_id", "11,21,3", "14,21,3", "14,21,99", "14,88,3"),
    )  # fmt: skip

    assert became(whole, "company") == {"companies": (2, 0, 0, {"deleted_at_source": 1})}
    polder, nameless = Account.objects.order_by("-domain")
    assert (polder.name, nameless.name) == ("Polder Freight", "nameless.example")
    assert polder.owner is not None
    assert (polder.owner.name, polder.owner.is_active) == ("Sara Okafor", True)

    deal, other = Opportunity.objects.order_by("-amount")
    assert (deal.name, str(deal.amount), str(deal.close_date)) == ("Fleet roll-out", "1200.50", "2024-03-31")
    assert (deal.stage_id, other.stage_id) == ("New business: Qualified", "Renewals: Qualified")
    assert other.name == "Deal 22"
    assert deal.account == polder
    kinds = dict(Stage.objects.values_list("name", "kind"))
    assert (kinds["Won"], kinds["Lost"], kinds["Renewals: Qualified"]) == ("won", "lost", "open")

    assert became(whole, "deal_company") == {
        "companies of deals": (0, 1, 0, {"unknown_account": 1, "unknown_opportunity": 1})
    }
    assert became(whole, "deal_contact") == {"roles in deals": (2, 0, 1, {"unknown_opportunity": 1})}
    roles = {role.contact.first_name: role.role for role in BuyingRole.objects.select_related("contact")}
    assert roles == {"Maya": "champion", "Tom": "other"}


def test_owners_who_left_are_deactivated_and_nobody_can_log_in(tmp_path: Path) -> None:
    bring_tables(
        tmp_path, "hubspot", owner=OWNER, team=table("id,name", "5,North", "6,South"),
        owner_team=table("owner_id,team_id,is_team_primary", "70,5,true", "70,6,false", "99,5,true"),
    )  # fmt: skip

    sara, left = User.objects.exclude(role="admin").order_by("-name")
    assert (sara.email, [team.name for team in sara.teams.all()]) == ("sara@crmgov.test", ["North"])
    assert (left.name, left.is_active) == ("Left Long Ago", False)
    assert not any(user.has_usable_password() for user in (sara, left))
    assert set(ImportRefusal.objects.filter(row_taken=False).values_list("reason", flat=True)) == {
        "not_the_primary_team",
        "unknown_user",
    }


def test_a_user_and_the_owner_with_their_address_are_one_person(tmp_path: Path) -> None:
    user = table("id,primary_team_id,email,first_name,last_name", "900,5,SARA@crmgov.test,Sara,Okafor")
    bring_tables(
        tmp_path, "hubspot", owner=OWNER, users=user, team=table("id,name", "5,North"), company=COMPANY,
        team_user=table("user_id,team_id,is_secondary_user", "900,5,false"),
    )  # fmt: skip

    sara = User.objects.get(email="sara@crmgov.test")
    assert [team.name for team in sara.teams.all()] == ["North"]
    owned = Account.objects.get(name="Polder Freight")
    assert owned.owner == sara
    assert set(
        ExternalId.objects.filter(kind="user", record_id=as_uuid(sara.pk)).values_list("value", flat=True)
    ) == {
        "70",
        "user 900",
    }


def test_what_hubspot_merged_are_further_ids_of_the_survivor(tmp_path: Path) -> None:
    whole = bring_tables(
        tmp_path, "hubspot", contact=CONTACT, deal=DEAL,
        contact_merge_audit=table("canonical_vid,contact_id,vid_to_merge", "14,14,141", "404,404,405"),
        merged_deal=table("deal_id,merged_deal_id", "21,210", "21,211"),
        contact_list=table("id,name", "9,Newsletter"),
        contact_list_member=table("contact_id,contact_list_id,_fivetran_deleted", "13,9,false"),
    )  # fmt: skip

    assert became(whole, "contact")["contacts"] == (2, 0, 0, {"merged_at_source": 1})
    assert became(whole, "contact")["ids merged into contacts"] == (0, 1, 0, {})
    assert became(whole, "contact_merge_audit") == {"merged contacts": (1, 0, 0, {"unknown_survivor": 1})}
    assert became(whole, "merged_deal") == {"merged deals": (2, 0, 0, {})}
    maya = Contact.objects.get(first_name="Maya")
    ids = ExternalId.objects.filter(kind="contact", record_id=maya.pk).values_list("value", flat=True)
    assert set(ids) == {"11", "12", "13"}
    # An id that was merged away still leads to the survivor.
    assert became(whole, "contact_list_member") == {"lists of contacts": (1, 0, 0, {})}
    assert maya.tags == ["Newsletter"]


def test_a_merge_of_two_records_we_both_hold_waits_for_a_person(tmp_path: Path) -> None:
    apart = CONTACT.replace(",12;13,", ",,")
    bring_tables(tmp_path, "hubspot", contact=apart)

    merged = table("canonical_vid,contact_id,vid_to_merge", "11,11,14")
    whole = bring_tables(tmp_path, "hubspot", contact=CONTACT, contact_merge_audit=merged)

    assert Contact.objects.filter(archived_at=None).count() == 3
    assert became(whole, "contact_merge_audit")["merged contacts"] == (0, 0, 0, {"two_records_here": 1})
    assert became(whole, "contact")["ids merged into contacts"] == (0, 1, 0, {})
    pairs = MatchCandidate.objects.filter(reason="merged_at_source", status="open")
    assert pairs.count() == 2
    again = bring_tables(tmp_path, "hubspot", contact=CONTACT, contact_merge_audit=merged)
    assert became(again, "contact")["ids merged into contacts"] == (0, 0, 1, {})
    assert pairs.count() == 2


def test_tickets_know_their_stage_and_what_they_hang_on(tmp_path: Path) -> None:
    whole = bring_tables(
        tmp_path, "hubspot", company=COMPANY, contact=CONTACT, ticket=TICKET, ticket_pipeline_stage=TICKET_STAGE,
        ticket_company=table("ticket_id,company_id", "31,1", "77,1", "32,77"),
        ticket_contact=table("ticket_id,contact_id", "31,11"),
        ticket_deal=table("ticket_id,deal_id", "31,21", "77,21"),
    )  # fmt: skip

    gaps, unnamed = Ticket.objects.order_by("-priority", "subject")
    assert (gaps.subject, gaps.status, gaps.priority, gaps.extra["stage"]) == (
        "Data gaps",
        "open",
        "normal",
        "New",
    )
    assert (unnamed.subject, unnamed.status, unnamed.resolved_at) == (
        "Ticket 32",
        "closed",
        datetime(2024, 2, 3, 9, 30, tzinfo=UTC),
    )
    assert gaps.account is not None
    assert gaps.contact is not None
    assert (gaps.account.name, gaps.contact.first_name) == ("Polder Freight", "Maya")
    assert gaps.extra["deal_id"] == "21"
    assert became(whole, "ticket_company") == {
        "companies of tickets": (0, 1, 0, {"unknown_ticket": 1, "unknown_account": 1})
    }
    assert became(whole, "ticket_deal") == {"deals of tickets": (0, 1, 0, {"unknown_ticket": 1})}


def test_lists_are_tags_and_tags_of_people_stay(tmp_path: Path) -> None:
    bring_tables(tmp_path, "hubspot", contact=CONTACT)
    maya = Contact.objects.get(first_name="Maya")
    change("contact", maya.pk, tags=["vip"])
    tables = {
        "contact_list": table("id,name", "9,Newsletter", "10,Customers"),
        "contact_list_member": table(
            "contact_id,contact_list_id,_fivetran_deleted",
            "11,9,false",
            "11,10,false",
            "14,9,true",
            "404,9,false",
        ),
    }

    whole = bring_tables(tmp_path, "hubspot", **tables)

    maya.refresh_from_db()
    assert maya.tags == ["Customers", "Newsletter", "vip"]
    assert became(whole, "contact_list_member") == {
        "lists of contacts": (2, 0, 0, {"deleted_at_source": 1, "unknown_contact": 1})
    }
    assert FieldChange.objects.filter(record_id=maya.pk, field="tags").count() == 2
    change("contact", maya.pk, tags=["vip"])
    again = bring_tables(tmp_path, "hubspot", **tables)
    maya.refresh_from_db()
    assert (became(again, "contact_list_member")["lists of contacts"][:3], maya.tags) == ((0, 0, 2), ["vip"])
