"""Outcomes added up week by week: in step with every outcome, and rebuilt equal."""

from __future__ import annotations

from datetime import date, timedelta
from importlib import import_module

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connections
from django.utils import timezone

from approvals.models import CellOutcome, OutcomeRollup
from approvals.selectors import studio
from approvals.services import contests, outcomes, rollups
from approvals.services.outcomes import take
from approvals.views import studio_rows
from crmgov.records.services import edits
from tests.decisions import scene
from tests.done import kit
from tests.records_pages.kit import browser_of
from tests.studio.kit import ROWS, tiles
from tests.world import NOW

pytestmark = pytest.mark.django_db(transaction=True)
COUNTS = rollups.COUNTS


def added_up() -> dict[tuple[int, str, str], dict[str, int]]:
    """What is not zero, by hundredth, hold and way."""
    take(at=scene.LATER)
    found = {}
    for row in OutcomeRollup.objects.all():
        said = {name: number for name in COUNTS if (number := getattr(row, name))}
        if said:
            found[row.hundredth, row.held, row.way] = said
    return found


def scenery() -> None:
    scene.reviewer()
    scene.publish()


def test_each_decision_is_added_to_its_week_and_hundredth() -> None:
    scenery()
    for number, confidence in enumerate((0.86, 0.8699, 0.87)):
        scene.approve(
            scene.propose(scene.account(f"Firm {number}"), region="EMEA", confidence=confidence),
            scene.reviewer(),
        )
    scene.reject(
        scene.propose(scene.account("Rejkjavik Fisk"), region="EMEA", confidence=0.861), scene.reviewer()
    )

    assert added_up() == {
        (86, "", "decided"): {"unchanged": 2, "rejected": 1},
        (87, "", "decided"): {"unchanged": 1},
    }
    monday = NOW.date() - timedelta(days=NOW.weekday())
    assert set(OutcomeRollup.objects.values_list("week", flat=True)) == {monday}
    assert isinstance(monday, date)


def test_what_is_found_wrong_later_moves_over_and_nothing_is_counted_twice() -> None:
    kit.let_it_run()
    about = scene.account("Halden Marine Systems", owner=kit.priya().pk)
    execution = kit.ran(about, region="Nordics")
    assert added_up() == {(97, "", "ran"): {"unknown": 1}}

    contests.contest(execution_id=execution.pk, user=kit.priya(), at=scene.LATER)

    assert added_up() == {(97, "", "ran"): {"undone": 1}}
    assert outcomes.differing() == 0


def test_rollups_that_disagree_are_named_and_rebuilt_by_one_command() -> None:
    scenery()
    scene.approve(scene.propose(scene.account(), region="EMEA"), scene.reviewer())
    before = added_up()
    OutcomeRollup.objects.update(unchanged=7)

    with pytest.raises(CommandError, match="2 rows differ"):
        call_command("rebuild_outcomes", "--check")
    call_command("rebuild_outcomes")

    assert added_up() == before
    call_command("rebuild_outcomes", "--check")


def test_without_taking_off_what_it_was_an_outcome_is_counted_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard taken out: what keeps the sum is that the old is taken off with the new put on."""
    kit.let_it_run()
    about = scene.account("Halden Marine Systems", owner=kit.priya().pk)
    execution = kit.ran(about, region="Nordics")
    added_up()
    monkeypatch.setattr(rollups, "take_off", lambda suggestion_ids: None)

    contests.contest(execution_id=execution.pk, user=kit.priya(), at=scene.LATER)

    assert added_up() == {(97, "", "ran"): {"unknown": 1, "undone": 1}}
    assert outcomes.differing() == 2


def typed_over() -> None:
    """An agent wrote a region by itself an hour ago, and a person typed another one over it."""
    kit.let_it_run()
    about = scene.account("Halden Marine Systems", owner=kit.priya().pk, annual_value=30_000, currency="EUR")
    kit.ran(about, region="Nordics")
    edits.save(
        record_type="account",
        record_id=about.pk,
        seen={"region": "Nordics"},
        values={"region": "EMEA"},
        user=scene.admin(),
        reason="They moved.",
        at=timezone.now(),
    )


def test_what_a_person_typed_over_is_known_bad_in_sums_rows_and_stakes() -> None:
    typed_over()

    assert added_up() == {(97, "", "ran"): {"undone": 1}}
    assert outcomes.differing() == 0
    client = browser_of(scene.admin())
    here = "action=set_fields&group=firmographics&floor=0.4&auto=0.8"
    for asked in (here, f"{here}&stake=1"):
        assert tiles(client, f"?{asked}")["Known bad"] == "1"
    for asked in (here, f"{here}&known=bad", f"{here}&worst=1"):
        answer = client.get(f"{ROWS}?{asked}")
        assert [row["label"]["text"] for row in answer.context["rows"]] == ["typed over"]


def test_whatever_is_said_of_an_outcome_is_counted_once_and_has_its_words() -> None:
    said = [label for labels in studio.LABELS.values() for label in labels]

    assert sorted(said) == sorted(CellOutcome.Label)
    assert set(studio.SAID) == set(CellOutcome.Label)
    assert set(studio_rows.LABELS) == {label.value for label in CellOutcome.Label}


def test_rollups_of_before_are_added_up_anew_by_the_migration() -> None:
    typed_over()
    right = added_up()
    mended = import_module("approvals.migrations.0022_outcomes_mended")

    with connections["owner"].cursor() as cursor:
        cursor.execute("DELETE FROM approvals_outcomerollup")
        cursor.execute(mended.ADDED_UP)

    assert added_up() == right
    assert outcomes.differing() == 0
