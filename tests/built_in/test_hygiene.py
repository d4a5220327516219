"""Names in plain letters, people at the company they write from, leads that went cold."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from approvals.workflows import BuiltIn
from approvals.workflows.hygiene import AccountHygiene, ColdLeads, ContactHygiene, plain_name
from crmgov.records.models import Contact
from tests.built_in import kit
from tests.decisions import scene
from tests.world import NOW, a_contact, a_team, an_opportunity, change, create

pytestmark = pytest.mark.django_db


def said(workflow: type[BuiltIn]) -> list[dict[str, Any]]:
    return [kit.values(one) for one in kit.of(workflow)]


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("POLDER FREIGHT", "Polder Freight"),
        ("polder freight", "Polder Freight"),
        ("  Polder   Freight ", "Polder Freight"),
        ("DHL GLOBAL FORWARDING", "DHL Global Forwarding"),
        ("o'brien-smith", "O'Brien-Smith"),
        ("IBM", "IBM"),
        ("ASML", "ASML"),
        ("eBay", "eBay"),
        ("McDonald", "McDonald"),
        ("株式会社東芝", "株式会社東芝"),
        ("", ""),
    ],
)
def test_how_a_name_is_written(name: str, plain: str) -> None:
    assert plain_name(name, 4) == plain
    assert plain_name(plain, 4) == plain


def test_people_are_hardly_called_by_an_abbreviation() -> None:
    assert [plain_name(name, 2) for name in ("MAYA", "JP", "J. LIND")] == ["Maya", "JP", "J. Lind"]


def test_a_contact_that_comes_in_capitals_is_proposed_in_plain_letters() -> None:
    kit.begin()
    a_contact("LINDGREN", first_name="MAYA", team=a_team().pk)
    kit.ring()

    assert said(ContactHygiene) == [{"first_name": "Maya"}, {"last_name": "Lindgren"}]


def test_what_a_person_refused_stays_as_it_is() -> None:
    sara = kit.begin(workflows=(AccountHygiene(),))
    account = scene.account("adidas fanshop")
    kit.ring(workflows=(AccountHygiene(),))
    scene.reject(kit.of(AccountHygiene)[0], sara)
    change("account", account.pk, name="adidas fanshops")
    change("account", account.pk, name="adidas fanshop")

    kit.ring(workflows=(AccountHygiene(),))

    assert said(AccountHygiene) == [{"name": "Adidas Fanshop"}]


def test_who_writes_from_another_company_is_proposed_there() -> None:
    kit.begin()
    old, new = scene.account(domain="polder.example"), scene.account("Quay", domain="quay.example")
    contact = a_contact(email="maya@polder.example", account=old.pk, team=a_team().pk)
    kit.ring()
    change("contact", contact.pk, email="maya@quay.example")

    kit.ring()

    assert said(ContactHygiene) == [{"account": str(new.pk)}]


@pytest.mark.parametrize(
    ("email", "asked"),
    [("maya@unknown.example", True), ("maya@gmail.com", False), ("m@polder.example", False)],
)
def test_a_company_nobody_knows_is_asked_for_and_a_private_address_is_none(email: str, asked: bool) -> None:
    kit.begin()
    old = scene.account(domain="polder.example")
    contact = a_contact(email="maya@polder.example", account=old.pk, team=a_team().pk)
    change("contact", contact.pk, email=email)

    kit.ring()

    titles = [one.get("title") for one in said(ContactHygiene)]
    assert titles == (["Ask whether Maya Lind still works at Polder Freight"] if asked else [])


def test_leads_of_whom_nothing_was_heard_for_half_a_year_are_marked_at_night() -> None:
    kit.begin(workflows=(ColdLeads(),))
    old = NOW - timedelta(days=200)
    cold, heard, dealing = (
        create("contact", at=old, last_name=name, team=a_team().pk) for name in ("Cold", "Heard", "Dealing")
    )
    create("contact", last_name="New", team=a_team().pk)
    kit.post(kit.event(Contact.objects.get(pk=heard), at=NOW - timedelta(days=3)))
    deal = an_opportunity(team=a_team().pk)
    create("buying_role", opportunity=deal.pk, contact=dealing, role="champion")

    kit.ring(workflows=(ColdLeads(),))

    (suggestion,) = kit.of(ColdLeads)
    assert (suggestion.record_id, kit.values(suggestion)) == (cold, {"tags": ["cold"]})
