"""What became of suggestions, cell by cell: told from the rows, told again when one moves, and rebuilt equal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connections

from approvals.models import Cell, CellOutcome, Execution, Suggestion
from approvals.services import contests, outcomes
from approvals.services.outcomes import take
from crmgov.records.services import reverts
from tests.decisions import scene
from tests.done import kit

pytestmark = pytest.mark.django_db(transaction=True)


def told(suggestion: Suggestion) -> dict[str, Any]:
    """Way and label of its one field group, once the clock came by."""
    take(at=scene.LATER)
    row = CellOutcome.objects.get(suggestion=suggestion)
    return {"way": row.way, "label": row.label, "held": row.held, "only_level": row.only_level}


def put_back(done: Execution, *, fields: Sequence[str] | None = None) -> None:
    assert done.change_set_id is not None
    reverts.revert(
        change_set_id=done.change_set_id, user=scene.admin(), reason="No", at=scene.LATER, fields=fields
    )


def decided(label: str, *, only_level: bool = True) -> dict[str, Any]:
    return {"way": "decided", "label": label, "held": "", "only_level": only_level}


@pytest.fixture
def asked() -> Suggestion:
    """An agent proposes a region under a policy in which only the level holds it."""
    scene.reviewer()
    scene.publish()
    scene.approve(scene.propose(scene.account("Steinfurt Glas"), region="EMEA"), scene.reviewer())
    return scene.propose(scene.account(), region="DACH")


def test_what_waits_has_no_outcome_and_what_a_person_kept_is_kept(asked: Suggestion) -> None:
    take(at=scene.LATER)
    assert not CellOutcome.objects.filter(suggestion=asked).exists()

    scene.approve(asked, scene.reviewer())

    assert told(asked) == decided("unchanged")
    cell = Cell.objects.get(outcomes__suggestion=asked)
    assert (cell.action, cell.field_group, cell.segment) == ("set_fields", "firmographics", "")
    assert cell.moved_at == scene.LATER


def test_an_edit_a_rejection_and_a_later_revert_are_told(asked: Suggestion) -> None:
    edited = scene.propose(scene.account("Edel"), region="EMEA")
    rejected = scene.propose(scene.account("Rejkjavik Fisk"), region="EMEA")
    in_part = scene.propose(scene.account("Partner AG"), region="EMEA", employees=900)
    scene.approve(edited, scene.reviewer(), edits={"region": "Nordics"})
    scene.reject(rejected, scene.reviewer())
    scene.approve(in_part, scene.reviewer(), taken=["employees"])
    scene.approve(asked, scene.reviewer())
    done = scene.run(asked)
    assert told(asked) == decided("unchanged")

    put_back(done)

    assert told(edited) == decided("edited")
    assert told(rejected) == decided("rejected")
    assert told(in_part) == decided("rejected")
    assert told(asked) == decided("reverted")


def test_putting_back_one_field_leaves_the_other_group_of_the_suggestion_alone(asked: Suggestion) -> None:
    both = scene.propose(scene.account("Both Ltd"), region="EMEA", tags=["warm"])
    scene.approve(both, scene.reviewer())
    done = scene.run(both)
    put_back(done, fields=["region"])

    take(at=scene.LATER)

    labels = dict(CellOutcome.objects.filter(suggestion=both).values_list("field_group", "label"))
    assert labels.pop("firmographics") == "reverted"
    assert list(labels.values()) == ["unchanged"]


def test_what_ran_by_itself_is_unknown_until_somebody_contests_it() -> None:
    kit.let_it_run()
    about = scene.account("Halden Marine Systems", owner=kit.priya().pk)
    execution = kit.ran(about, region="Nordics")
    assert told(execution.suggestion) == {"way": "ran", "label": "", "held": "", "only_level": False}

    contests.contest(execution_id=execution.pk, user=kit.priya(), at=scene.LATER)

    assert told(execution.suggestion)["label"] == "contested"


def test_what_another_rule_blocked_is_held_whatever_its_confidence(asked: Suggestion) -> None:
    wrong = scene.propose(scene.account("Wrong Ltd"), employees="many")

    assert told(wrong) == {"way": "blocked", "label": "", "held": "block", "only_level": False}


def test_told_twice_changes_nothing_and_a_rebuild_is_equal(asked: Suggestion) -> None:
    scene.approve(asked, scene.reviewer())
    take(at=scene.LATER)
    before = rows()

    assert take(at=scene.LATER) == 0
    call_command("rebuild_outcomes")

    assert rows() == before
    assert outcomes.differing() == 0


def test_rows_that_disagree_are_named_and_rebuilt_by_one_command(asked: Suggestion) -> None:
    scene.approve(asked, scene.reviewer())
    take(at=scene.LATER)
    CellOutcome.objects.filter(suggestion=asked).update(label="rejected")

    with pytest.raises(CommandError, match="rows differ"):
        call_command("rebuild_outcomes", "--check")
    call_command("rebuild_outcomes")

    assert told(asked) == decided("unchanged")
    call_command("rebuild_outcomes", "--check")


def test_without_its_trigger_a_revert_is_not_told(asked: Suggestion) -> None:
    """The guard taken out: what tells a later revert is the trigger and nothing else."""
    scene.approve(asked, scene.reviewer())
    done = scene.run(asked)
    take(at=scene.LATER)
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE records_changeset DISABLE TRIGGER outcome_due_insert")
    try:
        put_back(done)
    finally:
        with connections["owner"].cursor() as cursor:
            cursor.execute("ALTER TABLE records_changeset ENABLE TRIGGER outcome_due_insert")

    assert told(asked) == decided("unchanged")
    assert outcomes.differing() > 0


def rows() -> list[tuple[Any, ...]]:
    names = ("cell", "suggestion", "field_group", "confidence", "way", "label", "held", "drawn", "at")
    return sorted(CellOutcome.objects.values_list(*names), key=str)
