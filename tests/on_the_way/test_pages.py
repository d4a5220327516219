"""The verbs as pages: what each shows, what each says back, and that nothing typed is lost."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from approvals.models import Note, Queue, QueueMembership, Suggestion
from approvals.services import invariants, pauses
from crmgov.people.models import Role, User
from tests.decisions import scene
from tests.desk.browsing import at, text, url
from tests.on_the_way import verbs
from tests.world import NOW, a_team, a_user

pytestmark = pytest.mark.django_db
EVIL = "<script>alert(1)</script>"


@pytest.fixture
def sara() -> Client:
    return at(scene.reviewer())


@pytest.fixture
def suggestion(sara: Client) -> Suggestion:
    scene.publish()
    return scene.propose(scene.account(), employees=310, at=timezone.now() - timedelta(minutes=1))


def post(client: Client, step: str, suggestion: Suggestion, **typed: Any) -> Any:
    return client.post(url(f"suggestion_{step}", suggestion), {"mode": step, **typed})


def page(client: Client, suggestion: Suggestion, step: str = "suggestion") -> str:
    answer = client.get(url(step, suggestion))
    assert answer.status_code == 200
    return text(answer)


def nothing_is_broken() -> None:
    broken = [one for one in invariants.check_all(at=timezone.now()) if one.outcome == "VIOLATED"]
    assert not broken, broken


def test_each_verb_has_a_page_of_its_own_that_changes_nothing(sara: Client, suggestion: Suggestion) -> None:
    before = Suggestion.objects.values().get()
    for step, words in (
        ("ask", "Enricher reads it and answers with a new proposal"),
        ("snooze", "The SLA keeps running: due in"),
        ("escalate", "stands first for everybody who decides it"),
        ("reassign", "The members of that queue decide it then."),
        ("answer", "The question is for whoever proposed this."),
    ):
        assert words in page(sara, suggestion, f"suggestion_{step}")
    for step in ("wake", "take", "claim", "take_back", "ask_again"):
        assert sara.get(url(f"suggestion_{step}", suggestion)).status_code == 405
    assert Suggestion.objects.values().get() == before
    assert not Note.objects.exists()


def test_asking_back_says_where_it_waits_and_quotes_as_plain_text(
    sara: Client, suggestion: Suggestion
) -> None:
    answer = post(sara, "ask", suggestion, text=f"Which register? {EVIL} \u202eabc")
    assert answer.status_code == 302
    inbox = sara.get(answer["Location"])
    assert "Asked back: Employees: 240 to 310, Polder Freight." in text(inbox)
    assert re.search(r'view=asked"[^>]*>Asked <b[^>]*>1</b>', inbox.content.decode())
    shown = sara.get(url("suggestion", suggestion))
    assert EVIL not in shown.content.decode()
    assert "\u202e" not in shown.content.decode()
    assert f"Sara Okafor asked back “Which register? {EVIL} abc”" in text(shown).replace(" ”", "”")
    assert "Sara Okafor asked back, and the answer is not here yet." in text(shown)
    assert "It was asked back already" in shown.content.decode()
    nothing_is_broken()


@pytest.mark.parametrize("step", ["ask", "escalate"])
def test_a_question_without_words_is_refused_where_it_was_typed(
    sara: Client, suggestion: Suggestion, step: str
) -> None:
    answer = post(sara, step, suggestion, text="  ")
    assert answer.status_code == 422
    assert f'id="{step}-form"' in answer.content.decode()
    assert 'aria-invalid="true"' in answer.content.decode()


def test_what_was_typed_is_kept_whoever_was_faster(sara: Client, suggestion: Suggestion) -> None:
    verbs.ask(suggestion, scene.admin(), at=timezone.now())
    late = post(sara, "ask", suggestion, text="My own question")
    assert (late.status_code, "asked back already" in text(late)) == (409, True)
    assert ">\nMy own question</textarea>" in late.content.decode()
    scene.reject(suggestion, scene.admin(), at=timezone.now())
    over = post(sara, "escalate", suggestion, text="It smells.")
    assert over.status_code == 409
    assert "Ana Ruiz decided this one: rejected." in text(over)
    assert "What you wrote is kept here “It smells.”" in text(over)


def test_snoozing_speaks_the_time_of_the_viewer(sara: Client, suggestion: Suggestion) -> None:
    User.objects.filter(name="Sara Okafor").update(time_zone="Asia/Tokyo")
    answer = post(sara, "snooze", suggestion, when="tomorrow")
    until = verbs.again(suggestion).snoozed_until
    assert until is not None
    assert (until.hour, until.minute) == (0, 0), "nine in Tokyo"
    assert "09:00 JST" in text(sara.get(answer["Location"]))
    shown = page(sara, suggestion)
    assert "Snoozed until" in shown
    assert "The SLA keeps running." in shown
    assert post(sara, "wake", suggestion).status_code == 302
    assert verbs.again(suggestion).snoozed_until is None
    again = post(sara, "wake", suggestion)
    assert (again.status_code, "awake already" in text(again)) == (409, True)
    nothing_is_broken()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({}, "Choose when it comes back."),
        ({"when": "never"}, "Choose when it comes back."),
        ({"when": "other"}, "Say the day and the time."),
        ({"when": "other", "until": "soon"}, "Enter a valid date/time."),
        ({"when": "other", "until": "2020-01-01T09:00"}, "That time has passed."),
        ({"when": "other", "until": "2099-01-01T09:00"}, "more than 30 days"),
    ],
)
def test_a_time_that_makes_no_sense_is_refused_with_the_note_kept(
    sara: Client, suggestion: Suggestion, typed: dict[str, str], said: str
) -> None:
    answer = post(sara, "snooze", suggestion, text="After the fair", **typed)
    assert answer.status_code == 422
    assert said in text(answer)
    assert ">\nAfter the fair</textarea>" in answer.content.decode()
    if "until" in typed:
        assert f'value="{typed["until"]}"' in answer.content.decode()
    assert verbs.again(suggestion).snoozed_until is None


def test_escalating_is_told_to_everybody_who_sees_it(sara: Client, suggestion: Suggestion) -> None:
    assert post(sara, "escalate", suggestion, text="Two companies are mixed up.").status_code == 302
    said = page(at(scene.admin()), suggestion)
    assert "Escalated" in said
    assert re.search(r'row-why"><span class="cut">Escalated · ', sara.get("/inbox/").content.decode())
    assert "Due now. Escalated by Sara Okafor: Two companies are mixed up." in said
    assert "Sara Okafor escalated it “Two companies are mixed up.”" in said
    assert (
        "It was escalated, so it stays in sight" in sara.get(url("suggestion", suggestion)).content.decode()
    )


def test_passing_on_to_a_queue(sara: Client, suggestion: Suggestion) -> None:
    queue = Queue.objects.create(name="Second look", team=a_team(), position=7)
    QueueMembership.objects.create(queue=queue, user=a_user("Ida Holm", Role.REVIEWER, a_team()))
    form = sara.get(url("suggestion_reassign", suggestion)).content.decode()
    assert re.findall(r"<option[^>]*>([^<]*)<", form.split('id="reassign_queue"')[1]) == [
        "Choose a queue", "Second look",
    ]  # fmt: skip
    wrong = post(sara, "reassign", suggestion, queue="9" * 40, text="For Ida")
    assert (wrong.status_code, "For Ida" in text(wrong)) == (422, True)
    answer = post(sara, "reassign", suggestion, queue=str(queue.pk), text="For Ida")
    assert "Passed on to Second look" in text(sara.get(answer["Location"]))
    assert "Sara Okafor passed it on to Second look “For Ida”" in page(scene_client("Ida Holm"), suggestion)


def scene_client(name: str) -> Client:
    return at(User.objects.get(name=name))


def test_a_colleague_who_looks_is_seen_and_can_be_followed(sara: Client, suggestion: Suggestion) -> None:
    tom = at(scene.reviewer("Tom Becker"))
    assert "Take it" in page(sara, suggestion)
    assert post(tom, "claim", suggestion).status_code == 204
    assert re.search(r"yours for (4 min|5 min)", page(tom, suggestion))
    assert re.search(r"Tom Becker has it for (4 min|5 min)", page(sara, suggestion))
    assert "Tom Becker is looking" in sara.get("/inbox/").content.decode()
    assert "data-claim" not in sara.get(url("suggestion", suggestion)).content.decode()
    assert post(sara, "claim", suggestion).status_code == 409
    assert post(sara, "take", suggestion).status_code == 302
    assert "Sara Okafor took it over" in page(tom, suggestion)
    assert post(tom, "claim", suggestion).status_code == 409


def test_who_may_not_decide_sees_no_way_to_put_it_aside(suggestion: Suggestion) -> None:
    shown = at(a_user("Ines Falk", Role.AUDITOR)).get(url("suggestion", suggestion)).content.decode()
    for part in ('id="ask"', 'id="snooze"', 'id="escalate"', 'id="more"', "data-claim", "Take it"):
        assert part not in shown
    assert "Ask back" in shown, "it stays, grayed"


def test_the_person_who_proposed_it_is_asked_on_its_page(sara: Client) -> None:
    scene.publish()
    tom = scene.reviewer("Tom Becker")
    suggestion = scene.propose(scene.account(), user=tom, employees=310, at=timezone.now())
    post(sara, "ask", suggestion, text="Who told you?")
    client = at(tom)
    assert "Asked 1" in text(client.get("/inbox/"))
    assert "Sara Okafor asks about your proposal. Who told you?" in page(client, suggestion)
    assert post(client, "answer", suggestion, text="").status_code == 422
    assert post(client, "answer", suggestion, text="Their CFO.").status_code == 302
    assert "Tom Becker answered “Their CFO.”" in page(sara, suggestion)


def pressed_undo(client: Client, after: Any) -> Any:
    """Press Undo in the toast on the page one came to."""
    shown = client.get(after["Location"]).content.decode()
    found = re.search(
        r'<form method="post" action="([^"]+)">(?:(?!</form>).)*data-key="undo"', shown, re.DOTALL
    )
    assert found is not None, shown
    return client.post(found[1])


def approve(client: Client, suggestion: Suggestion) -> Any:
    shown = re.search(
        r'name="shown" value="([^"]+)"', client.get(url("suggestion", suggestion)).content.decode()
    )
    assert shown is not None
    return client.post(url("suggestion_approve", suggestion), {"shown": shown[1]})


def test_undo_in_the_toast_takes_back_what_has_not_run(sara: Client, suggestion: Suggestion) -> None:
    pauses.pause(scope="action", target="create_task", reason="a test", user=scene.admin(), at=NOW)
    undone = pressed_undo(sara, approve(sara, suggestion))
    newer = Suggestion.objects.get(supersedes=suggestion)
    assert undone["Location"] == url("suggestion", newer)
    shown = text(sara.get(undone["Location"]))
    assert f"Taken back. Nothing was written; suggestion {newer.number} waits." in shown
    assert "Sara Okafor took the decision back" in shown
    old = page(sara, suggestion)
    assert f"Suggestion {newer.number} asks since" in old
    assert "Taken back by Sara Okafor." in old
    twice = post(sara, "take_back", suggestion)
    assert (twice.status_code, "left to take back" in text(twice)) == (409, True)
    nothing_is_broken()


def test_undo_of_what_is_written_opens_its_revert(sara: Client, suggestion: Suggestion) -> None:
    after = approve(sara, suggestion)
    execution = scene.run(suggestion, at=timezone.now() + timedelta(seconds=1))
    undone = pressed_undo(sara, after)
    assert undone["Location"] == f"{url('change_set', execution.change_set_id)}?undo=1"
    shown = text(sara.get(undone["Location"]))
    assert "It was written already. Put it back here." in shown
    assert "Revert this change" in shown


def test_undo_of_a_no_puts_the_question_again(sara: Client, suggestion: Suggestion) -> None:
    shown = re.search(
        r'name="shown" value="([^"]+)"', sara.get(url("suggestion", suggestion)).content.decode()
    )
    assert shown is not None
    no = sara.post(url("suggestion_reject", suggestion), {"shown": shown[1], "reason_code": "bad_timing"})
    undone = pressed_undo(sara, no)
    newer = Suggestion.objects.get(supersedes=suggestion)
    assert undone["Location"] == url("suggestion", newer)
    assert "Put it again" not in page(sara, suggestion), "once is enough"
    nothing_is_broken()


def test_who_may_not_undo_is_offered_nothing(sara: Client, suggestion: Suggestion) -> None:
    scene.reject(suggestion, a_user(), at=timezone.now())
    assert "Put it again" not in page(at(a_user("Ines Falk", Role.AUDITOR)), suggestion)
    assert post(at(a_user("Ines Falk", Role.AUDITOR)), "ask_again", suggestion).status_code == 403
    assert "Put it again" in page(sara, suggestion)
