"""What became of similar ones, said alike wherever AI is the author, and the reliability diagram of an agent."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from approvals.models import CellOutcome, Suggestion
from approvals.selectors.track_records import track_records
from tests.bench import recorded
from tests.decisions import scene
from tests.desk.browsing import at, text, url
from tests.done import kit
from tests.records_pages.kit import browser_of
from tests.studio.kit import decided

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def many() -> None:
    """Enough of them that shares say something."""
    recorded.fill(recorded.patterns(), 1_500, until=timezone.now(), span=timedelta(days=30))


def like(suggestion: Suggestion, confidence: float) -> tuple[int, int]:
    """Kept and known of its cell within five hundredths, by a loop over every outcome."""
    item = suggestion.items.get()
    near = [
        row.label
        for row in CellOutcome.objects.exclude(label="").select_related("cell")
        if (row.cell.action, row.cell.segment) == (suggestion.action, suggestion.segment)
        and row.field_group == item.group
        and row.confidence is not None
        and abs(int(row.confidence * 100) - int(confidence * 100)) <= 5
    ]
    return near.count("unchanged"), len(near)


def test_the_band_is_what_people_kept_of_those_like_it(many: None) -> None:
    asked = scene.propose(scene.account("Polder Freight"), region="EMEA", confidence=0.72, level="draft")

    record = track_records([asked])[asked.pk]

    kept, known = like(asked, 0.72)
    assert known >= 50
    assert (record.of, record.rate) == (known, kept / known)


def test_the_same_band_stands_on_the_item_in_done_by_ai_and_at_the_value(many: None) -> None:
    account = scene.account("Halden Marine Systems", owner=kit.priya().pk)
    execution = kit.ran(account, region="Nordics")
    record = track_records([execution.suggestion])[execution.suggestion_id]
    said = f"{(record.rate or 0) * 100:.0f} % of {record.of:,} like this were kept"

    assert said in text(at(kit.priya()).get("/done/?view=team"))
    assert said in text(at(kit.priya()).get(url("suggestion", execution.suggestion)))
    assert said in text(at(kit.priya()).get(url("account", account)))


def test_under_fifty_like_it_and_in_another_cell_there_is_no_track_record(many: None) -> None:
    other = scene.an_agent("Scout")
    asked = scene.propose(scene.account("Polder Freight"), region="EMEA", confidence=0.72, agent=other)
    alone = scene.propose(scene.account("Skarholm Paper"), tags=["warm"], confidence=0.72)
    both = scene.propose(scene.account("Both Ltd"), region="EMEA", tags=["warm"], confidence=0.72)

    records = track_records([asked, alone, both])

    assert [records[one.pk].of for one in (asked, alone, both)] == [0, 0, 0]


def test_of_what_came_without_a_confidence_only_those_count_that_did_too() -> None:
    scene.reviewer()
    scene.publish()
    decided([0.9, 0.9])
    item = {"field": "region", "seen": "Benelux", "proposed": "EMEA", "source": "Firmdata"}
    body = {"action": "set_fields", "items": [item], "level": "draft"}
    unsure, later = (
        scene.propose_raw({"record": {"type": "account", "id": str(scene.account(name).pk)}, **body})
        for name in ("One", "Two")
    )
    scene.approve(unsure, scene.reviewer())
    decided([0.9])

    assert track_records([later])[later.pk].of == 1


def test_the_agents_page_says_whether_its_confidence_keeps_its_word(many: None) -> None:
    page = browser_of(scene.admin()).get(f"/agents/{scene.an_agent().pk}/")
    (diagram,) = page.context["diagrams"]

    bars = {bar["name"]: bar for bar in diagram["bars"]}
    assert set(bars) >= {"0.60 to 0.69", "0.90 to 1.00"}
    for bar in bars.values():
        rows = [
            row.label
            for row in CellOutcome.objects.exclude(label="")
            if row.confidence is not None and _in(bar["name"], float(row.confidence))
        ]
        assert (bar["kept"], bar["known"]) == (str(rows.count("unchanged")), str(len(rows))), bar["name"]
        assert bar["enough"] is (len(rows) >= 50)
    assert "not enough evidence" in page.content.decode()


def _in(name: str, confidence: float) -> bool:
    first, last = (round(float(part) * 100) for part in re.findall(r"\d\.\d+", name))
    return first <= min(int(confidence * 100), 100) <= last


def test_an_agent_that_was_never_judged_has_no_diagram() -> None:
    page = browser_of(scene.admin()).get(f"/agents/{scene.an_agent().pk}/").content.decode()

    assert "Nobody has said anything yet" in page
