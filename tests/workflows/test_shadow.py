"""What a workflow at shadow said stands beside what people did afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from approvals.rules.vocabulary import Level
from approvals.selectors import shadows
from approvals.selectors.shadows import Comparison
from crmgov.kernel.actors import Actor, ActorType
from tests.decisions import scene
from tests.records_pages.kit import browser_of
from tests.workflows import kit
from tests.world import NOW, change

pytestmark = pytest.mark.django_db
SOON = NOW + timedelta(hours=2)


@pytest.fixture(autouse=True)
def at_shadow() -> None:
    scene.reviewer()
    scene.publish(level=Level.SHADOW)


def compared() -> Comparison:
    return shadows.of(scene.admin(), kit.the_workflow(), SOON)


def test_the_same_value_another_one_and_none_at_all_are_told_apart() -> None:
    same, other, nothing = (scene.account(name) for name in ("Same", "Other", "Nothing"))
    for account in (same, other, nothing):
        assert scene.propose(account, employees=310).status == "shadowed"
    change("account", same.pk, employees=310, at=SOON)
    change("account", other.pk, employees=250, at=SOON)
    found = compared()
    assert (found.same, found.other, found.nothing) == (1, 1, 1)
    assert {(line.record_label, line.outcome, line.written) for line in found.lines} == {
        ("Same", "same", "310"),
        ("Other", "other", "250"),
        ("Nothing", "nothing", ""),
    }


def test_only_people_count_only_afterwards_and_only_that_field() -> None:
    account = scene.account()
    change("account", account.pk, employees=310, at=NOW - timedelta(days=1))
    change("account", account.pk, employees=240, at=NOW - timedelta(hours=1))
    scene.propose(account, employees=310)
    machine = Actor(ActorType.AI, "0", "Another agent")
    change("account", account.pk, employees=310, at=SOON, actor=machine)
    change("account", account.pk, region="EMEA", at=SOON)
    found = compared()
    assert (found.known, found.nothing) == (0, 1)


def test_the_first_thing_a_person_wrote_is_what_counts() -> None:
    account = scene.account()
    scene.propose(account, employees=310)
    change("account", account.pk, employees=250, at=SOON)
    change("account", account.pk, employees=310, at=SOON + timedelta(minutes=1))
    assert compared().other == 1


def test_it_stands_on_the_page_with_what_nobody_touched_named_as_unknown() -> None:
    ana = browser_of(scene.admin())
    here = reverse("approvals:workflow", args=[kit.the_workflow().pk])
    assert "beside what people did" not in ana.get(here).content.decode()
    one, other = scene.account("One"), scene.account("Two")
    for account in (one, other):
        scene.propose(account, employees=310)
    change("account", one.pk, employees=310, at=SOON)
    said = ana.get(here).content.decode()
    assert "1 of 1 were the same. They left 1 of 2 alone, which says nothing either way." in said
    assert "left alone" in said
