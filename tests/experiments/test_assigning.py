"""Who gets which text: stable, alike for colleagues, nobody twice, nothing for who is held out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import InternalError, connection, transaction
from django.db.utils import IntegrityError, ProgrammingError

from approvals.models import Assignment, LetterDue, Suggestion
from approvals.services import experiment_arms, experiments, templates_kept
from approvals.workflows.letters import DAY_3, WELCOME
from scoring.arms import Arm
from tests.built_in import kit as flows
from tests.decisions import scene
from tests.experiments import kit
from tests.world import NOW, a_contact, a_team, change

pytestmark = pytest.mark.django_db
A, B = f"{WELCOME.name}@1", f"{kit.SHORT}@1"


def test_each_account_gets_the_text_of_its_arm_and_keeps_it() -> None:
    kit.begin()
    people = kit.readers(24)
    tried = kit.start()

    kit.begin_trial(*people)

    arms = {contact: kit.arm(tried, contact) for contact in people}
    assert {Arm.CONTROL, Arm.VARIANT} == set(arms.values())
    for contact, arm in arms.items():
        assert kit.welcomes(contact) == [A if arm == Arm.CONTROL else B]


def test_colleagues_read_the_same_text() -> None:
    kit.begin()
    account = scene.account("Polder Freight", owner=flows.an_owner().pk)
    people = [kit.reader(number, account=account) for number in range(6)]
    flows.ring()
    tried = kit.start()

    for place, contact in enumerate(people):
        kit.begin_trial(contact, at=flows.SOON + timedelta(minutes=place))

    assert Assignment.objects.get(experiment=tried).unit == account.pk
    assert len({text for contact in people for text in kit.welcomes(contact)}) == 1
    assert LetterDue.objects.count() == 6


def test_the_arm_stays_when_the_hash_would_say_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    kit.begin()
    account = scene.account("Polder Freight", owner=flows.an_owner().pk)
    first, second = (kit.reader(number, account=account) for number in range(2))
    flows.ring()
    tried = kit.start()
    monkeypatch.setattr(experiment_arms, "arm_of", lambda **_: Arm.VARIANT)
    kit.begin_trial(first)
    monkeypatch.setattr(experiment_arms, "arm_of", lambda **_: Arm.CONTROL)

    kit.begin_trial(second, at=flows.SOON + timedelta(minutes=1))

    assert kit.arm(tried, first) == Arm.VARIANT
    assert (kit.welcomes(first), kit.welcomes(second)) == ([B], [B])


def test_who_is_held_out_gets_no_letter_and_not_a_suggestion_either(monkeypatch: pytest.MonkeyPatch) -> None:
    kit.begin()
    (person,) = kit.readers(1)
    tried = kit.start(holdout=50)
    monkeypatch.setattr(experiment_arms, "arm_of", lambda **_: Arm.HOLDOUT)

    kit.begin_trial(person)

    assert kit.arm(tried, person) == Arm.HOLDOUT
    assert kit.welcomes(person) == []
    assert Suggestion.objects.count() == 0


def test_only_the_letter_under_test_is_held_back(monkeypatch: pytest.MonkeyPatch) -> None:
    kit.begin()
    (person,) = kit.readers(1)
    kit.start(holdout=50)
    monkeypatch.setattr(experiment_arms, "arm_of", lambda **_: Arm.HOLDOUT)
    kit.begin_trial(person)

    flows.ring(at=flows.SOON + timedelta(days=3, hours=1))

    assert kit.welcomes(person) == [f"{DAY_3.name}@1"]


@pytest.mark.parametrize("arm", [Arm.VARIANT, Arm.HOLDOUT])
def test_nobody_is_welcomed_a_second_time_because_of_an_experiment(
    monkeypatch: pytest.MonkeyPatch, arm: Arm
) -> None:
    """The workflow looks for its own letter; another text, or none, counts as that letter, also afterwards."""
    kit.begin()
    (person,) = kit.readers(1)
    tried = kit.start(holdout=50)
    monkeypatch.setattr(experiment_arms, "arm_of", lambda **_: arm)
    kit.begin_trial(person)
    before = kit.welcomes(person)
    experiments.end(experiment_id=tried.pk, why="a test", user=scene.admin(), at=NOW)

    kit.begin_trial(person, tags=("trial", "met at the fair"), at=flows.SOON + timedelta(minutes=5))

    assert kit.welcomes(person) == before


def test_the_same_news_five_times_assigns_once() -> None:
    kit.begin()
    people = kit.readers(3)
    kit.start()
    kit.begin_trial(*people)
    for _ in range(4):
        flows.ring()
    assert (Assignment.objects.count(), LetterDue.objects.count()) == (3, 3)


def test_a_contact_without_an_account_is_a_unit_alone() -> None:
    kit.begin()
    alone = a_contact("Maas", first_name="Jan", email="jan@maas.example", team=a_team().pk)
    flows.ring()
    kit.start()
    kit.begin_trial(alone)
    assert Assignment.objects.get().unit == alone.pk


def test_before_it_starts_and_after_it_ends_everybody_gets_the_letter_as_it_was() -> None:
    kit.begin()
    people = kit.readers(8)
    tried = kit.draft()
    kit.begin_trial(*people[:4])
    experiments.start(experiment_id=tried.pk, user=kit.starter(), at=flows.SOON)
    experiments.end(experiment_id=tried.pk, why="a test", user=kit.starter(), at=flows.SOON)

    kit.begin_trial(*people[4:], at=flows.SOON + timedelta(minutes=1))

    assert {text for contact in people for text in kit.welcomes(contact)} == {A}
    assert not Assignment.objects.exists()


@pytest.mark.parametrize("edited", [WELCOME.name, kit.SHORT])
def test_an_edit_of_either_text_ends_it(edited: str) -> None:
    kit.begin()
    people = kit.readers(8)
    tried = kit.start()
    version = (tried.control if edited == WELCOME.name else tried.variant).template
    templates_kept.save(
        template_id=version.pk,
        against=1,
        subject="Hello",
        body=kit.TEXT,
        why="kinder",
        user=scene.admin(),
        at=NOW,
    )

    kit.begin_trial(*people)

    tried.refresh_from_db()
    assert tried.state == "ended"
    assert tried.ended_by == scene.admin()
    assert f"“{edited}” was edited: version 2" in tried.ended_why
    assert not Assignment.objects.exists()
    assert len({text for contact in people for text in kit.welcomes(contact)}) == 1


def test_the_database_keeps_one_arm_for_a_unit_and_never_changes_it() -> None:
    kit.begin()
    (person,) = kit.readers(1)
    tried = kit.start()
    kit.begin_trial(person)
    row = Assignment.objects.get()
    with pytest.raises(IntegrityError, match="a_unit_has_one_arm_of_an_experiment"), transaction.atomic():
        Assignment.objects.create(experiment=tried, unit=row.unit, arm=Arm.HOLDOUT, at=NOW)
    for statement in ("DELETE FROM approvals_assignment", "UPDATE approvals_letterdue SET at = now()"):
        with (
            pytest.raises((InternalError, ProgrammingError)),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


def test_a_task_for_a_person_goes_on_whatever_is_held_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """A template that cannot be filled in becomes a task; held out, there is none to write."""
    kit.begin()
    nameless = kit.reader(1)
    change("contact", nameless.pk, first_name="")
    flows.ring()
    kit.start()
    monkeypatch.setattr(experiment_arms, "arm_of", lambda **_: Arm.VARIANT)
    kit.begin_trial(nameless)
    (task,) = Suggestion.objects.filter(action="create_task")
    assert kit.SHORT in flows.values(task)["title"]
