"""A question to an agent and its answer: over HTTP, as the agent does it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from approvals.models import Note, Queue, QueueMembership, Suggestion
from approvals.rules.vocabulary import Level
from approvals.selectors import beside, inbox, on_the_way
from approvals.services import sides
from crmgov.people.models import Team, User
from crmgov.records.models import Account
from tests.api.caller import Caller, refusal, said
from tests.decisions import scene
from tests.intake.kit import an_agent, body, item, may_execute
from tests.on_the_way import verbs
from tests.world import a_team, an_account

pytestmark = pytest.mark.django_db
ANSWER = "From the Dutch register, filing of 3 November."


def asked(caller: Caller, account: Account, sara: User) -> Suggestion:
    """A posted proposal on which Sara asked back."""
    told = said(caller.post(body(account, item("employees", 240, 310))))
    suggestion = Suggestion.objects.get(pk=told["id"])
    return verbs.ask(suggestion, sara, at=timezone.now())


def answer(caller: Caller, account: Account, suggestion: Suggestion, *items: Any, **more: Any) -> Any:
    values = items or (item("employees", 240, 310),)
    return caller.post(body(account, *values, answers=str(suggestion.pk), **{"reason": ANSWER, **more}))


def test_the_agent_reads_the_question_and_answers_with_a_new_revision(
    caller: Caller, account: Account, sara: User
) -> None:
    suggestion = asked(caller, account, sara)
    told = said(caller.get(f"/api/v1/suggestions/{suggestion.pk}"))
    assert told["question"]["text"] == verbs.QUESTION
    assert told["question"]["by"] == "Sara Okafor"
    assert told["question"]["asked_at"] == suggestion.asked_at.isoformat()  # type: ignore[union-attr]

    answered = answer(caller, account, suggestion)

    assert answered.status_code == 201
    assert said(answered)["supersedes"] == suggestion.number
    new = Suggestion.objects.get(pk=said(answered)["id"])
    assert (new.status, verbs.again(suggestion).status) == ("queued", "superseded")
    assert (new.asked_at, new.sla_due_at) == (None, suggestion.sla_due_at)
    thread = beside.of(sara, new, timezone.now()).thread
    assert [(note.kind, note.label, note.text) for note in thread] == [
        ("answer", "Enricher", ANSWER),
        ("ask", "Sara Okafor", verbs.QUESTION),
    ]
    now = timezone.now()
    assert [row.id for row in inbox.page_for(sara, at=now).rows] == [new.pk]
    assert inbox.page_for(sara, at=now, view="asked").rows == ()
    closed = said(caller.get(f"/api/v1/suggestions/{suggestion.pk}"))
    assert (closed["status"], closed["question"]) == ("superseded", None)
    assert closed["superseded_by"] == {"id": str(new.pk), "number": new.number}
    verbs.nothing_is_broken()


def test_an_answer_may_name_other_fields_and_stays_in_the_queue_where_it_was_asked(
    caller: Caller, account: Account, sara: User
) -> None:
    suggestion = asked(caller, account, sara)
    queue = Queue.objects.create(name="Second look", team=a_team(), position=7)
    QueueMembership.objects.create(queue=queue, user=sara)
    verbs.reassign(suggestion, scene.admin(), queue.pk)
    answered = answer(caller, account, suggestion, item("region", "Benelux", "Nordics"))
    new = Suggestion.objects.get(pk=said(answered)["id"])
    assert (new.supersedes_id, new.queue_id) == (suggestion.pk, queue.pk)
    assert not suggestion.items.get().question_open
    verbs.nothing_is_broken()


def test_what_answers_a_person_never_runs_by_itself(
    caller: Caller, account: Account, sara: User, team: Team
) -> None:
    suggestion = asked(caller, account, sara)
    may_execute(caller.agent, level=Level.EXECUTE)
    alone = said(
        caller.post(body(an_account("Skarholm", team=team.pk, employees=240), item("employees", 240, 310)))
    )
    assert alone["status"] == "approved", alone["findings"]
    answered = said(answer(caller, account, suggestion))
    assert (answered["status"], answered["level"]) == ("queued", "draft")


def test_an_answer_that_the_gate_blocks_leaves_the_question_open(
    caller: Caller, account: Account, sara: User
) -> None:
    suggestion = asked(caller, account, sara)
    answered = said(answer(caller, account, suggestion, item("employees", 240, "many")))
    assert answered["status"] == "blocked"
    assert on_the_way.question_of(verbs.again(suggestion)) is not None
    assert said(answer(caller, account, suggestion))["supersedes"] == suggestion.number


def test_an_answer_to_nothing_is_refused_with_a_sentence(
    caller: Caller, account: Account, sara: User, team: Team
) -> None:
    suggestion = asked(caller, account, sara)
    other = an_account("Skarholm Paper", team=team.pk, employees=240)
    stranger = Caller(an_agent(team, name="Scout"))
    unknown = Suggestion(pk=uuid4())
    mine = "None of your suggestions has this id."
    assert refusal(answer(caller, account, unknown), 422)["/answers"] == mine
    assert refusal(answer(stranger, account, suggestion), 422)["/answers"] == mine
    assert "same record" in refusal(answer(caller, other, suggestion), 422)["/answers"]
    task = {"action": "create_task", "items": [{"field": "title", "proposed": "Call"}]}
    assert "same action" in refusal(answer(caller, account, suggestion, **task), 422)["/answers"].replace(
        "the same record with the ", ""
    )
    assert "/reason" in refusal(answer(caller, account, suggestion, reason=" "), 422)
    assert "/answers" in refusal(answer(caller, account, Suggestion(pk="x")), 422)
    scene.reject(suggestion, sara)
    assert "it is rejected" in refusal(answer(caller, account, suggestion), 422)["/answers"]
    plain = said(caller.post(body(account, item("region", "Benelux", "Nordics"))))
    never = refusal(answer(caller, account, Suggestion(pk=plain["id"])), 422)
    assert "nobody asked anything" in never["/answers"]
    assert Note.objects.filter(kind="answer").count() == 0


def test_another_agent_that_said_the_same_reads_no_question(
    caller: Caller, account: Account, sara: User, team: Team
) -> None:
    suggestion = asked(caller, account, sara)
    scout = Caller(an_agent(team, name="Scout"))
    told = said(scout.post(body(account, item("employees", 240, 310))))
    assert told["duplicate"], "its evidence stands beside the first one's"
    assert said(scout.get(f"/api/v1/suggestions/{suggestion.pk}"))["question"] is None


def test_of_two_answers_in_one_batch_the_first_counts(caller: Caller, account: Account, sara: User) -> None:
    suggestion = asked(caller, account, sara)
    bodies = [
        body(account, item("employees", 240, wanted), answers=str(suggestion.pk)) for wanted in (311, 312)
    ]
    results = said(caller.post(bodies, path="/api/v1/suggestions/batch"))["results"]
    assert [line["code"] for line in results] == [201, 409]
    assert "decided a moment ago" in results[1]["problem"]["detail"]
    assert Suggestion.objects.queued().get().items.get().proposed == 311


def test_a_wait_ends_when_somebody_asks_back(
    caller: Caller, account: Account, sara: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = said(caller.post(body(account, item("employees", 240, 310))))
    suggestion, naps = Suggestion.objects.get(pk=told["id"]), []

    def sleep(seconds: float) -> None:
        naps.append(seconds)
        if len(naps) == 2:
            verbs.ask(suggestion, sara, at=timezone.now())

    monkeypatch.setattr("time.sleep", sleep)
    waited = said(caller.get(f"/api/v1/suggestions/{suggestion.pk}?wait=25"))
    assert (len(naps), waited["question"]["text"]) == (2, verbs.QUESTION)


def test_what_is_decided_meanwhile_is_not_answered(
    caller: Caller, account: Account, sara: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proposal was fine when it was read; before its lock a person decided."""
    suggestion = asked(caller, account, sara)
    real = sides.lock

    def decided_first(ids: Any) -> None:
        monkeypatch.setattr(sides, "lock", real)
        Suggestion.objects.filter(pk=suggestion.pk).update(status="rejected", closed_at=timezone.now())
        real(ids)

    monkeypatch.setattr(sides, "lock", decided_first)
    assert "decided a moment ago" in refusal(answer(caller, account, suggestion), 409)["detail"]
    assert Suggestion.objects.count() == 1
