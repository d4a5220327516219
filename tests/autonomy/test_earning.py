"""A cell earns its autonomy: followed by its rows, offered with its evidence, signed by a person."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from approvals.models import Cell, CellEvent, Grant, Offer
from approvals.rules.policy import TargetLine
from approvals.rules.vocabulary import Level
from approvals.selectors import cells
from approvals.services import autonomy, bulks, grants, offers, outcomes
from crmgov.kernel.refusals import Invalid, NotAllowed
from crmgov.people.models import Role, User
from crmgov.records.services import reverts
from tests.autonomy import kit
from tests.decisions import scene
from tests.races.reviewers import at_once
from tests.world import NOW, a_user

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_people_kept_one_by_one_is_evidence_and_an_offer_waits_when_it_suffices(
    exact: None, sara: User
) -> None:
    kit.kept(19)
    kit.follow()
    assert (kit.standing().kept, kit.standing().proven_at) == (19, None)
    assert not Offer.objects.exists()

    kit.kept(1)
    kit.follow()

    offer = kit.open_offer()
    assert (offer.kept, offer.failed, offer.target, offer.fall_to) == (20, 0, 0.8, 0.7)
    assert offer.e_value >= 20
    assert kit.events() == ["offered"]
    assert offers.forecast_missing() == 1
    offer.refresh_from_db()
    assert 0 < (offer.early_wrong or 0) < (offer.early_actions or 0) < (offer.late_actions or 0)
    kit.follow()
    assert kit.events() == ["offered"]


def test_without_a_signature_an_offer_lets_nothing_run(sara: User) -> None:
    kit.kept(kit.ENOUGH)
    kit.follow()

    assert kit.propose().status == "queued"


def test_a_signed_offer_lets_its_cell_run_and_only_its_own_segment(sara: User) -> None:
    grant = kit.promoted()

    assert grants.is_valid(grant)
    assert kit.propose().status == "approved"
    assert kit.events() == ["offered", "signed"]
    elsewhere = scene.account("Segmented", segment="mid")
    assert scene.propose(elsewhere, level="execute", employees=900).status == "queued"
    kit.follow()
    assert not Offer.objects.filter(status="open").exists()


def test_bulk_and_what_another_rule_held_is_no_evidence(sara: User) -> None:
    alike = [kit.propose() for _ in range(3)]
    bulks.decide(
        user=sara,
        kind="approve",
        seen={one.pk: scene.digest(one) for one in alike},
        sample=[],
        looked_at=[],
        at=scene.LATER,
        shown_at=NOW,
    )
    rich = scene.account("Rich", annual_value=90_000, currency="EUR")
    scene.approve(scene.propose(rich, level="execute", employees=9), sara)
    kit.follow()

    assert (kit.standing().kept, kit.standing().failed) == (0, 0)


def test_a_later_revert_turns_a_success_into_a_failure_and_takes_the_offer_back(sara: User) -> None:
    made = kit.kept(kit.ENOUGH)
    kit.follow()
    assert kit.open_offer()

    for one in made[:4]:
        done = scene.run(one)
        assert done.change_set_id is not None
        reverts.revert(change_set_id=done.change_set_id, user=scene.admin(), reason="No", at=kit.MUCH_LATER)
    kit.follow()

    assert (kit.standing().kept, kit.standing().failed) == (4, 4)
    assert Offer.objects.get().status == "withdrawn"
    assert kit.events() == ["offered", "withdrawn"]


def test_what_was_put_back_a_moment_ago_is_asked_before_a_signature(sara: User) -> None:
    made = kit.kept(kit.ENOUGH)
    kit.follow()
    offer = kit.open_offer()
    for one in made[:4]:
        done = scene.run(one)
        assert done.change_set_id is not None
        reverts.revert(change_set_id=done.change_set_id, user=scene.admin(), reason="No", at=kit.MUCH_LATER)
    outcomes.take(at=kit.MUCH_LATER)

    with pytest.raises(offers.NoLongerProven):
        offers.sign(offer_id=offer.pk, user=scene.admin(), at=kit.MUCH_LATER)

    assert not Grant.objects.exists()


def test_fields_that_are_only_proposed_are_never_offered(sara: User, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(kit.ENOUGH + 1):
        asked = scene.propose(scene.account(f"Early {n}"), level="execute", buying_timeline="Q3")
        scene.approve(asked, sara)
    assert asked.rules == ["level"]
    kit.follow()
    assert not Offer.objects.exists()

    # The guard taken out: nothing else keeps such a cell from being offered.
    monkeypatch.setattr(autonomy, "ceiling", lambda **_: "")
    Cell.objects.update(moved_at=kit.MUCH_LATER)
    kit.follow()
    assert Offer.objects.exists()


def test_the_owner_of_the_agent_does_not_sign_while_another_admin_can(sara: User) -> None:
    kit.kept(kit.ENOUGH)
    kit.follow()
    offer = kit.open_offer()
    olga = scene.an_agent().owner
    scene.admin()

    with pytest.raises(offers.SecondPersonNeeded, match="Ana Ruiz may"):
        offers.sign(offer_id=offer.pk, user=olga, at=kit.MUCH_LATER + timedelta(days=3))

    User.objects.filter(name="Ana Ruiz").update(is_active=False)
    with pytest.raises(offers.SecondPersonNeeded, match="you may from"):
        offers.sign(offer_id=offer.pk, user=olga, at=kit.MUCH_LATER)
    offers.sign(offer_id=offer.pk, user=olga, at=kit.MUCH_LATER + timedelta(hours=25))
    offer.refresh_from_db()
    assert offer.sole_admin
    assert "sole admin" in CellEvent.objects.get(kind="signed").why


def test_a_policy_that_goes_no_further_is_named_and_nothing_is_signed() -> None:
    scene.reviewer()
    kit.begin(level=Level.DRAFT)
    kit.kept(kit.ENOUGH)
    kit.follow()

    with pytest.raises(offers.PolicyGoesNoFurther, match="no further than draft"):
        offers.sign(offer_id=kit.open_offer().pk, user=scene.admin(), at=kit.MUCH_LATER)

    assert not Grant.objects.exists()


def test_declined_needs_a_reason_and_the_evidence_begins_anew(sara: User) -> None:
    kit.kept(kit.ENOUGH)
    kit.follow()
    offer = kit.open_offer()
    with pytest.raises(NotAllowed):
        offers.decline(offer_id=offer.pk, user=sara, at=kit.MUCH_LATER, reason="No")
    with pytest.raises(Invalid):
        offers.decline(offer_id=offer.pk, user=scene.admin(), at=kit.MUCH_LATER, reason=" ")

    offers.decline(offer_id=offer.pk, user=scene.admin(), at=kit.MUCH_LATER, reason="Too early.")
    kit.follow(kit.MUCH_LATER + timedelta(minutes=1))

    assert kit.standing().kept == 0
    assert kit.events() == ["offered", "declined"]
    with pytest.raises(offers.OfferClosed, match="declined by Ana Ruiz"):
        offers.sign(offer_id=offer.pk, user=scene.admin(), at=kit.MUCH_LATER)


def test_a_grant_slipped_in_for_a_cell_counts_for_nothing(sara: User) -> None:
    kit.promoted()
    assert kit.propose().status == "approved"

    Grant.objects.update(signature="0" * 64)

    assert kit.propose().status == "queued"
    assert cells.grants_over([kit.cell()])[kit.cell().pk]
    kit.follow()
    assert autonomy.in_force(Grant.objects.all(), None) is None


def test_only_admins_sign(sara: User) -> None:
    kit.kept(kit.ENOUGH)
    kit.follow()
    with pytest.raises(NotAllowed):
        offers.sign(offer_id=kit.open_offer().pk, user=a_user("Ines Falk", Role.AUDITOR), at=kit.MUCH_LATER)


def test_of_two_admins_who_sign_at_once_one_does_and_the_other_is_told(sara: User) -> None:
    kit.kept(kit.ENOUGH)
    kit.follow()
    offer = kit.open_offer()
    admins = scene.admin(), scene.admin("Daniel Osei")
    presses = [partial(offers.sign, offer_id=offer.pk, user=one, at=kit.MUCH_LATER) for one in admins]

    raised = at_once(presses)

    told = [one for one in raised if one is not None]
    assert [type(one) for one in told] == [offers.OfferClosed], raised
    assert str(Grant.objects.get().granted_by) in str(told[0])
    assert kit.events() == ["offered", "signed"]


def test_a_new_target_is_asked_of_what_was_decided_before(exact: None, sara: User) -> None:
    kit.kept(20)
    kit.follow()
    assert kit.open_offer().target == 0.8

    later = kit.MUCH_LATER + timedelta(hours=1)
    scene.publish(level=Level.EXECUTE, targets=(TargetLine("set_fields", 0.9),), at=later)
    kit.follow(later + timedelta(minutes=1))

    assert Offer.objects.get().status == "withdrawn"
    assert "20 of 20 kept unchanged no longer prove 90 %" in Offer.objects.get().reason
