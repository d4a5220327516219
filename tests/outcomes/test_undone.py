"""Decisions that were taken back, came to nothing, ended a conflict or were pressed together, told as what they are."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from approvals.models import CellOutcome, Conflict, Suggestion
from approvals.services import conflicts, decisions, outcomes, undoing
from approvals.services.outcomes import take
from crmgov.records.models import Account
from tests.decisions import scene
from tests.desk.browsing import at
from tests.desk.together import press
from tests.world import change

pytestmark = pytest.mark.django_db(transaction=True)
NOTHING_SAID = ("closed", "", True)


def told(suggestion: Suggestion) -> tuple[str, str, bool]:
    """Way, label and whether only the level held it, once the clock came by; and stored as the rows say."""
    take(at=scene.LATER)
    assert outcomes.differing() == 0
    row = CellOutcome.objects.get(suggestion=suggestion)
    return row.way, row.label, row.only_level


@pytest.fixture
def asked() -> Suggestion:
    """An agent proposes a region under a policy in which only the level holds it."""
    scene.reviewer()
    scene.publish()
    scene.approve(scene.propose(scene.account("Steinfurt Glas"), region="EMEA"), scene.reviewer())
    return scene.propose(scene.account(), region="DACH")


def test_an_approval_that_was_taken_back_says_nothing(asked: Suggestion) -> None:
    scene.approve(asked, scene.reviewer())
    assert told(asked) == ("decided", "unchanged", True)

    undoing.take_back(suggestion_id=asked.pk, user=scene.reviewer(), at=scene.LATER)

    assert told(asked) == NOTHING_SAID


def test_an_edit_that_was_taken_back_says_nothing(asked: Suggestion) -> None:
    scene.approve(asked, scene.reviewer(), edits={"region": "Nordics"})
    assert told(asked) == ("decided", "edited", True)

    undoing.take_back(suggestion_id=asked.pk, user=scene.reviewer(), at=scene.LATER)

    assert told(asked) == NOTHING_SAID


def test_a_rejection_that_was_undone_says_nothing(asked: Suggestion) -> None:
    scene.reject(asked, scene.reviewer())
    assert told(asked) == ("decided", "rejected", True)

    undoing.ask_again(suggestion_id=asked.pk, user=scene.reviewer(), at=scene.LATER)

    assert told(asked) == NOTHING_SAID


def test_a_plain_yes_that_came_to_nothing_says_nothing_and_an_edit_stays_one(asked: Suggestion) -> None:
    edited = scene.propose(scene.account("Edel"), region="EMEA")
    scene.approve(asked, scene.reviewer())
    scene.approve(edited, scene.reviewer(), edits={"region": "Nordics"})
    for one in (asked, edited):
        assert one.record_id is not None
        change("account", one.record_id, region="APAC")

    assert {scene.run(one).status for one in (asked, edited)} == {"stale"}

    assert told(asked) == NOTHING_SAID
    assert told(edited) == ("decided", "edited", True)


def test_who_loses_a_conflict_is_no_evidence_of_the_level(asked: Suggestion) -> None:
    about = Account.objects.get(name=asked.record_label)
    rival = scene.propose(about, agent=scene.an_agent("Scout"), region="Nordics")
    conflict = Conflict.objects.get()
    asked.refresh_from_db()
    assert asked.rules == ["level"]

    conflicts.settle(
        conflict_id=conflict.pk,
        claim_id=conflict.claims.get(suggestion=rival).pk,
        user=scene.admin(),
        seen_digest=conflicts.digest_of(conflict),
        at=scene.LATER,
    )

    assert told(asked) == ("decided", "rejected", False)


def pressed_together(monkeypatch: pytest.MonkeyPatch) -> set[bool]:
    """Three alike, with the clock coming by after each decision; what is told then of their being one by one."""
    approve = decisions.approve

    def approved_and_told(**given: Any) -> Any:
        made = approve(**given)
        take(at=timezone.now())
        return made

    monkeypatch.setattr(decisions, "approve", approved_and_told)
    chosen = [scene.propose(scene.account(f"Firm {n}"), employees=300 + n) for n in range(3)]
    assert press(at(scene.reviewer()), chosen).status_code == 302
    take(at=timezone.now())
    rows = CellOutcome.objects.filter(suggestion__in=[one.pk for one in chosen], way="decided")
    assert rows.count() == 3
    return set(rows.values_list("one_by_one", flat=True))


def test_a_press_is_told_as_one_however_early_the_clock_comes(
    asked: Suggestion, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert pressed_together(monkeypatch) == {False}
    assert outcomes.differing() == 0


def test_without_its_trigger_a_press_is_told_as_one_by_one(
    asked: Suggestion, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard taken out: what tells them again is the trigger and nothing else."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE approvals_bulkitem DISABLE TRIGGER outcome_due_update")
    try:
        assert pressed_together(monkeypatch) == {True}
    finally:
        with connections["owner"].cursor() as cursor:
            cursor.execute("ALTER TABLE approvals_bulkitem ENABLE TRIGGER outcome_due_update")

    assert outcomes.differing() > 0


def test_cells_that_moved_are_locked_in_the_order_in_which_a_demotion_locks_them(asked: Suggestion) -> None:
    scene.approve(asked, scene.reviewer())

    with CaptureQueriesContext(connection) as ran:
        take(at=scene.LATER)

    about = [one["sql"] for one in ran if '"approvals_cell"' in one["sql"] or "approvals_cell " in one["sql"]]
    locking, moving = [one for one in about if "FOR UPDATE" in one or "moved_at" in one.partition("SET")[2]]
    assert locking.startswith('SELECT "approvals_cell"."id"')
    assert locking.endswith("ORDER BY 1 ASC FOR UPDATE")
    assert moving.startswith("UPDATE")
