"""Newer word of an agent, without `answers`, about what a person holds: it waits for that person too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from approvals.models import Execution, Queue, QueueMembership, Suggestion
from approvals.rules.vocabulary import Level
from approvals.selectors import beside, inbox, on_the_way
from approvals.services import intake
from crmgov.people.models import Team, User
from crmgov.records.models import Account
from tests.api.caller import Caller, said
from tests.decisions import scene
from tests.intake.kit import an_agent, body, item, may_execute
from tests.on_the_way import verbs
from tests.world import a_team

pytestmark = pytest.mark.django_db


def posted(caller: Caller, account: Account, employees: int = 310, **more: Any) -> Suggestion:
    told = said(caller.post(body(account, item("employees", 240, employees), **more)))
    return Suggestion.objects.get(pk=told["id"])


def asked(suggestion: Suggestion, sara: User) -> Suggestion:
    return verbs.ask(suggestion, sara, at=timezone.now())


def taken_back(suggestion: Suggestion, sara: User) -> Suggestion:
    scene.approve(suggestion, sara)
    return verbs.take_back(suggestion, sara)


HELD: dict[str, tuple[Callable[[Suggestion, User], Suggestion], int]] = {
    "asked back, another value": (asked, 311),
    "asked back, the same value": (asked, 310),
    "escalated": (verbs.escalate, 311),
    "taken back": (taken_back, 311),
}


@pytest.mark.parametrize("held", HELD)
@pytest.mark.parametrize("guarded", [True, False], ids=["", "guard out"])
def test_what_a_person_holds_is_not_run_by_posting_it_again(
    caller: Caller,
    account: Account,
    sara: User,
    held: str,
    guarded: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not guarded:
        monkeypatch.setattr(intake, "_keep_with_people", lambda cases: None)
    scene.publish()
    hold, employees = HELD[held]
    older = hold(posted(caller, account), sara)
    may_execute(caller.agent, level=Level.EXECUTE)

    newer = posted(caller, account, employees)

    assert verbs.again(older).status == "superseded"
    if not guarded:
        assert newer.status == "approved", "the guard is what holds it"
        return
    assert (newer.status, newer.level, newer.supersedes_id) == ("queued", "draft", older.pk)
    once_more = posted(caller, account, 312)
    assert (once_more.status, once_more.supersedes_id) == ("queued", newer.pk), "nor by posting it twice"
    assert not Execution.objects.filter(suggestion__in=[newer, once_more]).exists()
    verbs.nothing_is_broken()


def test_a_cell_that_may_execute_runs_where_nobody_holds_anything(caller: Caller, account: Account) -> None:
    may_execute(caller.agent, level=Level.EXECUTE)
    assert posted(caller, account).status == "approved"


def in_view(user: User, view: str) -> list[UUID]:
    return [row.id for row in inbox.page_for(user, at=timezone.now(), view=view).rows]


def test_a_question_stays_open_on_newer_word_that_does_not_answer_it(
    caller: Caller, account: Account, sara: User
) -> None:
    older = asked(posted(caller, account), sara)
    queue = Queue.objects.create(name="Second look", team=a_team(), position=7)
    QueueMembership.objects.create(queue=queue, user=sara)
    verbs.reassign(older, scene.admin(), queue.pk)

    between = posted(caller, account, 311)
    newer = posted(caller, account, 312)

    assert in_view(sara, "asked") == [newer.pk]
    assert (newer.asked_at, newer.queue_id) == (older.asked_at, queue.pk)
    assert newer.sla_due_at == older.sla_due_at, "asking back stops no clock, nor does newer word set it back"
    thread = beside.of(sara, newer, timezone.now()).thread
    assert [(note.kind, note.text) for note in thread if note.kind == "ask"] == [("ask", verbs.QUESTION)]
    told = said(caller.get(f"/api/v1/suggestions/{newer.pk}"))["question"]
    assert (told["text"], told["by"]) == (verbs.QUESTION, "Sara Okafor")
    assert said(caller.get(f"/api/v1/suggestions/{between.pk}"))["question"] is None
    answered = posted(caller, account, 312, answers=str(newer.pk))
    assert (answered.supersedes_id, answered.asked_at) == (newer.pk, None)
    assert in_view(sara, "asked") == []
    verbs.nothing_is_broken()


def test_of_two_questions_the_one_that_is_not_answered_stays(
    caller: Caller, account: Account, sara: User
) -> None:
    """One new suggestion takes the place of two, and answers one of them."""
    first = asked(posted(caller, account), sara)
    told = said(caller.post(body(account, item("region", "Benelux", "Nordics"))))
    second = verbs.ask(Suggestion.objects.get(pk=told["id"]), sara, "Since when?", at=timezone.now())
    both = (item("employees", 240, 311), item("region", "Benelux", "Baltics"))

    told = said(caller.post(body(account, *both, answers=str(second.pk))))

    newer = Suggestion.objects.get(pk=told["id"])
    assert (newer.supersedes_id, newer.asked_at) == (second.pk, first.asked_at)
    question = on_the_way.question_of(newer)
    assert question is not None
    assert (question.text, question.label, question.at) == (verbs.QUESTION, "Sara Okafor", first.asked_at)
    verbs.nothing_is_broken()


def test_an_answer_that_another_suggestion_asks_already_is_kept_on_the_one_asked_about(
    caller: Caller, account: Account, sara: User, team: Team
) -> None:
    older = asked(posted(caller, account), sara)
    scout = Caller(an_agent(team, name="Scout"))
    told = said(scout.post(body(account, item("region", "Benelux", "Nordics"))))

    same = body(account, item("region", "Benelux", "Nordics"), answers=str(older.pk), reason="It moved.")
    answered = caller.post(same)

    assert (answered.status_code, said(answered)["duplicate"]) == (200, True)
    assert said(answered)["id"] == told["id"]
    stands = verbs.again(older)
    assert (stands.status, stands.asked_at) == ("queued", None)
    thread = beside.of(sara, stands, timezone.now()).thread
    assert [(note.kind, note.label, note.text) for note in thread] == [
        ("answer", "Enricher", "It moved."),
        ("ask", "Sara Okafor", verbs.QUESTION),
    ]
    assert in_view(sara, "asked") == []
    assert older.pk in in_view(sara, "mine")
    verbs.nothing_is_broken()
