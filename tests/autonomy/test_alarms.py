"""What raises an alarm, what a pause takes back, and who is told."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core.mail import EmailMessage

from approvals.models import (
    AuditSample,
    CellEvent,
    CellOutcome,
    Grant,
    PauseSwitch,
)
from approvals.rules import probation
from approvals.services import (
    cell_letters,
    contests,
    grants,
    outcomes,
    pauses,
)
from crmgov.people.models import User
from crmgov.records.models import Account
from crmgov.records.services import edits
from tests.autonomy import kit
from tests.autonomy.kit import SOON, found_wrong, sample_of, the_account
from tests.decisions import scene

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_chance_did_not_draw_raises_an_alarm_and_is_no_evidence(
    sara: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit.promoted()
    monkeypatch.setattr(probation.Plan, "share_at", lambda *_: 0.0)
    ran = kit.run_alone(3)
    assert not AuditSample.objects.exists()
    for one in ran:
        contests.contest(execution_id=one.pk, user=scene.admin(), at=SOON)

    kit.follow(SOON)
    kit.follow(SOON + timedelta(minutes=1))

    assert (kit.standing().drawn, kit.standing().alarms) == (0, 3)
    assert kit.events() == ["offered", "signed", "alarm"]
    assert kit.propose(at=SOON).status == "approved"


def test_what_is_risky_is_drawn_beside_chance_and_feeds_alarms_only(
    sara: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit.promoted()
    monkeypatch.setattr(probation.Plan, "share_at", lambda *_: 0.0)
    rich = scene.account("Rich", annual_value=30_000, currency="EUR")
    asked = scene.propose(rich, level="execute", employees=241, at=SOON)
    done = scene.run(asked, at=SOON)

    assert sample_of(done).drawn == "risk"
    found_wrong(done, sara)
    kit.follow(SOON)
    assert (kit.standing().drawn, kit.standing().wrong, kit.standing().alarms) == (0, 0, 1)


def test_a_pause_for_a_wrong_action_takes_back_what_it_covers_and_another_pause_does_not(sara: User) -> None:
    grant = kit.promoted()
    quiet = pauses.pause(scope="agent", target="Enricher", reason="A new key.", user=scene.admin(), at=SOON)
    pauses.lift(pause_id=quiet.pk, user=scene.admin(), at=SOON)
    grant.refresh_from_db()
    assert grant.revoked_at is None

    pauses.pause(
        scope="workflow",
        target=scene.WORKFLOW,
        cause="wrong",
        reason="It mixed up two firms.",
        user=scene.admin(),
        at=SOON,
    )

    assert Grant.objects.get(revoked_at=SOON, revoked_by=scene.admin()) == grant
    event = CellEvent.objects.latest("id")
    assert (event.kind, event.why) == ("demoted", "Paused for a wrong action: It mixed up two firms.")
    pauses.lift(pause_id=PauseSwitch.objects.latest("id").pk, user=scene.admin(), at=SOON)
    assert kit.propose(at=SOON).status == "queued"


def test_the_owner_of_the_agent_is_told_by_mail_once(sara: User, mailoutbox: list[EmailMessage]) -> None:
    kit.promoted()
    cell_letters.send(at=SOON)
    for one in kit.run_alone(kit.TOO_MANY):
        found_wrong(one, sara)
    kit.follow(SOON)

    later = SOON + timedelta(minutes=5)
    assert cell_letters.send(at=later) == 1
    assert cell_letters.send(at=later) == 0

    assert [one.subject for one in mailoutbox] == [
        "crmgov: a promotion is offered",
        "crmgov: autonomy was taken back",
    ]
    last = mailoutbox[-1]
    assert last.to == [scene.an_agent().owner.email]
    assert f"/autonomy/{kit.cell().pk}/" in str(last.body)
    assert "3 of 3 read afterwards were wrong" in str(last.body)
    assert "Not their size" not in str(last.body)


def test_what_a_person_wrote_stands_on_the_page_and_not_in_the_mail(
    sara: User, mailoutbox: list[EmailMessage]
) -> None:
    grant = kit.promoted()
    grants.revoke(grant_id=grant.pk, user=scene.admin(), at=SOON, reason="Because of Halden.")

    cell_letters.send(at=SOON + timedelta(minutes=5))

    assert "Halden" not in str(mailoutbox[-1].body)


def test_a_mail_that_did_not_go_out_is_tried_again(
    sara: User, mailoutbox: list[EmailMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    kit.promoted()
    with monkeypatch.context() as broken:
        broken.setattr(EmailMessage, "send", refuse)
        assert cell_letters.send(at=SOON) == 0

    assert cell_letters.send(at=SOON) == 1
    assert len(mailoutbox) == 1


def test_another_value_typed_over_it_within_a_week_counts_and_one_typed_later_does_not(
    sara: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit.promoted()
    soon, late = kit.run_alone(2)
    monkeypatch.setattr(probation.Plan, "share_at", lambda *_: 0.0)
    (unread,) = kit.run_alone(1)
    typed(the_account(soon.suggestion), SOON + timedelta(days=6), employees=260)
    typed(the_account(late.suggestion), SOON + timedelta(days=8), employees=260)
    typed(the_account(unread.suggestion), SOON, employees=250)

    kit.follow(SOON + timedelta(days=9))

    labels = {one.suggestion_id: one.label for one in CellOutcome.objects.filter(way="ran")}
    assert labels == {
        soon.suggestion_id: "corrected",
        late.suggestion_id: "",
        unread.suggestion_id: "corrected",
    }
    assert (kit.standing().drawn, kit.standing().wrong, kit.standing().alarms) == (2, 1, 1)
    assert outcomes.differing() == 0


def typed(about: Account, at: datetime, **values: int) -> None:
    edits.save(
        record_type="account",
        record_id=about.pk,
        seen={field: getattr(about, field) for field in values},
        values=values,
        user=scene.admin(),
        reason="It is the group's number.",
        at=at,
    )


def refuse(*_: object, **__: object) -> int:
    raise ConnectionRefusedError
