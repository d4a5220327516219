"""A form comes in: one note to whoever takes over, and the company by its domain."""

from __future__ import annotations

from typing import Any

import pytest

from approvals.workflows.lead_qualification import LeadQualification
from crmgov.records.models import Activity, Contact, Task
from tests.built_in import kit
from tests.decisions import scene
from tests.world import NOW, a_contact, a_team

pytestmark = pytest.mark.django_db


def a_lead(**values: Any) -> Contact:
    usual = {"email": "maya@polder.example", "title": "Head of fleet", "team": a_team().pk}
    return a_contact(**{**usual, **values})


def by_action(action: str) -> list[dict[str, object]]:
    return [kit.values(one) for one in kit.of(LeadQualification) if one.action == action]


def test_a_posted_form_becomes_a_handoff_that_says_fit_urgency_and_what_is_missing() -> None:
    sara = kit.begin()
    owner = kit.an_owner()
    company = scene.account(domain="polder.example", owner=owner.pk)
    lead = a_lead(account=company.pk)
    kit.post(kit.event(lead, subject="Please call me", body="We have 40 trucks.", id="form-1"))

    kit.ring()

    (suggestion,) = kit.of(LeadQualification)
    values = kit.values(suggestion)
    assert values["title"] == "Qualify Maya Lind"
    assert values["assignee"] == owner.pk
    # They fit well, so that somebody calls today.
    assert values["due_on"] == "2026-11-20"
    assert values["note"].splitlines() == [
        "Who: Maya Lind, Head of fleet, Polder Freight",
        "Fit: 80 of 100. 1 message, form or meeting in 30 days. “Head of fleet” decides in companies of this size. "
        "The company has 240 employees. They write from polder.example.",
        "Urgency: high. They fit well: 80 of 100.",
        "Missing: phone, language",
        "Territory: Benelux",
    ]
    evidence = suggestion.items.get(field="title").evidence
    assert evidence[0]["text"] == "Please call me\nWe have 40 trucks."
    kit.accept(suggestion, sara)
    assert Task.objects.get().contact == lead


def test_the_same_event_five_times_acts_once() -> None:
    kit.begin()
    lead = a_lead()
    for _ in range(5):
        kit.post(kit.event(lead, subject="Call me", id="form-1"))
        kit.ring()

    assert Activity.objects.count() == 1
    assert len(by_action("create_task")) == 1


def test_somebody_nobody_knew_is_qualified_once_they_are_a_lead() -> None:
    sara = kit.begin()
    person = {"email": "ida@berg.example", "first_name": "Ida", "last_name": "Berg"}
    kit.post({"kind": "form", "occurred_at": NOW.isoformat(), "id": "form-7", "person": person})
    kit.ring()
    assert kit.of(LeadQualification) == []

    kit.accept_lead(sara)
    kit.ring()

    assert [one["title"] for one in by_action("create_task")] == ["Qualify Ida Berg"]


def test_who_asked_for_nothing_and_who_buys_already_are_no_leads() -> None:
    kit.begin()
    a_lead()
    customer = a_lead(last_name="Berg", email="ida@polder.example", lifecycle="customer")
    kit.post(kit.event(customer))

    kit.ring()

    assert kit.of(LeadQualification) == []


def test_the_one_account_of_their_domain_is_proposed() -> None:
    kit.begin()
    company = scene.account(domain="polder.example")
    kit.post(kit.event(a_lead()))

    kit.ring()

    assert by_action("set_fields") == [{"account": str(company.pk)}]


@pytest.mark.parametrize(("email", "accounts"), [("maya@polder.example", 2), ("maya@gmail.com", 1)])
def test_a_domain_of_two_or_of_everybody_names_no_company(email: str, accounts: int) -> None:
    kit.begin()
    for number in range(accounts):
        scene.account(f"Polder {number}", domain=email.rpartition("@")[2])
    kit.post(kit.event(a_lead(email=email)))

    kit.ring()

    assert by_action("set_fields") == []
    assert ("which share the domain" in str(by_action("create_task")[0]["note"])) is (accounts == 2)


def test_another_with_the_same_address_is_named() -> None:
    kit.begin()
    a_lead(first_name="M.")
    kit.post(kit.event(a_lead()))

    kit.ring()

    assert "Same address: M. Lind" in str(by_action("create_task")[0]["note"])


def test_a_chat_is_urgent_and_one_question_of_somebody_who_does_not_fit_is_not() -> None:
    kit.begin()
    poor = {"title": "", "email": "x@gmail.com"}
    kit.post(kit.event(a_lead(last_name="Chat", **poor), kind="chat"))
    kit.post(kit.event(a_lead(last_name="Form", **poor), kind="form"))

    kit.ring()

    assert [one["due_on"] for one in by_action("create_task")] == ["2026-11-20", "2026-11-25"]
