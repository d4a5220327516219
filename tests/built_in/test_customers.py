"""Customers in trouble and customers whose contract ends: what they do counts before what the calendar says."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from approvals.workflows.renewal import Renewal
from approvals.workflows.risk import Risk
from crmgov.records.models import Account
from tests.built_in import kit
from tests.decisions import scene
from tests.world import NOW, a_ticket, change

pytestmark = pytest.mark.django_db
NIGHT = NOW + timedelta(days=1)


def a_customer(name: str = "Polder Freight", **values: object) -> Account:
    return scene.account(name, lifecycle="customer", owner=kit.an_owner().pk, **values)


def logins(account: Account, number: int, days_ago: int) -> None:
    at = NOW - timedelta(days=days_ago)
    kit.post(
        *(kit.event(account, kind="login", at=at, id=f"{account.pk}-{days_ago}-{n}") for n in range(number))
    )


def risky() -> list[tuple[str, str]]:
    return [(one.record_label, one.title) for one in kit.of(Risk)]


def test_a_ticket_too_many_brings_a_tag_and_the_recovery_playbook() -> None:
    kit.begin(workflows=(Risk(),))
    account = a_customer()
    for number in range(5):
        a_ticket(f"Gap {number}", account=account.pk, team=account.team_id)

    kit.ring(workflows=(Risk(),))

    assert risky() == [
        ("Polder Freight", "Add tag: at risk"),
        ("Polder Freight", "Task: Call and ask what is wrong"),
        ("Polder Freight", "Task: Agree on what we do by when"),
        ("Polder Freight", "Task: Look whether it got better"),
    ]
    assert {one.reason for one in kit.of(Risk)} == {"5 tickets in 90 days."}


def test_use_that_stops_is_found_at_night_and_said_once() -> None:
    kit.begin(workflows=(Risk(),))
    quiet, busy = a_customer(), a_customer("Busy Freight")
    logins(quiet, 9, days_ago=45)
    for days in (45, 5):
        logins(busy, 9, days_ago=days)

    for nights in (0, 1, 2):
        kit.ring(workflows=(Risk(),), at=NIGHT + timedelta(days=nights))

    assert {label for label, _ in risky()} == {"Polder Freight"}
    assert len(risky()) == 4
    assert kit.of(Risk)[0].reason == "No login for 30 days, after 9 in the 30 before."


def test_what_a_person_refused_is_not_asked_again_the_next_night() -> None:
    sara = kit.begin(workflows=(Risk(),))
    logins(a_customer(), 9, days_ago=45)
    kit.ring(workflows=(Risk(),), at=NIGHT)
    for one in kit.of(Risk):
        scene.reject(one, sara, at=NIGHT, shown_at=NIGHT)

    kit.ring(workflows=(Risk(),), at=NIGHT + timedelta(days=1))

    assert len(risky()) == 4


def test_a_prospect_with_tickets_is_no_customer_at_risk() -> None:
    kit.begin(workflows=(Risk(),))
    account = scene.account()
    a_ticket(account=account.pk, escalated=True)

    kit.ring(workflows=(Risk(),))

    assert risky() == []


def renewing() -> list[str]:
    return [one.title for one in kit.of(Renewal)]


def test_a_customer_in_trouble_is_called_a_quarter_before_the_contract_ends() -> None:
    sara = kit.begin(workflows=(Renewal(),))
    account = a_customer(renewal_date=str(date(2027, 2, 10)))
    logins(account, 9, days_ago=45)

    kit.ring(workflows=(Renewal(),))

    (suggestion,) = kit.of(Renewal)
    assert suggestion.title == "Task: Talk to Polder Freight before it renews"
    assert suggestion.reason.startswith("It renews in 82 days. No login for 30 days")
    assert suggestion.facts == [{"name": "account.renewal_date", "value": "2027-02-10"}]
    kit.accept(suggestion, sara)
    kit.ring(workflows=(Renewal(),), at=NIGHT)
    assert len(renewing()) == 1


def test_without_a_sign_the_date_alone_counts_a_month_ahead() -> None:
    kit.begin(workflows=(Renewal(),))
    account = a_customer(renewal_date=str(NOW.date() + timedelta(days=31)))
    for days in (45, 5):
        logins(account, 9, days_ago=days)
    kit.post(kit.event(account, kind="call"))

    kit.ring(workflows=(Renewal(),))
    assert renewing() == []
    kit.ring(workflows=(Renewal(),), at=NIGHT)

    assert renewing() == ["Task: Prepare the renewal of Polder Freight"]


def test_a_date_that_moves_near_is_looked_at_at_once() -> None:
    kit.begin(workflows=(Renewal(),))
    account = a_customer()
    kit.ring(workflows=(Renewal(),))
    change("account", account.pk, renewal_date="2026-12-01")

    kit.ring(workflows=(Renewal(),))

    assert len(renewing()) == 1
