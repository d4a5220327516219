"""The threshold studio: its figures, the rows behind each of them, and what it refuses."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any
from unittest.mock import Mock

import pytest
from django.test import Client

from approvals.forms.studio import hundredths_up
from approvals.models import AuditSample, CellOutcome, OutcomeRollup, Suggestion
from approvals.rules import probation
from approvals.rules.probation import Draw
from approvals.services import contests
from crmgov.people.models import Role
from tests.decisions import scene
from tests.done import kit as done
from tests.records_pages.kit import browser_of
from tests.studio.kit import ROWS, STUDIO, decided, lines, tiles, told
from tests.world import a_user

pytestmark = pytest.mark.django_db(transaction=True)
HERE = "floor=0.4&auto=0.8"


@pytest.fixture
def ana() -> Client:
    scene.reviewer()
    scene.publish()
    return browser_of(scene.admin())


def test_two_thresholds_say_what_would_have_run_and_what_is_known_of_it(ana: Client) -> None:
    decided([0.9, 0.85, 0.8, 0.5, 0.3])
    decided([0.92], verb="reject")
    decided([0.79], verb="edit")

    assert tiles(ana) == {"Known good": "3", "Known bad": "1", "Unknown": "0"}
    said = lines(ana)
    assert said["Run by themselves"] == ("0", "4")
    assert said["Reviewed"] == ("7", "2")
    assert said["Blocked"] == ("0", "1")


def test_each_figure_leads_to_exactly_its_rows(ana: Client) -> None:
    decided([0.9, 0.85, 0.8, 0.5, 0.3])
    decided([0.92], verb="reject")
    page = ana.get(f"{STUDIO}?{HERE}")

    linked = [
        *((tile["figure"], tile["url"]) for tile in page.context["tiles"]),
        *((line["here"], line["url"]) for line in page.context["against"] if line["url"]),
        *(
            (cell["figure"], cell["url"])
            for row in page.context["table"]
            for cell in row["cells"]
            if cell["url"]
        ),
    ]

    assert len(linked) > 8
    for figure, url in linked:
        assert len(ana.get(url).context["rows"]) == int(figure), url


def test_the_worst_are_known_bad_and_would_run(ana: Client) -> None:
    decided([0.95, 0.85], verb="reject")
    decided([0.5], verb="reject")
    decided([0.9])

    rows = ana.get(f"{ROWS}?{HERE}&worst=1").context["rows"]

    assert [row["confidence"] for row in rows] == ["0.95", "0.85"]
    assert {row["label"]["text"] for row in rows} == {"rejected"}


def test_the_rows_are_a_file_of_which_no_cell_is_a_formula(ana: Client) -> None:
    decided([0.9], name="=cmd()")

    answer = ana.get(f"{ROWS}/export?{HERE}")
    rows = list(csv.DictReader(io.StringIO(b"".join(answer).decode())))

    assert [row["confidence"] for row in rows] == ["0.9000"]
    assert rows[0]["record"].startswith("'=")


def test_what_ran_by_itself_is_unknown_until_somebody_contests_it() -> None:
    done.let_it_run()
    ana = browser_of(scene.admin())
    execution = done.ran(scene.account("Halden Marine Systems", owner=done.priya().pk), region="Nordics")
    told()
    assert tiles(ana) == {"Known good": "0", "Known bad": "0", "Unknown": "1"}

    contests.contest(execution_id=execution.pk, user=done.priya(), at=scene.LATER)
    told()

    assert tiles(ana) == {"Known good": "0", "Known bad": "1", "Unknown": "0"}


def test_above_the_cap_of_the_policy_the_page_says_that_nothing_reaches_it(ana: Client) -> None:
    decided([0.99])

    page = ana.get(f"{STUDIO}?floor=0.4&auto=0.97")

    assert "Nothing reaches this threshold" in page.content.decode()
    assert tiles(ana, "?floor=0.4&auto=0.97")["Known good"] == "0"


def test_few_outcomes_are_not_enough_evidence(ana: Client) -> None:
    decided([0.9])

    assert "Not enough evidence" in ana.get(f"{STUDIO}?{HERE}").content.decode()


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("floor=1.2&auto=0.9", "Write a threshold between 0 and 1"),
        ("floor=-0.1&auto=0.9", "Write a threshold between 0 and 1"),
        ("floor=0.4&auto=nan", "Write a threshold between 0 and 1"),
        ("floor=0.9&auto=0.5", "The floor 0.9 lies above 0.5"),
        ("floor=0.405&auto=0.9", "steps of 0.01"),
        ("floor=0.4&auto=0.9&harm=-1", "cannot be less than 0"),
        ("floor=0.4&auto=0.9&minutes=1e99", "more than anybody would check"),
        ("workflow=nowhere", "Nothing is recorded of “nowhere”"),
        ("weeks=7", "Choose 4, 13 or 52 weeks"),
    ],
)
def test_a_threshold_that_cannot_be_is_named_with_the_way_out(ana: Client, query: str, says: str) -> None:
    decided([0.9])

    answer = ana.get(f"{STUDIO}?{query}")

    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert ana.get(f"{ROWS}?{query}").status_code == 422


def test_without_anything_recorded_it_says_so(ana: Client) -> None:
    answer = ana.get(STUDIO)

    assert answer.status_code == 200
    assert "Nothing is recorded yet" in answer.content.decode()


def test_a_cell_of_which_nothing_is_known_yet_is_a_slice_of_nothing(ana: Client) -> None:
    decided([0.9])
    CellOutcome.objects.all().delete()
    OutcomeRollup.objects.all().delete()

    assert tiles(ana) == {"Known good": "0", "Known bad": "0", "Unknown": "0"}


def test_auditors_read_it_and_neither_draft_nor_draw(ana: Client) -> None:
    decided([0.9])
    ines = browser_of(a_user("Ines Falk", Role.AUDITOR))

    page = ines.get(STUDIO)

    assert page.status_code == 200
    assert "Draft this band" not in page.content.decode()
    for verb in ("draft", "draw"):
        assert ines.post(f"{STUDIO}{verb}", {"rationale": "Because", "number": "1"}).status_code == 403


def test_a_dragged_handle_asks_for_the_parts_alone(ana: Client) -> None:
    decided([0.9])

    part = ana.get(f"{STUDIO}?{HERE}", headers={"HX-Request": "true"}).content.decode()

    assert 'id="studio-plot"' in part
    assert "<html" not in part


def test_the_page_costs_the_same_however_much_is_recorded(
    ana: Client, django_assert_max_num_queries: Any
) -> None:
    decided([0.9])
    ana.get(STUDIO)
    with django_assert_max_num_queries(12):
        ana.get(f"{STUDIO}?{HERE}", headers={"HX-Request": "true"})
    decided([0.1 + number / 50 for number in range(20)])
    with django_assert_max_num_queries(12):
        ana.get(f"{STUDIO}?{HERE}", headers={"HX-Request": "true"})


def drawn(client: Client, number: str) -> Any:
    return client.post(f"{STUDIO}draw", {"floor": "0.4", "auto": "0.8", "number": number})


def test_one_click_draws_some_of_the_unknown_and_none_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    # What is read in probation anyway is drawn already.
    monkeypatch.setattr(probation, "draw", Mock(return_value=Draw.NONE))
    done.let_it_run()
    ana = browser_of(scene.admin())
    for number in range(3):
        done.ran(scene.account(f"Halden {number}"), region="Nordics")
    decided([0.9])

    assert drawn(ana, "2").status_code == 302
    assert drawn(ana, "2").status_code == 302
    told()

    assert AuditSample.objects.filter(drawn="asked", verdict="").count() == 3
    assert CellOutcome.objects.filter(drawn="asked", label="").count() == 3
    assert "3 drawn before wait" in ana.get(f"{STUDIO}?{HERE}").content.decode()
    again = drawn(ana, "2")
    assert again.status_code == 422
    assert "Nothing is left to draw" in again.content.decode()


@pytest.mark.parametrize("number", ["0", "-3", "501", "many", ""])
def test_a_number_that_cannot_be_drawn_is_refused(ana: Client, number: str) -> None:
    decided([0.9])

    answer = drawn(ana, number)

    assert answer.status_code == 422
    assert "Draw between 1 and 500" in answer.content.decode()
    assert not AuditSample.objects.exists()


def test_what_moves_much_is_read_from_the_rows_and_says_the_same(ana: Client) -> None:
    for number, confidence in enumerate((0.9, 0.85, 0.3)):
        decided([confidence], name=f"Firm of {number}")
    Suggestion.objects.update(value_at_stake=Decimal(500))
    Suggestion.objects.filter(confidence__lt=0.5).update(value_at_stake=Decimal(9_000))

    assert lines(ana, f"?{HERE}&stake=0") == lines(ana, f"?{HERE}&stake=")
    assert lines(ana, f"?{HERE}&stake=600")["Blocked"] == ("0", "1")
    assert tiles(ana, f"?{HERE}&stake=600")["Known good"] == "0"
    assert len(ana.get(f"{ROWS}?{HERE}&stake=600").context["rows"]) == 1
    assert "A band knows no amounts" in ana.get(f"{STUDIO}?{HERE}&stake=600").content.decode()


@pytest.mark.parametrize(
    ("share", "hundredths"), [(0.29, 29), (0.295, 30), (0.2901, 30), (1.0, 100), (0.0, 0)]
)
def test_a_band_between_two_hundredths_is_shown_by_the_stricter_one(share: float, hundredths: int) -> None:
    assert hundredths_up(share) == hundredths
