"""Undo: what is not written is taken back, what was turned down is put again, and the decision stays on record."""

from __future__ import annotations

import pytest

from approvals.models import Attempt, Decision, Execution, Note, Suggestion
from approvals.rules.vocabulary import Level
from approvals.services import executions, intake, pauses, taking_up
from approvals.services.standing import NotYours, OwnProposal
from approvals.services.undoing import NothingToUndo
from crmgov.kernel.refusals import NotFound
from crmgov.people.models import Role, User
from crmgov.records.models import Account, ChangeSet
from tests.api import happenings
from tests.api.caller import Caller, said
from tests.decisions import scene
from tests.on_the_way import verbs
from tests.world import NOW, a_team, a_user

pytestmark = pytest.mark.django_db


def approved() -> tuple[Suggestion, User]:
    suggestion, sara = verbs.a_suggestion(), a_user()
    scene.approve(suggestion, sara, edits={"employees": "315"})
    return suggestion, sara


def test_what_has_not_run_is_cancelled_and_its_question_put_again() -> None:
    suggestion, sara = approved()
    again = verbs.take_back(suggestion, sara)
    execution = scene.run(suggestion)
    assert (execution.status, execution.note) == ("cancelled", "Taken back by Sara Okafor.")
    assert not Attempt.objects.exists()
    assert Account.objects.get().employees == 240
    assert (again.status, again.supersedes_id, again.made_at) == ("queued", suggestion.pk, scene.LATER)
    (item,) = again.items.all()
    assert (item.seen, item.proposed, item.question_open) == (240, 310, True), "as proposed, not as edited"
    assert item.evidence == suggestion.items.get().evidence
    note = Note.objects.get()
    assert (note.suggestion_id, note.kind, note.label) == (again.pk, "take_back", "Sara Okafor")
    assert f"Suggestion {suggestion.number}, approved by Sara Okafor" in note.text
    assert verbs.again(suggestion).status == "approved", "the decision was made, and stays"
    scene.approve(again, sara)
    assert scene.run(again).status == "succeeded"
    verbs.nothing_is_broken()


def test_what_is_written_is_reverted_and_not_taken_back() -> None:
    suggestion, sara = approved()
    execution = scene.run(suggestion)
    with pytest.raises(verbs.Written) as refused:
        verbs.take_back(suggestion, sara)
    assert refused.value.args == (execution.change_set_id,)
    assert ChangeSet.objects.filter(execution_id=execution.pk).exists()
    assert Suggestion.objects.count() == 1


def test_taking_back_twice_asks_once() -> None:
    suggestion, sara = approved()
    verbs.take_back(suggestion, sara)
    with pytest.raises(NothingToUndo, match="cancelled"):
        verbs.take_back(suggestion, sara)
    assert Suggestion.objects.count() == 2


def test_what_was_rejected_is_put_again_once() -> None:
    suggestion, sara = verbs.a_suggestion(), a_user()
    with pytest.raises(NothingToUndo, match="Only what was rejected"):
        verbs.ask_again(suggestion, sara)
    with pytest.raises(NothingToUndo, match="Nothing of this was approved"):
        verbs.take_back(suggestion, sara)
    scene.reject(suggestion, sara)
    again = verbs.ask_again(suggestion, sara)
    assert (again.status, again.supersedes_id) == ("queued", suggestion.pk)
    with pytest.raises(NothingToUndo, match=f"as suggestion {again.number}"):
        verbs.ask_again(suggestion, sara)
    assert Decision.objects.get().kind == "reject"
    verbs.nothing_is_broken()


def test_undoing_needs_the_right_to_decide_and_four_eyes_stay() -> None:
    scene.reviewer()
    scene.publish()
    tom = scene.reviewer("Tom Becker")
    suggestion = scene.propose(scene.account(), user=tom, employees=310)
    scene.approve(suggestion, a_user())
    outsider = a_user("Camille Roux", Role.REVIEWER, a_team("South"))
    for person, refusal in (
        (tom, OwnProposal),
        (a_user("Ines Falk", Role.AUDITOR), NotYours),
        (outsider, NotFound),
    ):
        with pytest.raises(refusal):
            verbs.take_back(suggestion, person)
    assert Execution.objects.get().status == "pending"
    again = verbs.take_back(suggestion, scene.admin())
    with pytest.raises(OwnProposal):
        scene.approve(again, tom)
    scene.reject(again, a_user())
    for person, refusal in ((tom, OwnProposal), (outsider, NotFound)):
        with pytest.raises(refusal):
            verbs.ask_again(again, person)


def test_what_is_put_again_never_runs_by_itself() -> None:
    suggestion, sara = verbs.a_suggestion(), a_user()
    scene.reject(suggestion, sara)
    Suggestion.objects.filter(pk=suggestion.pk).update(level_requested="execute")
    scene.publish(level=Level.EXECUTE)
    scene.grant(suggestion)
    alone = scene.propose(scene.account("Skarholm Paper"), level="execute", employees=90)
    assert alone.status == "approved", alone.rules
    again = verbs.ask_again(suggestion, sara)
    assert (again.status, again.level) == ("queued", "draft")


def test_what_the_policy_let_run_is_not_taken_back() -> None:
    suggestion = verbs.a_suggestion()
    scene.publish(level=Level.EXECUTE)
    scene.grant(suggestion)
    alone = scene.propose(scene.account("Skarholm Paper"), level="execute", employees=90)
    with pytest.raises(NothingToUndo, match="The policy approved it"):
        verbs.take_back(alone, scene.admin())


def test_where_the_same_is_asked_by_now_its_words_stand_there() -> None:
    suggestion, sara = verbs.a_suggestion(), a_user()
    scene.reject(suggestion, sara)
    account = Account.objects.get()
    other = scene.propose(account, employees=310, agent=scene.an_agent("Scout"))
    again = verbs.ask_again(suggestion, sara)
    assert again.pk == other.pk
    assert {one["by"] for one in verbs.again(other).items.get().evidence} == {"Scout", "Enricher"}
    assert verbs.kinds(other) == ["take_back"]
    verbs.nothing_is_broken()


def test_while_ai_is_paused_there_is_time_to_take_back() -> None:
    suggestion, sara = verbs.a_suggestion(), a_user()
    pauses.pause(scope="all", target="", reason="a test", user=scene.admin(), at=NOW)
    scene.approve(suggestion, sara)
    executions.drain(at=scene.LATER)
    again = verbs.take_back(suggestion, sara)
    assert (again.status, "paused" in again.rules) == ("queued", True)
    assert Execution.objects.get().status == "cancelled"
    verbs.nothing_is_broken()


def test_the_event_of_a_lead_follows_the_question() -> None:
    sara = scene.reviewer()
    caller = Caller(scene.an_agent())
    sent = happenings.event(id="form-1", source="website", person=happenings.IDA)
    told = said(happenings.post(caller, sent))
    suggestion = Suggestion.objects.get(pk=told["suggestion"].rsplit("/", 1)[1])
    scene.reject(suggestion, sara, at=NOW)
    again = verbs.ask_again(suggestion, sara)
    taking_up.take_up(at=scene.LATER)
    assert list(again.waiting_events.values_list("status", flat=True)) == ["waiting"]


def test_undoing_is_one_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    suggestion, sara = approved()

    def broken(*given: object, **more: object) -> None:
        raise RuntimeError("the gate is away")

    monkeypatch.setattr(intake, "take_drafted", broken)
    with pytest.raises(RuntimeError):
        verbs.take_back(suggestion, sara)
    assert Execution.objects.get().status == "pending", "nothing is cancelled where the question is lost"
