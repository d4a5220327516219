"""A blind second look: drawn with a high-risk decision, answered by somebody else, deciding nothing."""

from __future__ import annotations

from threading import Barrier, Thread

import pytest
from django.db import IntegrityError, connections, transaction
from django.urls import reverse
from django.utils import timezone

from approvals.models import Decision, Execution, SecondLook, Suggestion
from approvals.rules import second_looks as rules
from approvals.selectors import second_looks as looks
from approvals.services import second_looks
from approvals.services.second_looks import AlreadyAnswered
from crmgov.kernel.refusals import Invalid, NotFound
from crmgov.people.models import User
from tests.decisions import scene
from tests.desk.browsing import at, text
from tests.world import a_team, a_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def all_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "SHARE", 1.0)


@pytest.fixture
def tess() -> User:
    return scene.reviewer("Tess Vogel")


@pytest.fixture
def decided() -> Suggestion:
    """High-risk, because the account is strategic; Sara rejected it a moment ago."""
    scene.reviewer()
    scene.publish()
    scene.approve(scene.propose(scene.account("Steinfurt Glas"), region="EMEA"), scene.reviewer())
    asked = scene.propose(scene.account("Halden Marine Systems", strategic=True), region="DACH")
    assert asked.high_risk
    now = timezone.now()
    scene.reject(asked, scene.reviewer(), note="They moved to Bergen.", at=now, shown_at=now)
    return asked


def answer(suggestion: Suggestion, by: User, said: str = "approve", note: str = "") -> SecondLook:
    return second_looks.answer(
        suggestion_id=suggestion.pk, user=by, answer=said, note=note, at=timezone.now()
    )


def test_only_what_is_high_risk_and_was_decided_by_a_person_is_drawn(decided: Suggestion) -> None:
    assert [row.decision.suggestion_id for row in SecondLook.objects.all()] == [decided.pk]


def test_nothing_is_drawn_where_the_lot_falls_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "SHARE", 0.0)
    sara = scene.reviewer()
    scene.publish()
    scene.reject(scene.propose(scene.account(strategic=True), region="DACH"), sara)

    assert not SecondLook.objects.exists()


def test_a_colleague_of_the_queue_is_asked_and_not_told_what_was_decided(
    decided: Suggestion, tess: User
) -> None:
    client = at(tess)
    here = reverse("approvals:second_look", args=[decided.pk])
    listed, page = text(client.get(reverse("approvals:second_looks"))), text(client.get(here))

    assert "Halden Marine Systems" in listed
    assert "I would approve it" in page
    assert "strategic" in page.lower()
    assert f"/accounts/{decided.record_id}/" not in client.get(here).content.decode()
    for leaked in ("rejected", "Rejected", "Bergen", "The value is wrong", "Sara Okafor"):
        assert leaked not in listed + page


def test_after_the_answer_both_are_shown_and_nothing_has_changed(decided: Suggestion, tess: User) -> None:
    client, here = at(tess), reverse("approvals:second_look", args=[decided.pk])
    done = client.post(reverse("approvals:second_look_answer", args=[decided.pk]), {"answer": "approve"})

    assert done.status_code == 302
    page = text(client.get(here))
    assert "You do not agree" in page
    assert "Bergen" in page
    assert Decision.objects.get(suggestion=decided).kind == "reject"
    assert not Execution.objects.filter(suggestion=decided).exists()
    assert Suggestion.objects.get(pk=decided.pk).status == "rejected"


def test_neither_the_decider_nor_another_team_nor_the_proposers_side_is_asked(decided: Suggestion) -> None:
    stranger = a_user("Camille Roux", "reviewer", a_team("South"))
    owner = scene.an_agent().owner

    for person in (scene.reviewer(), stranger, owner):
        assert looks.listed(person, at=timezone.now()) == []
        with pytest.raises(NotFound):
            answer(decided, person)


def test_an_answer_that_is_none_is_named_and_nothing_is_kept(decided: Suggestion, tess: User) -> None:
    with pytest.raises(Invalid, match="approve or reject"):
        answer(decided, tess, "perhaps")
    response = at(tess).post(
        reverse("approvals:second_look_answer", args=[decided.pk]), {"note": "I typed this"}
    )

    assert response.status_code == 422
    assert "I typed this" in response.content.decode()
    assert SecondLook.objects.get().answer == ""


def test_of_two_who_answer_at_once_one_is_told(decided: Suggestion, tess: User) -> None:
    people, start, said = [tess, scene.reviewer("Ulla Berg")], Barrier(2), []

    def press(person: User) -> None:
        start.wait()
        try:
            answer(decided, person)
            said.append("kept")
        except AlreadyAnswered:
            said.append("told")
        finally:
            connections.close_all()

    threads = [Thread(target=press, args=[one]) for one in people]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert sorted(said) == ["kept", "told"]


def test_agreement_is_told_per_queue_to_those_who_oversee(decided: Suggestion, tess: User) -> None:
    answer(decided, tess, "reject")

    (found,) = looks.agreements()
    assert (found.agreement.same, found.agreement.asked, found.waiting) == (1, 1, 0)
    assert "not enough to say" in text(at(scene.admin()).get(reverse("approvals:second_looks")))
    assert "Agreement by queue" not in text(at(tess).get(reverse("approvals:second_looks")))


def test_the_database_refuses_an_answer_without_a_name(decided: Suggestion) -> None:
    with pytest.raises(IntegrityError, match="second_look_names_who_answered"), transaction.atomic():
        SecondLook.objects.update(answer="approve")
