"""Queues in the Django admin: what they take, who is in them, their order, and what waits follows."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks

from approvals.models import Queue, QueueMove, Suggestion
from approvals.services import invariants, queues, regating
from approvals.services.default_queues import make_default_queues
from crmgov.people.models import Role, User
from crmgov.records.models import Segment
from tests.decisions import scene
from tests.world import a_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def sara() -> User:
    return scene.reviewer()


@pytest.fixture
def waiting(sara: User) -> Suggestion:
    """Held for its value, and in the team's queue as nobody is in the others."""
    make_default_queues()
    scene.publish()
    made = scene.propose(scene.account(annual_value="184000", currency="EUR"), employees=310)
    assert str(made.queue) == "North"
    return made


def as_admin() -> Client:
    client = Client()
    client.force_login(a_user("Ana Ruiz", Role.ADMIN))
    return client


def form_of(queue: Queue, *members: User, **changed: Any) -> dict[str, Any]:
    rows = {
        f"memberships-{place}-{field}": value
        for place, member in enumerate(members)
        for field, value in (("queue", queue.pk), ("user", member.pk))
    }
    return {
        "name": queue.name, "team": queue.team_id or "", "position": queue.position, "sla_hours": queue.sla_hours,
        "rules": ",".join(queue.rules), "actions": queue.actions, "segments": queue.segments,
        "memberships-TOTAL_FORMS": len(members), "memberships-INITIAL_FORMS": 0, **rows, **changed,
    }  # fmt: skip


def page(queue: Queue) -> str:
    return reverse("admin:approvals_queue_change", args=[queue.pk])


def now_in(suggestion: Suggestion) -> str:
    return str(Suggestion.objects.get(pk=suggestion.pk).queue)


@pytest.mark.django_db(transaction=True)
def test_a_member_added_moves_what_waits_and_the_move_names_the_admin(
    waiting: Suggestion, sara: User
) -> None:
    high = Queue.objects.get(shipped_as="high_value")
    client = as_admin()

    answer = client.post(page(high), form_of(high, sara))

    assert answer.status_code == 302
    assert now_in(waiting) == "High value"
    move = QueueMove.objects.get()
    assert (move.came_from, move.went_to, move.by_label) == ("North", "High value", "Ana Ruiz")
    assert move.why == "The queue High value changed."
    told = client.get(reverse("admin:approvals_queue_changelist")).content.decode()
    assert "1 open suggestion was moved to another queue." in told
    assert client.get(reverse("admin:approvals_queuemove_changelist")).status_code == 200
    (found,) = invariants.check_all(at=scene.LATER, only=("L2",))
    assert not found.violations


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"rules": "high_value, hihg_value"}, "“hihg_value” is no rule of the gate. There are: account_hold"),
        ({"position": "8"}, "North has number 8 already. Give each queue its own."),
        ({"segments": ["galactic"]}, "Select a valid choice. galactic is not one"),
        ({"actions": ["fly"]}, "Select a valid choice. fly is not one"),
        ({"at_least": "-1"}, "greater than or equal to 0"),
        ({"at_least": "much"}, "Enter a number"),
        ({"name": "Unrouted"}, "Another queue cannot be called Unrouted."),
        ({"sla_hours": "0"}, "say more than 0 hours"),
    ],
)
def test_what_cannot_stand_is_refused_in_a_sentence_and_kept(
    waiting: Suggestion, changed: dict[str, Any], sentence: str
) -> None:
    high = Queue.objects.get(shipped_as="high_value")

    answer = as_admin().post(page(high), form_of(high, **changed))

    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert Queue.objects.get(pk=high.pk).rules == ["high_value", "strategic_account"]
    assert Queue.objects.get(pk=high.pk).position == high.position


@pytest.mark.parametrize("changed", [{"name": "Rest"}, {"rules": "escalated"}, {"team": "team"}])
def test_unrouted_stays_what_it_is(sara: User, changed: dict[str, Any]) -> None:
    last = queues.unrouted()
    team = Queue.objects.exclude(team=None).get().team_id
    given = {key: team if value == "team" else value for key, value in changed.items()}

    answer = as_admin().post(page(last), form_of(last, **given))

    assert "nobody else may see" in answer.content.decode()
    last.refresh_from_db()
    assert (last.name, last.rules, last.team) == ("Unrouted", [], None)


def test_what_a_queue_takes_is_typed_and_shown(waiting: Suggestion, sara: User) -> None:
    Segment.objects.create(name="enterprise")
    high = Queue.objects.get(shipped_as="high_value")
    typed = form_of(
        high,
        rules="high_value",
        actions=["set_fields"],
        segments=["enterprise", "none"],
        at_least="100000",
        sla_hours="4",
    )

    as_admin().post(page(high), typed)

    high.refresh_from_db()
    assert (high.rules, high.actions, high.segments) == (
        ["high_value"],
        ["set_fields"],
        ["enterprise", "none"],
    )
    queues.unrouted()
    shown = as_admin().get(reverse("admin:approvals_queue_changelist")).content.decode()
    assert "what nobody else may see" in shown
    assert "every admin" in shown
    assert "high_value; and set_fields; and enterprise or none; and from 100,000" in shown
    assert "nobody yet: the next queue has it" in shown
    assert "every team" in shown


def order(*queues_: Queue, numbers: tuple[int, ...]) -> dict[str, Any]:
    given: dict[str, Any] = {
        "form-TOTAL_FORMS": len(queues_),
        "form-INITIAL_FORMS": len(queues_),
        "_save": "Save",
    }
    for place, (queue, number) in enumerate(zip(queues_, numbers, strict=True)):
        given |= {f"form-{place}-id": queue.pk, f"form-{place}-position": number}
    return given


def test_two_queues_change_places_and_what_waits_follows_once(
    waiting: Suggestion, sara: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    own = Queue.objects.get(team__name="North")
    special = Queue.objects.create(name="Special", team=own.team, position=own.position + 1)
    for queue in (special, Queue.objects.get(shipped_as="high_value")):
        queue.memberships.create(user=sara)
    regating.follow_people(at=scene.LATER)
    assert now_in(waiting) == "High value"
    everything = list(Queue.objects.order_by("position", "name"))
    high = next(queue for queue in everything if queue.shipped_as == "high_value")
    # Special first, then the others as they were, the team's two queues the other way round.
    numbers = {queue.pk: queue.position for queue in everything} | {
        special.pk: own.position, own.pk: special.position, high.pk: 99,
    }  # fmt: skip

    with django_capture_on_commit_callbacks(execute=True) as ran:
        as_admin().post(
            reverse("admin:approvals_queue_changelist"),
            order(*everything, numbers=tuple(numbers[queue.pk] for queue in everything)),
        )

    assert Queue.objects.get(name="Special").position == own.position
    assert now_in(waiting) == "Special"
    assert QueueMove.objects.filter(by__isnull=False).count() == 1
    assert len(ran) == 1


def test_two_queues_with_one_number_are_refused(waiting: Suggestion) -> None:
    everything = list(Queue.objects.order_by("position", "name"))

    answer = as_admin().post(
        reverse("admin:approvals_queue_changelist"),
        order(*everything, numbers=tuple(7 for _ in everything)),
    )

    assert "has number 7 too. Give each its own." in answer.content.decode()
    assert [queue.position for queue in Queue.objects.order_by("pk")] == [
        queue.position for queue in sorted(everything, key=lambda one: one.pk)
    ]
