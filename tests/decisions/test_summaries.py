"""A summary comes on the timeline with what it is made of, what comes next, and who read it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest

from approvals.models import Suggestion
from approvals.rules.vocabulary import Level
from approvals.selectors import context
from approvals.services import contests, invariants
from approvals.services.contests import StaysBeside
from approvals.services.drafts import Impossible
from approvals.views import plates
from crmgov.kernel.refusals import Invalid
from crmgov.records.models import Account, Activity, RecordEvent
from crmgov.records.selectors.timeline import Happening
from tests.built_in import kit
from tests.decisions import scene
from tests.decisions.scene import LATER
from tests.world import NOW, a_team, an_account, change, create

pytestmark = pytest.mark.django_db
SAID = "They want to move in May. We will send the figures by Friday."


@pytest.fixture
def account() -> Account:
    scene.publish()
    scene.reviewer()
    return scene.account()


def a_meeting(account: Account) -> Activity:
    kit.post(kit.event(account, "meeting", at=NOW, subject="Kick-off", body=SAID))
    return Activity.objects.get(kind="meeting")


def summing(account: Account, level: str = "draft", chain: Sequence[UUID] = (), **values: str) -> Suggestion:
    items = {
        "about": "Kick-off",
        "summary": "They want to move in May.",
        "next_action": "Send figures",
        **values,
    }
    body = {
        "record": {"type": "account", "id": str(account.pk)},
        "action": "log_summary",
        "items": [{"field": field, "proposed": value} for field, value in items.items()],
        "confidence": 0.97,
        "level": level,
        "chain": [str(key) for key in chain],
    }
    return scene.propose_raw(body)


def told(activity: Activity) -> dict[str, Any]:
    return plates.entry_of(Happening(activity.occurred_at, activity.pk, activity=activity))


def test_what_a_person_approved_stands_on_the_timeline_and_says_so(account: Account) -> None:
    meeting = a_meeting(account)
    asked = summing(account, of=str(meeting.pk))
    assert asked.title == "Summary: Kick-off"

    scene.approve(asked, scene.reviewer())
    done = scene.run(asked)

    assert (done.status, done.note) == ("succeeded", "On the timeline, read by Sara Okafor.")
    (note,) = Activity.objects.filter(kind="note")
    assert (note.account, note.subject, note.by) == (account, "Summary: Kick-off", "Enricher")
    assert note.body == "They want to move in May.\n\nNext: Send figures"
    assert note.data["crmgov.summary"]["of"] == str(meeting.pk)
    assert told(note)["meta"][-2:] == ["of the meeting of 20 Nov 2026", "read by Sara Okafor"]
    found = invariants.check_all(at=LATER, only=["F5", "F6", "D2", "X1"])
    assert not any(one.violations for one in found)


def test_what_ran_by_itself_says_that_nobody_read_it(account: Account) -> None:
    scene.publish(level=Level.EXECUTE)
    scene.grant(summing(account), group="summary")

    done = scene.run(summing(account, "execute", about="Second call"))

    assert (done.by_itself, done.note) == (True, "On the timeline, read by nobody yet.")
    assert told(Activity.objects.get())["meta"][-1] == "read by nobody yet"
    with pytest.raises(StaysBeside):
        contests.contest(execution_id=done.pk, user=scene.admin(), at=LATER)


def test_it_is_made_of_what_hangs_on_the_record(account: Account) -> None:
    elsewhere = a_meeting(scene.account("Quay"))

    for wrong in (str(elsewhere.pk), "the meeting"):
        with pytest.raises(Impossible, match="no such activity or task on this record"):
            summing(account, of=wrong)


def test_it_is_made_of_nothing_that_another_team_does_on_a_shared_record(account: Account) -> None:
    shared, south = an_account("Shared Co"), a_team("South")
    theirs = create("task", account=shared.pk, team=south.pk, title="South secret plan", due_on="2026-11-20")
    ours = create("task", account=shared.pk, team=a_team().pk, title="Our review", due_on="2026-11-20")

    with pytest.raises(Impossible, match="no such activity or task on this record") as refused:
        summing(shared, of=str(theirs))
    assert [one.pointer for one in refused.value.problems] == ["/items/3/proposed"]

    asked = summing(shared, of=str(ours))
    scene.approve(asked, scene.admin())
    change("task", ours, team=south.pk)
    scene.run(asked)

    assert Activity.objects.get().data["crmgov.summary"]["made_of"] == ""


def test_what_follows_from_a_summary_knows_where_it_comes_from(account: Account) -> None:
    asked = summing(account)
    scene.approve(asked, scene.reviewer())
    scene.run(asked)
    chain = RecordEvent.objects.get(kind=RecordEvent.Kind.ACTIVITY).chain
    assert chain == [asked.pk]

    again = summing(account, about="The summary", chain=chain)

    assert (again.status, "loop" in again.rules) == ("blocked", True)


def test_a_person_mends_the_words_and_not_what_it_is_made_of(account: Account) -> None:
    asked = summing(account, of=str(a_meeting(account).pk))
    with pytest.raises(Invalid, match="as proposed"):
        scene.approve(asked, scene.reviewer(), edits={"of": ""})

    scene.approve(asked, scene.reviewer(), edits={"next_action": "Send the figures by Friday"})
    scene.run(asked)

    assert Activity.objects.get(kind="note").body.endswith("Next: Send the figures by Friday")


def test_a_promise_is_read_where_it_was_made_and_not_again_in_its_summary(account: Account) -> None:
    asked = summing(account, of=str(a_meeting(account).pk), summary=SAID)
    scene.approve(asked, scene.reviewer())
    scene.run(asked)

    card = context.card_for(scene.admin(), account.pk, beside=None, at=LATER)

    assert card is not None
    assert [one.sentence for one in card.promises] == ["We will send the figures by Friday."]


def test_no_sender_claims_that_somebody_read_it(account: Account) -> None:
    claims = kit.event(account, "note", data={"crmgov.summary": "read by Sara"})

    assert [one["status"] for one in kit.post(claims)] == ["refused"]
    assert not Activity.objects.exists()
