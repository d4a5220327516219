"""What a decision rests on is read after its lock: whoever waited for it decides on what is there when they get it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from approvals.models import Decision, QueueMembership, Suggestion
from approvals.services import decisions, opening, recording, standing
from crmgov.kernel.refusals import NotFound, Refused
from crmgov.people.models import Membership, User
from crmgov.records.models import Hold
from tests.decisions import scene
from tests.world import NOW, a_team, a_user, change

pytestmark = pytest.mark.django_db(transaction=True)


def leaves_the_team(sara: User, suggestion: Suggestion) -> None:
    Membership.objects.filter(user=sara).delete()


def leaves_the_queue(sara: User, suggestion: Suggestion) -> None:
    QueueMembership.objects.filter(user=sara).delete()


def record_goes_to_another_team(sara: User, suggestion: Suggestion) -> None:
    change("account", suggestion.record_id, team=a_team("South").pk)  # type: ignore[arg-type]


def field_is_edited(sara: User, suggestion: Suggestion) -> None:
    change("account", suggestion.record_id, employees=260)  # type: ignore[arg-type]


def hold_is_placed(sara: User, suggestion: Suggestion) -> None:
    Hold.objects.create(
        account_id=suggestion.account_id,  # type: ignore[misc]
        until=date(2100, 1, 1),
        reason="renewal talks",
        placed_by=a_user("Priya Nair"),
        placed_at=NOW,
    )


WHILE_WAITING: list[tuple[Callable[[User, Suggestion], None], type[Refused]]] = [
    (leaves_the_team, NotFound),
    (leaves_the_queue, standing.NotYours),
    (record_goes_to_another_team, NotFound),
    (field_is_edited, decisions.Changed),
    (hold_is_placed, decisions.Changed),
]


def wait_while(
    monkeypatch: pytest.MonkeyPatch, happens: Callable[[User, Suggestion], None], sara: User
) -> None:
    """Whoever asks for the lock gets it only after this has happened."""
    locked = recording._locked

    def waited(suggestion_id: Any) -> Suggestion | None:
        found = locked(suggestion_id)
        if found is not None:
            happens(sara, found)
        return found

    monkeypatch.setattr(recording, "_locked", waited)


@pytest.mark.parametrize(("happens", "refusal"), WHILE_WAITING)
def test_what_happened_while_one_waited_for_the_lock_counts(
    monkeypatch: pytest.MonkeyPatch,
    happens: Callable[[User, Suggestion], None],
    refusal: type[Refused],
) -> None:
    sara = scene.reviewer()
    scene.publish()
    suggestion = scene.propose(scene.account(), employees=310)
    seen = scene.digest(suggestion)
    wait_while(monkeypatch, happens, sara)
    with pytest.raises(refusal):
        scene.approve(suggestion, sara, seen_digest=seen)
    assert not Decision.objects.exists()


@pytest.mark.parametrize("happens", [leaves_the_team, leaves_the_queue, record_goes_to_another_team])
def test_read_before_the_lock_it_would_not(
    monkeypatch: pytest.MonkeyPatch, happens: Callable[[User, Suggestion], None]
) -> None:
    sara = scene.reviewer()
    scene.publish()
    suggestion = scene.propose(scene.account(), employees=310)
    seen = scene.digest(suggestion)
    before = opening.of(sara, Suggestion.objects.get(pk=suggestion.pk), scene.LATER)
    wait_while(monkeypatch, happens, sara)
    monkeypatch.setattr(opening, "of", lambda *asked: before)
    scene.approve(suggestion, sara, seen_digest=seen)
    assert Decision.objects.exists()


def test_how_a_person_stands_is_one_question_for_each_of_their_reasons() -> None:
    """Team, queue, account, and the same for whoever they stand in for; asked alone and asked together."""
    sara, priya = scene.reviewer(), a_user("Priya Nair", "account_manager", a_team())
    scene.publish()
    suggestion = scene.propose(scene.account(owner=priya.pk), employees=310)
    for who, says in ((sara, (True, True, False)), (priya, (True, False, True))):
        stands = standing.of(who, suggestion, scene.LATER)
        assert (stands.in_team, stands.in_queue, stands.owns_account) == says
        assert opening.of(who, suggestion, scene.LATER).stands == stands
    for stranger in (a_user("Lea Brun", "reviewer", a_team("South")), scene.admin()):
        stands = standing.of(stranger, suggestion, scene.LATER)
        assert (stands.in_queue, stands.owns_account) == (False, False)
        assert standing.sees(stranger, suggestion) == standing.sees(stranger, suggestion, stands)
