"""Who pressed “I sent it” and did not takes it back: the timeline says both, and the place in the caps is free."""

from __future__ import annotations

from datetime import timedelta

import pytest

from approvals.models import Attempt, Decision, Execution, Suggestion
from approvals.services import invariants, sent_by_hand, undoing
from approvals.services.undoing import NothingToUndo, Undone
from approvals.workflows.follow_up import FollowUp
from crmgov.kernel.refusals import NotAllowed
from crmgov.people.models import Role, User
from crmgov.records.models import TAKES_BACK, Activity, Contact, Touch
from tests.built_in import kit
from tests.decisions import scene as decided
from tests.decisions.scene import LATER
from tests.desk import browsing
from tests.messages import scene
from tests.world import NOW, a_user

pytestmark = pytest.mark.django_db(transaction=True)
MUCH_LATER = LATER + timedelta(minutes=10)


@pytest.fixture
def sara() -> User:
    decided.publish()
    return decided.reviewer()


def told(contact: Contact, user: User) -> Suggestion:
    """Proposed at level suggest, and said to be sent."""
    suggestion = scene.propose(contact, level="suggest")
    sent_by_hand.told(
        suggestion_id=suggestion.pk,
        seen_digest=decided.digest(suggestion),
        reviewer=user,
        at=LATER,
        shown_at=NOW,
    )
    return suggestion


def not_sent(suggestion: Suggestion, user: User) -> Undone:
    return undoing.take_back(suggestion_id=suggestion.pk, user=user, at=MUCH_LATER)


def test_the_question_waits_again_and_nothing_is_rewritten(sara: User) -> None:
    suggestion = told(scene.reader(), sara)

    undone = not_sent(suggestion, sara)

    assert undone.again is not None
    assert (undone.again.status, undone.again.supersedes_id) == ("queued", suggestion.pk)
    assert Decision.objects.get().suggestion_id == suggestion.pk
    execution = Execution.objects.get()
    assert (execution.status, execution.note) == (
        "cancelled",
        "Not sent by hand after all, says Sara Okafor.",
    )
    assert list(Attempt.objects.order_by("number").values_list("outcome", flat=True)) == [
        "succeeded",
        "cancelled",
    ]
    said, corrected = Activity.objects.order_by("occurred_at")
    assert (said.kind, said.subject) == ("mail_out", "Welcome")
    assert (corrected.kind, corrected.subject, corrected.by) == ("note", "Not sent: Welcome", "Sara Okafor")
    assert corrected.data[TAKES_BACK] == str(said.pk)
    assert not any(found.violations for found in invariants.check_all(at=MUCH_LATER))
    with pytest.raises(NothingToUndo):
        not_sent(suggestion, sara)


def test_its_place_in_the_cap_is_free_again(sara: User) -> None:
    contact = scene.reader()
    scene.one_a_week()
    suggestion = told(contact, sara)
    assert "frequency_cap" in scene.propose(contact, subject="Another", at=LATER).rules

    again = not_sent(suggestion, sara).again

    assert Touch.objects.get().state == Touch.State.RELEASED
    assert again is not None
    assert "frequency_cap" not in again.rules
    sent_by_hand.told(
        suggestion_id=again.pk,
        seen_digest=decided.digest(again),
        reviewer=sara,
        at=MUCH_LATER,
        shown_at=LATER,
    )
    assert Touch.objects.filter(state=Touch.State.USED).count() == 1


def test_somebody_who_may_not_decide_it_may_not_take_it_back(sara: User) -> None:
    suggestion = told(scene.reader(), sara)

    with pytest.raises(NotAllowed):
        not_sent(suggestion, a_user("Ines Falk", Role.AUDITOR))

    assert Touch.objects.get().state == Touch.State.USED


def test_a_customer_who_was_not_answered_after_all_waits_still(sara: User) -> None:
    kit.begin(workflows=(FollowUp(),))
    contact = scene.reader()
    kit.post(kit.event(contact, kind="mail_in", body="When does the trial end?"))
    kit.ring(workflows=(FollowUp(),))
    suggestion = told(contact, sara)

    not_sent(suggestion, sara)
    kit.ring(workflows=(FollowUp(),), at=NOW.replace(hour=14))

    assert [one.title for one in kit.of(FollowUp)] == ["Task: Answer Ines Costa"]


def test_the_page_of_what_was_sent_has_the_button_and_tells_what_became_of_it(sara: User) -> None:
    suggestion = scene.propose(scene.reader(), level="suggest")
    client = browsing.at(sara)
    browsing.press(client, "sent", suggestion)
    page = browsing.text(client.get(browsing.url("suggestion", suggestion)))

    answer = client.post(browsing.url("suggestion_take_back", suggestion), follow=True)

    assert "I did not send it" in page
    assert "It counts as not sent; suggestion" in browsing.text(answer)
    closed = browsing.text(client.get(browsing.url("suggestion", suggestion)))
    assert "Not sent by hand after all, says Sara Okafor." in closed
    assert "I did not send it" not in closed
