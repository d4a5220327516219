"""Conversations that ended and ones that have not begun: a message for a person, and what is known before it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from approvals.workflows.dormant import Dormant
from approvals.workflows.outbound_brief import OutboundBrief
from crmgov.kernel.actors import Actor, ActorType
from crmgov.records.models import Activity, Contact
from crmgov.records.services import consent, suppressions
from crmgov.records.services.suppressions import Target
from tests.built_in import kit
from tests.decisions import scene
from tests.world import NOW, a_contact, a_team, a_ticket, an_account, change

pytestmark = pytest.mark.django_db
NIGHT = NOW + timedelta(days=1)
QUIET, FIRST = (Dormant(),), (OutboundBrief(),)
THEMSELF = Actor(ActorType.HUMAN, "ines", "Ines Costa")


def a_prospect(*, days: int = 150, kind: str = "reply", permitted: bool = True) -> Contact:
    """Somebody of an account that once talked with us, and may be written to."""
    account = scene.account(lifecycle="lead", owner=kit.an_owner().pk)
    contact = a_contact(
        "Costa",
        first_name="Ines",
        email="ines@polder.example",
        account=account.pk,
        team=account.team_id,
    )
    kit.post(kit.event(contact, kind, at=NOW - timedelta(days=days)), at=NOW)
    if permitted:
        consent.record(
            contact=contact, channel="email", purpose="prospecting", state="opted_in", actor=THEMSELF, at=NOW
        )
    return contact


def proposed() -> list[str]:
    return [one.title for one in kit.of(Dormant)]


def test_who_was_silent_for_months_is_proposed_a_message_that_waits_for_a_person() -> None:
    kit.begin(workflows=QUIET)
    contact = a_prospect()
    for nights in range(5):
        kit.ring(workflows=QUIET, at=NIGHT + timedelta(days=nights))

    (made,) = kit.of(Dormant)
    assert (made.action, made.record_id, made.status) == ("send_message", contact.pk, "queued")
    assert made.title == "Message: Is it still of interest, Ines?"
    assert "level" in made.rules
    assert made.reason.startswith("They answered once, nobody talked with them for 151 days")


def test_the_contract_lets_it_never_run_by_itself() -> None:
    kit.begin(workflows=QUIET)
    a_prospect()
    kit.ring(workflows=QUIET, at=NIGHT)

    contract = kit.of(Dormant)[0].contract
    assert contract is not None
    assert contract.needs_history


@pytest.mark.parametrize(
    "why", ["lately", "never answered", "a ticket", "no consent", "suppressed", "customer"]
)
def test_who_is_not_open_to_it_is_left_alone(why: str) -> None:
    kit.begin(workflows=QUIET)
    days, kind = (30 if why == "lately" else 150), ("mail_out" if why == "never answered" else "reply")
    contact = a_prospect(days=days, kind=kind, permitted=why != "no consent")
    account = contact.account
    assert account is not None
    if why == "a ticket":
        a_ticket(account=account.pk, team=account.team_id)
    if why == "suppressed":
        suppressions.add(
            target=Target("address", contact.email), reason="a test", until=None, actor=THEMSELF, at=NOW
        )
    if why == "customer":
        change("account", account.pk, lifecycle="customer")

    kit.ring(workflows=QUIET, at=NIGHT)

    assert proposed() == []


def test_a_refused_message_does_not_come_back_the_next_night() -> None:
    sara = kit.begin(workflows=QUIET)
    a_prospect()
    kit.ring(workflows=QUIET, at=NIGHT)
    scene.reject(kit.of(Dormant)[0], sara, at=NIGHT, shown_at=NIGHT)
    kit.ring(workflows=QUIET, at=NIGHT + timedelta(days=1))

    assert len(proposed()) == 1


def a_lead(**values: Any) -> Contact:
    return a_contact(
        "Costa", **{"first_name": "Ines", "source": "Outbound list", "team": a_team().pk, **values}
    )


def test_an_outbound_lead_comes_with_what_is_known_and_what_is_missing() -> None:
    sara = kit.begin(workflows=FIRST)
    account = scene.account(industry="Shipping", employees=240, region="", domain="polder.example")
    lead = a_lead(account=account.pk, email="ines@polder.example", title="Head of fleet")
    for _ in range(5):
        kit.ring(workflows=FIRST)

    (made,) = kit.of(OutboundBrief)
    assert (made.record_id, made.title) == (lead.pk, "Summary: Research before the first word")
    assert kit.values(made)["summary"].split("\n") == [
        "Who: Ines Costa, Polder Freight",
        "Known: Title Head of fleet; E-mail ines@polder.example; Industry Shipping; Employees 240; "
        "Domain polder.example",
        "Open tickets: none on record",
        "Promised: none on record",
        "Open deals: none on record",
        "Last touches: none on record",
        "Missing: phone, language, region, lifecycle, buying timeline",
    ]
    kit.accept(made, sara)
    assert Activity.objects.get().contact == lead


def test_nothing_is_told_of_a_company_that_another_team_has() -> None:
    kit.begin(workflows=FIRST)
    elsewhere = an_account("Quay", team=a_team("South").pk, industry="Shipping")
    a_lead(account=elsewhere.pk)
    kit.ring(workflows=FIRST)

    (made,) = kit.of(OutboundBrief)
    assert "Shipping" not in kit.values(made)["summary"]
    assert kit.values(made)["summary"].endswith("Missing: title, e-mail, phone, language, company")


@pytest.mark.parametrize("values", [{"source": "website"}, {"lifecycle": "customer"}])
def test_others_have_no_brief(values: dict[str, str]) -> None:
    kit.begin(workflows=FIRST)
    a_lead(**values)
    kit.ring(workflows=FIRST)

    assert kit.of(OutboundBrief) == []
