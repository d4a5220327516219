"""A pause for a wrong action: the switch is on whatever holds the cells, and each cell is demoted in the end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import OperationalError, transaction

from approvals.models import CellEvent, Grant, PauseSwitch, WorkflowVersion
from approvals.services import demotions, grants, pauses
from crmgov.people.models import User
from tests.autonomy import kit
from tests.autonomy.kit import SOON
from tests.decisions import scene

pytestmark = pytest.mark.django_db(transaction=True)
AFTER = SOON + timedelta(minutes=1)


def pause() -> PauseSwitch:
    return pauses.pause(
        scope="agent", target="Enricher", cause="wrong", reason="Two firms.", user=scene.admin(), at=SOON
    )


def the_version() -> WorkflowVersion:
    return WorkflowVersion.objects.get(workflow__name=scene.WORKFLOW, version=scene.VERSION)


def by_hand() -> Grant:
    return grants.grant(
        agent=scene.an_agent(),
        workflow_version=the_version(),
        action="set_fields",
        field_group="firmographics",
        level="execute",
        reason="By hand.",
        user=scene.admin(),
        at=kit.MUCH_LATER,
    )


def test_a_grant_for_any_segment_ends_too_so_that_no_cell_runs_that_nobody_has_seen(sara: User) -> None:
    kit.begin()
    grant = by_hand()
    paused = pause()
    pauses.lift(pause_id=paused.pk, user=scene.admin(), at=SOON)

    grant.refresh_from_db()
    assert (grant.revoked_at, grant.revoked_by) == (SOON, scene.admin())
    assert grant.revoked_reason == "Paused for a wrong action: Two firms."
    elsewhere = scene.account("Elsewhere AG", segment="enterprise")
    asked = scene.propose(elsewhere, level="execute", at=AFTER, employees=241)
    assert asked.status == "queued"


@pytest.mark.parametrize("died_of", [OperationalError, KeyboardInterrupt])
def test_the_switch_is_on_before_the_cells_are_and_the_clock_demotes_what_it_left(
    sara: User, died_of: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    kit.promoted()

    def dies(*_: object, **__: object) -> int:
        assert PauseSwitch.objects.filter(lifted_at=None).exists()
        raise died_of

    with monkeypatch.context() as broken:
        broken.setattr(demotions, "demote", dies)
        if died_of is OperationalError:
            pause()
        else:
            with pytest.raises(died_of):
                pause()

    switch = PauseSwitch.objects.get(lifted_at=None)
    assert kit.events()[-1] == "signed"
    pauses.lift(pause_id=switch.pk, user=scene.admin(), at=SOON)
    kit.follow(AFTER)

    event = CellEvent.objects.latest("id")
    assert (event.kind, event.why) == ("demoted", "Paused for a wrong action: Two firms.")
    assert event.person == scene.admin()
    assert Grant.objects.get().revoked_at == AFTER
    assert kit.propose(at=AFTER).status == "queued"
    kit.follow(AFTER)
    assert kit.events().count("demoted") == 1


def test_what_was_signed_after_the_pause_stays_however_often_the_clock_comes_by(sara: User) -> None:
    kit.promoted()
    pause()
    with transaction.atomic():
        anew = grants.earned(cell=kit.cell(), level="execute", reason="Mended.", user=scene.admin(), at=AFTER)

    kit.follow(AFTER + timedelta(minutes=1))

    anew.refresh_from_db()
    assert anew.revoked_at is None
    assert kit.events().count("demoted") == 1


def test_a_cell_that_runs_by_hand_is_paused_though_it_is_offered_too(sara: User) -> None:
    kit.kept(kit.ENOUGH)
    kit.follow()
    by_hand()
    assert kit.open_offer()

    switch = pause()
    pauses.lift(pause_id=switch.pk, user=scene.admin(), at=SOON)

    assert kit.standing().demoted_at == SOON
    assert kit.events() == ["offered", "withdrawn", "demoted"]
    assert kit.propose(at=AFTER).status == "queued"


def test_what_is_signed_by_hand_is_offered_no_more(sara: User) -> None:
    kit.kept(kit.ENOUGH)
    kit.follow()
    offer = kit.open_offer()
    by_hand()

    kit.follow(SOON)

    offer.refresh_from_db()
    assert (offer.status, offer.reason) == ("withdrawn", "It was signed by hand.")
