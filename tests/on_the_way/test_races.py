"""Two hands at one moment: real threads, real commits, a barrier. Whoever is first, the outcome is one of two."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from approvals.models import Decision, Execution, Note, Suggestion
from approvals.selectors import on_the_way
from approvals.services import executions
from approvals.services.recording import AlreadyDecided
from approvals.services.undoing import NothingToUndo
from approvals.services.way import NotNow
from crmgov.records.models import Account
from tests.decisions import scene
from tests.on_the_way import verbs
from tests.races.reviewers import at_once
from tests.world import a_user

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 6


def test_undo_and_the_executor_agree_on_who_was_first() -> None:
    sara = scene.reviewer()
    scene.publish()
    for number in range(ROUNDS):
        account = scene.account(f"Account {number}")
        suggestion = scene.propose(account, employees=310)
        scene.approve(suggestion, sara)
        execution = Execution.objects.get(suggestion=suggestion)
        undone, ran = at_once(
            [
                partial(verbs.take_back, suggestion, sara),
                partial(executions.run, execution_id=execution.pk, at=scene.LATER),
            ]
        )
        assert ran is None
        executions.drain(at=scene.LATER)
        execution.refresh_from_db()
        employees = Account.objects.get(pk=account.pk).employees
        outcome = (execution.status, employees, Suggestion.objects.filter(supersedes=suggestion).count())
        if undone is None:
            assert outcome == ("cancelled", 240, 1)
        else:
            assert isinstance(undone, verbs.Written), undone
            assert outcome == ("succeeded", 310, 0)
    verbs.nothing_is_broken()


def test_two_who_undo_the_same_ask_once() -> None:
    suggestion, sara, tom = verbs.a_suggestion(), a_user(), scene.reviewer("Tom Becker")
    scene.reject(suggestion, sara)
    raised = at_once([partial(verbs.ask_again, suggestion, sara), partial(verbs.ask_again, suggestion, tom)])
    assert sorted(str(type(one).__name__) for one in raised) == ["NoneType", "NothingToUndo"]
    assert Suggestion.objects.filter(supersedes=suggestion).count() == 1


def test_without_its_lock_the_same_is_asked_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard taken out: what asks whether it was put again already reads before either has."""
    suggestion, sara = verbs.a_suggestion(), a_user()
    scene.reject(suggestion, sara)
    monkeypatch.setattr(on_the_way, "successor_of", lambda suggestion: None)
    verbs.ask_again(suggestion, sara)
    verbs.ask_again(suggestion, sara)
    assert Note.objects.filter(kind="take_back").count() == 2


@pytest.mark.parametrize("verb", [verbs.ask, verbs.escalate, verbs.snooze], ids=["ask", "escalate", "snooze"])
def test_a_verb_and_a_decision_at_once_leave_one_story(verb: Callable[..., object]) -> None:
    suggestion, sara, tom = verbs.a_suggestion(), a_user(), scene.reviewer("Tom Becker")
    put_aside, decided = at_once([partial(verb, suggestion, sara), partial(scene.reject, suggestion, tom)])
    assert decided is None
    assert put_aside is None or isinstance(put_aside, AlreadyDecided)
    assert (verbs.again(suggestion).status, Decision.objects.count()) == ("rejected", 1)
    assert Note.objects.count() == (1 if put_aside is None else 0)


def test_of_two_who_ask_one_is_told_that_it_was_asked() -> None:
    suggestion, sara, tom = verbs.a_suggestion(), a_user(), scene.reviewer("Tom Becker")
    raised = at_once([partial(verbs.ask, suggestion, sara), partial(verbs.ask, suggestion, tom)])
    assert [type(one) for one in raised if one is not None] == [NotNow]
    assert verbs.kinds(suggestion) == ["ask"]


def test_nothing_undoes_what_was_never_done() -> None:
    suggestion, sara = verbs.a_suggestion(), a_user()
    raised = at_once([partial(verbs.take_back, suggestion, sara), partial(verbs.ask_again, suggestion, sara)])
    assert [type(one) for one in raised] == [NothingToUndo, NothingToUndo]
