"""Of ten who would each be the last within a cap exactly one is; and who opts out meanwhile is not written to."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier, Event
from typing import Any
from uuid import UUID

import pytest
from django.db import connections, transaction

from crmgov.kernel.actors import Actor, ActorType
from crmgov.kernel.ids import new_id
from crmgov.people.models import Role
from crmgov.records.models import Contact, Touch
from crmgov.records.rules.contact_rules import OFF, Cap, ContactRules, Quiet
from crmgov.records.selectors.contactability import reasons_for
from crmgov.records.services import consent, contact_rules, contacting, recipients, suppressions
from crmgov.records.services.suppressions import Target
from tests.world import NOW, a_contact, a_user, an_account

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 10
# How long one looks before it writes: long enough that all of them look at the same time where nothing keeps them.
A_LOOK_SECONDS = 0.05


@pytest.fixture(autouse=True)
def slow_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(contacts: Collection[UUID], **given: Any) -> Any:
        found = reasons_for(contacts, **given)
        time.sleep(A_LOOK_SECONDS)
        return found

    monkeypatch.setattr(f"{contacting.__name__}.reasons_for", slow)


def rules(contact: int | str, account: int | str) -> None:
    kept = ContactRules(
        contact=Cap(contact, 7, 4), account=Cap(account, 7, 20), quiet=Quiet(*2 * (Quiet().end,))
    )
    contact_rules.save(rules=kept, why="a test", user=a_user("Ana Ruiz", Role.ADMIN), at=NOW)


def reserve(contact: Contact) -> str:
    try:
        with transaction.atomic():
            contacting.reserve(
                contact=contact, channel="email", purpose="service", suggestion_id=new_id(), by="x", at=NOW,
                counts_at=NOW,
            )  # fmt: skip
    except contacting.NotContactable as refused:
        return ", ".join(blocked.reason for blocked in refused.reasons)
    return "reserved"


def at_once(*acts: Callable[[], str]) -> list[str]:
    barrier = Barrier(len(acts))

    def one(act: Callable[[], str]) -> str:
        barrier.wait(timeout=30)
        try:
            return act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(one, acts))


def test_the_last_slot_of_a_contact_is_given_once() -> None:
    rules(1, OFF)
    contact = a_contact(email="maya@halden.example")

    told = at_once(*[partial(reserve, contact)] * AT_ONCE)

    assert told == ["frequency_cap"] * (AT_ONCE - 1) + ["reserved"]
    assert Touch.objects.count() == 1


def test_the_last_slot_of_an_account_is_given_once_whoever_works_there() -> None:
    rules(OFF, 1)
    account = an_account()
    people = [
        a_contact(f"Lind {n}", email=f"p{n}@halden.example", account=account.pk) for n in range(AT_ONCE)
    ]

    told = at_once(*(partial(reserve, contact) for contact in people))

    assert told == ["frequency_cap"] * (AT_ONCE - 1) + ["reserved"]


def test_it_is_the_lock_that_does_it(monkeypatch: pytest.MonkeyPatch) -> None:
    rules(1, OFF)
    contact = a_contact(email="maya@halden.example")
    monkeypatch.setattr(recipients, "lock_contacts", lambda pairs, **also: None)

    told = at_once(*[partial(reserve, contact)] * AT_ONCE)

    assert told.count("reserved") > 1


@pytest.mark.parametrize("how", ["an opt-out", "address", "domain", "account"])
def test_who_reserves_while_somebody_says_no_waits_and_knows(how: str) -> None:
    """Whoever says no second waited for the reservation, so that a sender who asks again under the lock knows."""
    rules(OFF, OFF)
    contact = a_contact(email="maya@halden.example", account=an_account().pk)
    said = Event()

    def say_no() -> str:
        with transaction.atomic():
            _say_no(how, contact)
            said.set()
            # Not committed yet: nobody may look past it.
            time.sleep(10 * A_LOOK_SECONDS)
        return "no"

    def write() -> str:
        said.wait(timeout=30)
        return reserve(contact)

    assert at_once(say_no, write) == sorted(["no", "opted_out" if how == "an opt-out" else "suppressed"])


def _say_no(how: str, contact: Contact) -> None:
    somebody = Actor(ActorType.HUMAN, "1", "Maya")
    if how == "an opt-out":
        consent.withdraw(contact=contact, channel="email", actor=somebody, at=NOW)
        return
    target = {
        "address": Target("address", contact.email),
        "domain": Target("domain", "halden.example"),
        "account": Target("account", account_id=contact.account_id),
    }[how]
    suppressions.add(target=target, reason="a test", until=None, actor=somebody, at=NOW)


def test_opt_outs_of_the_same_people_in_any_order_wait_for_each_other() -> None:
    people = [a_contact(f"Lind {n}", email=f"p{n}@halden.example") for n in range(8)]

    def opt_out(order: int) -> str:
        with transaction.atomic():
            outs = [consent.Out(one.pk, "email", f"purpose {order}") for one in people[::order]]
            consent.withdraw_all(outs, actor=Actor(ActorType.HUMAN, "1", "Maya"), at=NOW)
        return "out"

    assert at_once(*(partial(opt_out, order) for order in (1, -1, 1, -1))) == ["out"] * 4
