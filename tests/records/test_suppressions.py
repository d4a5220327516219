"""Suppressions: easily added, lifted only by two admins."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from crmgov.kernel.actors import Actor, ActorType
from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound
from crmgov.people.models import Role, User
from crmgov.records.models import Suppression
from crmgov.records.selectors import suppressions as listed
from crmgov.records.services import contacting, suppressions
from crmgov.records.services.suppressions import Target
from tests.world import NOW, a_contact, a_user, an_account

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
NOON = NOW.replace(hour=12)
AGENT = Actor(ActorType.AI, "agent:1", "meeting-notes")


def ana() -> User:
    return a_user("Ana Ruiz", Role.ADMIN)


def ben() -> User:
    return a_user("Ben Ode", Role.ADMIN)


def add(
    kind: str = "address", value: str = "maya@halden.example", until: datetime | None = None
) -> Suppression:
    return suppressions.add_by_hand(
        target=Target(kind, value), reason="Asked for it.", until=until, user=ana(), at=NOW
    )


def ask(found: Suppression, user: User) -> Suppression:
    return suppressions.ask_to_lift(suppression_id=found.pk, reason="They wrote to us.", user=user, at=NOW)


def confirm(found: Suppression, user: User, at: datetime = NOW) -> Suppression:
    return suppressions.confirm_lift(suppression_id=found.pk, user=user, at=at)


def blocked(email: str) -> bool:
    contact = a_contact(email=email)
    return "suppressed" in {one.reason for one in contacting.reasons(contact.pk, "email", "service", NOON)}


@pytest.mark.parametrize(
    ("kind", "typed", "kept", "email"),
    [
        ("address", " Maya@HALDEN.example ", "maya@halden.example", "maya@halden.example"),
        ("domain", "https://www.Halden.example/contact", "halden.example", "maya@fleet.halden.example"),
        ("domain", "@xn--bcher-kva.de", "bücher.de", "maya@BÜCHER.de"),
        ("domain", "Straße.de", "straße.de", "maya@straße.de"),
    ],
)
def test_what_is_typed_in_any_way_holds_for_the_contact(kind: str, typed: str, kept: str, email: str) -> None:
    assert add(kind, typed).value == kept
    assert blocked(email)
    assert not blocked("somebody@else.example")


def test_an_agent_may_ask_for_one_and_an_account_stands_for_whoever_works_there() -> None:
    account = an_account()
    suppressions.add(
        target=Target("account", account_id=account.pk), reason="Lawsuit", until=None, actor=AGENT, at=NOW
    )
    maya = a_contact(email="maya@halden.example", account=account.pk)

    assert Suppression.objects.get().added_by == "meeting-notes"
    assert [one.reason for one in contacting.reasons(maya.pk, "email", "service", NOON)] == ["suppressed"]


def test_every_mistake_is_named_and_nobody_but_an_admin_adds_by_hand() -> None:
    for target in (
        Target("address", "nobody"),
        Target("domain", "nowhere"),
        Target("account"),
        Target("x", "y"),
    ):
        with pytest.raises(Invalid) as refused:
            suppressions.add_by_hand(target=target, reason=" ", until=NOW, user=ana(), at=NOW)
        assert set(refused.value.errors) == {"value", "reason", "until"}
    with pytest.raises(NotAllowed):
        suppressions.add_by_hand(
            target=Target("domain", "halden.example"), reason="x", until=None,
            user=a_user(role=Role.ACCOUNT_MANAGER), at=NOW,
        )  # fmt: skip


def test_a_longer_one_is_added_and_one_that_is_covered_is_not() -> None:
    add(until=NOW + DAY)
    add(until=NOW + 3 * DAY)
    with pytest.raises(suppressions.AlreadySuppressed):
        add(until=NOW + 2 * DAY)
    add()
    with pytest.raises(suppressions.AlreadySuppressed, match="for good"):
        add(until=NOW + 9 * DAY)


def test_one_admin_asks_and_another_lifts() -> None:
    found = add()
    with pytest.raises(suppressions.NotAsked):
        confirm(found, ben())
    ben()
    ask(found, ana())
    assert blocked("maya@halden.example")

    with pytest.raises(suppressions.SecondPersonNeeded, match="Ben Ode"):
        confirm(found, ana(), NOW + 30 * DAY)
    lifted = confirm(found, ben())

    assert (lifted.lifted_by, lifted.lift_asked_by, lifted.sole_admin) == (ben(), ana(), False)
    assert not blocked("maya@halden.example")
    with pytest.raises(suppressions.AlreadyLifted):
        confirm(found, ana())


def test_the_only_admin_lifts_alone_after_a_day_and_the_row_says_so() -> None:
    found = add()
    ask(found, ana())
    User.objects.filter(pk=ben().pk).update(is_active=False)
    with pytest.raises(suppressions.SecondPersonNeeded, match="waits a day"):
        confirm(found, ana(), NOW + DAY - timedelta(seconds=1))

    assert confirm(found, ana(), NOW + DAY).sole_admin


def test_somebody_who_lost_the_right_lifts_nothing() -> None:
    found = add()
    ask(found, ana())
    for role in (Role.REVIEWER, Role.ACCOUNT_MANAGER, Role.AUDITOR):
        with pytest.raises(NotAllowed):
            confirm(found, a_user(f"Tom {role}", role))


def test_it_may_be_kept_and_then_asked_again() -> None:
    found = add()
    ask(found, ana())
    with pytest.raises(suppressions.AlreadyAsked):
        ask(found, ben())

    suppressions.keep(suppression_id=found.pk, user=ben(), at=NOW)

    with pytest.raises(suppressions.NotAsked):
        confirm(found, ben())
    assert ask(found, ben()).lift_asked_by == ben()
    with pytest.raises(NotFound):
        suppressions.keep(suppression_id=found.pk + 1, user=ben(), at=NOW)


@pytest.mark.parametrize("how", ["nobody asked", "the same person", "nobody did it"])
def test_the_database_lifts_nothing_for_one_person(how: str) -> None:
    found, ana_, ben_ = add(), ana(), ben()
    changed = {
        "nobody asked": {"lifted_at": NOW, "lifted_by": ben_},
        "the same person": {"lifted_at": NOW, "lifted_by": ana_, "lift_asked_by": ana_, "lift_asked_at": NOW},
        "nobody did it": {"lifted_at": NOW, "lift_asked_by": ana_, "lift_asked_at": NOW},
    }[how]

    with pytest.raises(IntegrityError, match="suppression_is_lifted_by_two_people"), transaction.atomic():
        Suppression.objects.filter(pk=found.pk).update(**changed)


def test_each_list_shows_its_own() -> None:
    standing, asked, lifted, ended = (add(value=f"p{n}@halden.example", until=NOW + DAY) for n in range(4))
    for found in (asked, lifted):
        ask(found, ana())
    confirm(lifted, ben())
    Suppression.objects.filter(pk=ended.pk).update(until=NOW - DAY)

    def shown(view: str, query: str = "") -> set[str]:
        return {one.value for one in listed.page_for(view, query=query, at=NOW, cursor=None).rows}

    assert shown("standing") == {standing.value, asked.value}
    assert shown("asked") == {asked.value}
    assert shown("over") == {lifted.value, ended.value}
    assert shown("standing", "p0@HALDEN") == {standing.value}
