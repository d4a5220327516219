"""Who writes and hears nothing is not forgotten: a task after four working hours, an escalated one after twelve."""

from __future__ import annotations

from datetime import timedelta

import pytest

from approvals.workflows.follow_up import FollowUp
from crmgov.records.models import Contact
from tests.built_in import kit
from tests.decisions import scene
from tests.world import NOW, a_contact, a_team, change

pytestmark = pytest.mark.django_db
# NOW is a Friday, 10:00 UTC; a team without a calendar works nine to six.
REMINDED = NOW.replace(hour=14)
ESCALATED = NOW.replace(hour=13) + timedelta(days=3)
ONE = (FollowUp(),)


def somebody() -> Contact:
    account = scene.account(owner=kit.an_owner().pk)
    return a_contact(account=account.pk, team=a_team().pk, lifecycle="customer")


def titles() -> list[str]:
    return [one.title for one in kit.of(FollowUp)]


def test_a_reply_nobody_answers_becomes_a_task_and_then_an_escalated_one() -> None:
    sara = kit.begin(workflows=ONE)
    contact = somebody()
    kit.post(kit.event(contact, kind="reply", body="When can you come?"))

    assert kit.ring(workflows=ONE).proposed == 0
    kit.ring(workflows=ONE, at=REMINDED - timedelta(minutes=1))
    assert titles() == []
    kit.ring(workflows=ONE, at=REMINDED)
    assert titles() == ["Task: Answer Maya Lind"]
    reminder = kit.of(FollowUp)[0]
    assert kit.values(reminder)["assignee"] == kit.an_owner().pk
    kit.accept(reminder, sara)

    kit.ring(workflows=ONE, at=ESCALATED - timedelta(minutes=1))
    assert len(titles()) == 1
    kit.ring(workflows=ONE, at=ESCALATED)
    escalated = kit.of(FollowUp)[1]
    assert escalated.title == "Task: Escalated: nobody has answered Maya Lind"
    assert "assignee" not in kit.values(escalated)
    kit.ring(workflows=ONE, at=ESCALATED + timedelta(days=7))
    assert len(titles()) == 2


@pytest.mark.parametrize("answer", ["mail_out", "call", "meeting"])
def test_what_was_answered_in_time_becomes_nothing(answer: str) -> None:
    kit.begin(workflows=ONE)
    contact = somebody()
    kit.post(kit.event(contact, kind="mail_in"))
    kit.ring(workflows=ONE)
    kit.post(kit.event(contact, kind=answer, at=NOW + timedelta(hours=1)), at=NOW + timedelta(hours=1))

    kit.ring(workflows=ONE, at=REMINDED)

    assert titles() == []


def test_who_goes_on_writing_does_not_wait_longer_for_it() -> None:
    kit.begin(workflows=ONE)
    contact = somebody()
    for hours in (0, 1, 2, 3):
        at = NOW + timedelta(hours=hours)
        kit.post(kit.event(contact, kind="mail_in", at=at), at=at)
        kit.ring(workflows=ONE, at=at)

    kit.ring(workflows=ONE, at=REMINDED)
    kit.ring(workflows=ONE, at=ESCALATED)

    assert len(titles()) == 2


def test_the_next_question_after_an_answer_is_another_one() -> None:
    kit.begin(workflows=ONE)
    contact = somebody()
    kit.post(kit.event(contact, kind="mail_in"))
    kit.ring(workflows=ONE)
    kit.ring(workflows=ONE, at=REMINDED)
    answered, asked = REMINDED + timedelta(hours=1), REMINDED + timedelta(hours=2)
    kit.post(kit.event(contact, kind="mail_out", at=answered), at=answered)
    kit.post(kit.event(contact, kind="mail_in", at=asked), at=asked)
    kit.ring(workflows=ONE, at=asked)

    kit.ring(workflows=ONE, at=asked + timedelta(days=4))

    assert [kit.values(one)["purpose"] for one in kit.of(FollowUp)] == [
        "follow-up 2026-11-20 10:00",
        "follow-up 2026-11-20 16:00",
    ]


def test_a_contact_that_is_archived_meanwhile_is_left_alone() -> None:
    kit.begin(workflows=ONE)
    contact = somebody()
    kit.post(kit.event(contact, kind="mail_in"))
    kit.ring(workflows=ONE)
    change("contact", contact.pk, archived_at=NOW)

    kit.ring(workflows=ONE, at=REMINDED)

    assert titles() == []
