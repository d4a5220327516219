"""What holds for every built-in workflow: news counts once, nothing goes round for ever, one failure stops nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction

from approvals.models import (
    Agent,
    Suggestion,
    WorkflowContract,
    WorkflowFailure,
    WorkflowLook,
    WorkflowStart,
    WorkflowTick,
)
from approvals.services import agents, pauses, workflow_letters, workflow_retries, workflows_built_in
from crmgov.kernel.refusals import NotAllowed
from crmgov.records.models import EventReceipt
from tests.built_in import kit
from tests.built_in.small import LookAgain, NameIndustry, NameRegion
from tests.decisions import scene
from tests.workflows import kit as contracts
from tests.world import NOW, a_team, a_user, change

pytestmark = pytest.mark.django_db
ONE = (NameIndustry(),)
HOUR = timedelta(hours=1)


def industries() -> list[str]:
    rows = kit.of(NameIndustry)
    return [kit.values(one)["industry"] for one in rows]


def test_registering_twice_makes_everything_once() -> None:
    kit.begin(workflows=ONE)
    kit.begin(workflows=ONE, at=kit.SOON)

    assert Agent.objects.filter(built_in=True).count() == 1
    contract = WorkflowContract.objects.get()
    assert (contract.number, contract.writes, str(contract.owner)) == (1, ["account.industry"], "Olga Brandt")


def test_without_an_admin_nothing_begins() -> None:
    scene.reviewer()
    assert kit.ring(workflows=ONE).looked_at == 0
    assert not Agent.objects.filter(built_in=True).exists()


def test_what_an_admin_wrote_stays_when_a_version_comes() -> None:
    kit.begin(workflows=ONE)
    workflow = WorkflowStart.objects.get().workflow
    mine = contracts.sign(workflow, sla_hours=3)

    class Newer(NameIndustry):
        version = "2"

    workflows_built_in.register(at=kit.SOON, workflows=(Newer(),))

    assert WorkflowContract.objects.filter(workflow=workflow).order_by("-number").first() == mine
    assert workflow.versions.count() == 2


def test_a_new_version_brings_its_own_contract_where_nobody_wrote_one() -> None:
    kit.begin(workflows=ONE)

    class Newer(NameIndustry):
        version = "2"
        terms = replace(NameIndustry.terms, sla_hours=2)

    for _ in range(2):
        workflows_built_in.register(at=kit.SOON, workflows=(Newer(),))

    contracts_now = WorkflowContract.objects.order_by("number").values_list("number", "sla_hours")
    assert list(contracts_now) == [(1, 8), (2, 2)]


def test_news_from_before_the_registration_counts_for_nothing() -> None:
    sara_sees = scene.account()
    change("account", sara_sees.pk, region="Nordics")
    kit.begin(workflows=ONE)

    assert kit.ring(workflows=ONE).looked_at == 0


def test_one_event_is_taken_once_however_often_the_beat_rings() -> None:
    kit.begin(workflows=ONE)
    change("account", scene.account().pk, region="Nordics")

    rings = [kit.ring(workflows=ONE).looked_at for _ in range(5)]

    assert rings == [1, 0, 0, 0, 0]
    assert industries() == ["Trade in Nordics"]
    assert EventReceipt.objects.filter(consumer="workflow:name-industry").count() == 1


def test_several_changes_of_one_record_are_looked_at_together() -> None:
    kit.begin(workflows=ONE)
    account = scene.account()
    for region in ("Nordics", "Iberia"):
        change("account", account.pk, region=region)

    assert kit.ring(workflows=ONE).looked_at == 1
    assert industries() == ["Trade in Iberia"]


def test_it_proposes_for_every_team_also_one_made_later() -> None:
    kit.begin(workflows=ONE)
    account = scene.account(team=a_team("South").pk)
    change("account", account.pk, region="Nordics")
    kit.ring(workflows=ONE)

    assert [one.team for one in kit.of(NameIndustry)] == [a_team("South")]


def test_two_that_write_what_wakes_the_other_are_stopped_as_a_loop() -> None:
    both = (NameIndustry(), NameRegion())
    sara = kit.begin(workflows=both)
    account = scene.account()
    change("account", account.pk, region="Nordics")

    for workflow in (NameIndustry, NameRegion):
        kit.ring(workflows=both)
        kit.accept(kit.of(workflow)[0], sara)
    kit.ring(workflows=both)

    first, again = kit.of(NameIndustry)
    assert again.chain == [first.pk, kit.of(NameRegion)[0].pk]
    assert (again.status, "loop" in again.rules) == ("blocked", True)
    kit.ring(workflows=both)
    assert Suggestion.objects.count() == 3


def test_a_record_it_breaks_over_stands_alone_and_the_others_go_on() -> None:
    kit.begin(workflows=ONE)
    good = [scene.account(f"Quay {number}") for number in range(4)]
    bad = scene.account("Broken")
    for account in [*good[:2], bad, *good[2:]]:
        change("account", account.pk, region="Nordics")

    ran = kit.ring(workflows=ONE)

    assert (ran.failed, len(kit.of(NameIndustry))) == (1, 4)
    failure = WorkflowFailure.objects.get()
    assert (failure.record_id, failure.record_label) == (bad.pk, "Broken")
    assert failure.error == "ZeroDivisionError: nothing to divide"
    assert kit.ring(workflows=ONE).looked_at == 0


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> WorkflowFailure:
    monkeypatch.setattr(workflow_retries, "BUILT_IN", ONE)
    kit.begin(workflows=ONE)
    change("account", scene.account("Broken").pk, region="Nordics")
    kit.ring(workflows=ONE)
    return WorkflowFailure.objects.get()


def test_it_is_tried_again_by_hand_until_it_goes_well(broken: WorkflowFailure) -> None:
    with pytest.raises(workflow_retries.StillBroken):
        workflow_retries.retry(failure_id=broken.pk, user=scene.admin(), at=NOW + HOUR)
    broken.refresh_from_db()
    assert (broken.tries, broken.settled_at) == (2, None)

    change("account", broken.record_id, name="Mended")
    for _ in range(2):
        workflow_retries.retry(failure_id=broken.pk, user=scene.admin(), at=NOW + HOUR)

    broken.refresh_from_db()
    assert (broken.settled_by, broken.settled_at) == (scene.admin(), NOW + HOUR)
    assert industries() == ["Trade in Nordics"]


def test_who_does_not_answer_for_it_tries_nothing_again(broken: WorkflowFailure) -> None:
    with pytest.raises(NotAllowed):
        workflow_retries.retry(failure_id=broken.pk, user=scene.reviewer(), at=NOW)


def test_a_paused_workflow_is_not_tried_again(broken: WorkflowFailure) -> None:
    pauses.pause(
        scope="workflow", target="name-industry", cause="other", reason="a test", user=scene.admin(), at=NOW
    )
    with pytest.raises(workflow_retries.IsPaused):
        workflow_retries.retry(failure_id=broken.pk, user=scene.admin(), at=NOW)


def test_a_failure_is_settled_by_somebody(broken: WorkflowFailure) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        WorkflowFailure.objects.filter(pk=broken.pk).update(settled_at=NOW)


def test_its_owner_is_written_to_once(broken: WorkflowFailure, mailoutbox: list[EmailMessage]) -> None:
    later = NOW + timedelta(minutes=5)
    assert [workflow_letters.send(at=later + timedelta(minutes=n)) for n in range(3)] == [1, 0, 0]

    (mail,) = mailoutbox
    assert mail.to == ["olga.brandt@crmgov.example"]
    assert mail.subject == "crmgov: name-industry broke over a record"
    # A figure and a link: no word of the record leaves the house.
    assert "Broken" not in str(mail.body)


def test_what_is_paused_reads_its_news_afterwards() -> None:
    kit.begin(workflows=ONE)
    change("account", scene.account().pk, region="Nordics")
    pause = pauses.pause(
        scope="agent",
        target=kit.the_agent().name,
        cause="other",
        reason="a test",
        user=scene.admin(),
        at=NOW,
    )
    assert kit.ring(workflows=ONE).looked_at == 0

    pauses.lift(pause_id=pause.pk, user=scene.admin(), at=NOW)

    assert kit.ring(workflows=ONE).proposed == 1


def test_what_has_no_room_waits_instead_of_being_blocked() -> None:
    kit.begin(workflows=ONE)
    scene.publish(quota_hour=2)
    for number in range(3):
        change("account", scene.account(f"Quay {number}").pk, region="Nordics")

    assert kit.ring(workflows=ONE).proposed == 2
    assert WorkflowStart.objects.get().full_since == kit.SOON
    assert {one.status for one in kit.of(NameIndustry)} == {"queued"}

    assert kit.ring(workflows=ONE, at=kit.SOON + HOUR).proposed == 1
    assert WorkflowStart.objects.get().full_since is None


def test_all_have_their_share_of_the_room() -> None:
    both = (NameIndustry(), NameRegion())
    kit.begin(workflows=both)
    scene.publish(quota_hour=4)
    for number in range(4):
        change("account", scene.account(f"Quay {number}").pk, region="Nordics", industry="Rail")

    kit.ring(workflows=both)

    assert [len(kit.of(one)) for one in both] == [2, 2]


def test_it_looks_again_at_its_time_and_not_before() -> None:
    some = (replace_sweep(),)
    kit.begin(workflows=some)
    change("account", scene.account().pk, region="Nordics")
    kit.ring(workflows=some)
    assert kit.ring(workflows=some, at=NOW + HOUR).looked_at == 0

    assert kit.ring(workflows=some, at=kit.SOON + HOUR).looked_at == 1
    assert [kit.values(one) for one in kit.of(LookAgain)] == [{"industry": "Woken"}]
    assert not WorkflowLook.objects.exists()


def replace_sweep() -> LookAgain:
    """Without its nights."""

    class ByDay(LookAgain):
        sweep = ""

    return ByDay()


def test_a_night_is_gone_through_once_and_no_further_than_it_may() -> None:
    some = (LookAgain(),)
    kit.begin(workflows=some)
    for number in range(3):
        scene.account(f"Quay {number}", lifecycle="customer")

    kit.ring(workflows=some)
    kit.ring(workflows=some)
    assert len(kit.of(LookAgain)) == 2
    assert WorkflowTick.objects.get().finished_at is not None

    kit.ring(workflows=some, at=NOW + timedelta(days=1))
    assert WorkflowTick.objects.count() == 2


def test_the_first_night_comes_after_the_registration() -> None:
    kit.begin(workflows=(LookAgain(),), at=NOW)
    scene.account(lifecycle="customer")
    assert kit.ring(workflows=(LookAgain(),), at=NOW + 14 * HOUR).looked_at == 0

    assert kit.ring(workflows=(LookAgain(),), at=NOW + 16 * HOUR).looked_at == 1


def test_nobody_gets_a_key_in_its_name_or_switches_it_off_for_good() -> None:
    kit.begin(workflows=ONE)
    agent, by = kit.the_agent(), scene.admin()
    with pytest.raises(NotAllowed):
        agents.issue_key(agent=agent, expires_at=NOW + HOUR, by=by, at=NOW)
    with pytest.raises(NotAllowed):
        agents.deactivate(agent=agent, by=by, at=NOW)


def test_what_was_read_an_hour_ago_is_read_no_more() -> None:
    kit.begin(workflows=ONE)
    change("account", scene.account().pk, region="Nordics")
    first = WorkflowStart.objects.get().read_to
    kit.ring(workflows=ONE)
    assert WorkflowStart.objects.get().read_to == first

    for hours in (1, 2, 3):
        kit.ring(workflows=ONE, at=kit.SOON + hours * HOUR)

    assert WorkflowStart.objects.get().read_to > first
    change("account", scene.account("Another").pk, region="Iberia")
    assert kit.ring(workflows=ONE, at=kit.SOON + 4 * HOUR).proposed == 1


def test_an_owner_who_left_leaves_it_to_another_admin() -> None:
    kit.begin(workflows=ONE)
    a_user("Ana Ruiz", "admin")
    owner = kit.the_agent().owner
    owner.is_active = False
    owner.save()

    kit.ring(workflows=ONE)

    assert str(kit.the_agent().owner) == "Ana Ruiz"
