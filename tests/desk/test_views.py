"""Narrowing the inbox, and naming what it lists: filters by value, segment, age and risk, and saved views."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from approvals.models import SavedView, Suggestion
from approvals.selectors import inbox
from approvals.selectors.filters import known
from approvals.selectors.saved_views import MOST
from crmgov.people.models import Role, User
from crmgov.records.models import Segment
from tests.decisions import scene
from tests.desk.browsing import HTMX, at, press, text, url
from tests.world import a_team, a_user

pytestmark = pytest.mark.django_db
INBOX, VIEWS, SAVE = "/inbox/", "/inbox/views/", "/inbox/views/save"


def names(answer: Any) -> list[str]:
    return re.findall(r'row-name cut">([^<]*)<', answer.content.decode())


def tabs(answer: Any, label: str = "Saved views") -> list[tuple[str, str]]:
    """The tabs of one line of them: name and count."""
    line = re.search(rf'aria-label="{label}">(.*?)</nav>', answer.content.decode(), re.DOTALL)
    return [] if line is None else re.findall(r'class="cut">([^<]*)</span> <b[^>]*>([^<]*)</b>', line[1])


def verb(name: str, saved: SavedView) -> str:
    return f"{VIEWS}{saved.pk}/{name}"


@pytest.fixture
def sara() -> User:
    scene.publish()
    return scene.reviewer()


@pytest.fixture
def three(sara: User) -> list[Suggestion]:
    """Halden: €60,000, enterprise, high risk, waiting for two days; Polder: €12,000, small; Skarholm: unknown."""
    for segment in ("small", "enterprise"):
        Segment.objects.get_or_create(name=segment)
    found = [scene.propose(scene.account(name), employees=310) for name in ("Halden", "Polder", "Skarholm")]
    now = timezone.now()
    changed: list[dict[str, Any]] = [
        {
            "value_at_stake": 60_000,
            "segment": "enterprise",
            "high_risk": True,
            "made_at": now - timedelta(days=2),
        },
        {"value_at_stake": 12_000, "segment": "small", "made_at": now},
        {"value_at_stake": None, "segment": "", "made_at": now - timedelta(days=8)},
    ]
    for suggestion, values in zip(found, changed, strict=True):
        Suggestion.objects.filter(pk=suggestion.pk).update(**values)
    return found


@pytest.mark.parametrize(
    ("asked", "left"),
    [
        ({"value": "10k"}, {"Halden", "Polder"}),
        ({"value": "50k"}, {"Halden"}),
        ({"value": "250k"}, set()),
        ({"segment": "small"}, {"Polder"}),
        ({"age": "1d"}, {"Halden", "Skarholm"}),
        ({"age": "3d"}, {"Skarholm"}),
        ({"age": "1w"}, {"Skarholm"}),
        ({"risk": "high"}, {"Halden"}),
        ({"value": "10k", "age": "1d"}, {"Halden"}),
        ({"value": "1", "age": "2y", "risk": "low", "segment": "no such"}, {"Halden", "Polder", "Skarholm"}),
    ],
)
def test_filters_narrow_and_unknown_ones_are_as_if_not_there(
    three: list[Suggestion], sara: User, asked: dict[str, str], left: set[str]
) -> None:
    assert set(names(at(sara).get(INBOX, asked))) == left


def test_each_filter_is_a_tag_that_takes_away_only_itself(three: list[Suggestion], sara: User) -> None:
    page = at(sara).get(INBOX, {"value": "10k", "segment": "enterprise", "risk": "high"})
    said = text(page)
    for words in ("Value at stake: at least €10,000", "Segment: enterprise", "High risk only"):
        assert words in said
    assert 'href="/inbox/?value=10k&amp;risk=high"><svg' in page.content.decode()


def test_filters_stay_through_a_decision(three: list[Suggestion], sara: User) -> None:
    answer = press(at(sara), "reject", three[0], reason_code="wrong_value", list="order=value&value=10k")
    assert answer["Location"] == f"{url('suggestion', three[1])}?order=value&value=10k"


@pytest.mark.parametrize("raw", [7, None, ["high"], {"a": 1}, "x" * 500, "\0"])
def test_what_is_kept_in_a_saved_view_is_read_as_carefully(raw: object) -> None:
    assert known({"risk": raw, "value": raw, "segment": raw, "rule": raw, "agent": raw}) == {}


def test_a_view_is_named_opened_and_kept_by_what_it_lists(three: list[Suggestion], sara: User) -> None:
    client = at(sara)
    answer = client.post(SAVE, {"name": "  Big   ones ", "list": "view=team&order=value&value=10k&from=x"})
    assert answer["Location"] == "/inbox/?view=team&order=value&value=10k"
    page = client.get(answer["Location"])
    assert tabs(page) == [("Big ones", "2")]
    assert re.search(r'value=10k" aria-current="page"><span class="cut">Big ones', page.content.decode())
    assert page.content.decode().count('class="tab"') == len(inbox.VIEWS) + 1
    assert page.content.decode().count('aria-current="page"') == 2  # the tab, and the inbox in the rail
    assert "Saved as “Big ones”" in text(page)
    elsewhere = client.get(INBOX)
    assert tabs(elsewhere) == [("Big ones", "2")]
    assert not re.search(r'aria-current="page"><span class="cut">', elsewhere.content.decode())


def test_a_view_that_cannot_be_named_so_says_why_and_keeps_what_was_typed(sara: User) -> None:
    client = at(sara)
    client.post(SAVE, {"name": "Big ones", "list": "value=10k"})
    for name, why in (
        ("", "Give the view a name."),
        ("x" * 41, "41 characters"),
        ("BIG ONES", "You have a view called “BIG ONES” already."),
        ("Big\u202eones", "characters that cannot be seen"),
    ):
        answer = client.post(SAVE, {"name": name, "list": "value=50k"})
        assert answer.status_code == 422
        assert why in text(answer)
        assert f'name="name" value="{name}"' in answer.content.decode()
        assert 'name="list" value="value=50k"' in answer.content.decode()
    assert SavedView.objects.count() == 1


def test_the_database_refuses_the_same_name_as_well(sara: User) -> None:
    SavedView.objects.create(owner=sara, name="Big", view="mine", order="due")
    with pytest.raises(IntegrityError, match="person_names_a_view_once"), transaction.atomic():
        SavedView.objects.create(owner=sara, name="BIG", view="mine", order="due")


def test_a_person_has_twelve_views_and_no_more(sara: User) -> None:
    client = at(sara)
    for number in range(MOST):
        assert client.post(SAVE, {"name": f"View {number}"}).status_code == 302
    answer = client.post(SAVE, {"name": "One more"})
    assert answer.status_code == 422
    assert "Delete one to save another." in text(answer)
    assert SavedView.objects.filter(owner=sara).count() == MOST


def test_views_are_renamed_moved_and_deleted(sara: User) -> None:
    client = at(sara)
    for name in ("One", "Two", "Three"):
        client.post(SAVE, {"name": name, "list": "risk=high"})
    one, two, three = SavedView.objects.order_by("position")
    client.post(verb("rename", two), {"name": "Zwei"})
    client.post(verb("move", three), {"to": "up"})
    client.post(verb("move", one), {"to": "up"})
    assert [name for name, _ in tabs(client.get(INBOX))] == ["One", "Three", "Zwei"]
    client.post(verb("move", one), {"to": "down"})
    answer = client.post(verb("delete", three))
    assert answer["Location"] == VIEWS
    assert [name for name, _ in tabs(client.get(INBOX))] == ["One", "Zwei"]
    refused = client.post(verb("rename", two), {"name": "one"})
    assert refused.status_code == 422
    assert 'value="one" aria-label="Name of Zwei"' in refused.content.decode()
    for step in ("rename", "move", "delete", "share"):
        assert client.get(verb(step, one)).status_code == 405


def test_a_view_is_nobody_elses_to_see_or_to_touch(sara: User) -> None:
    at(sara).post(SAVE, {"name": "Mine alone", "list": "risk=high"})
    saved = SavedView.objects.get()
    for other in (a_user("Tom Becker", Role.REVIEWER, a_team()), scene.admin()):
        client = at(other)
        assert "Mine alone" not in text(client.get(VIEWS)) + text(client.get(INBOX))
        for step in ("rename", "move", "delete", "share"):
            assert client.post(verb(step, saved), {"name": "Taken", "shared": "yes"}).status_code == 404
    saved.refresh_from_db()
    assert (saved.name, saved.shared) == ("Mine alone", False)


def test_what_an_admin_shares_everybody_sees_with_their_own_numbers(
    three: list[Suggestion], sara: User
) -> None:
    ana = scene.admin()
    at(ana).post(SAVE, {"name": "Risky", "list": "view=team&risk=high"})
    saved = SavedView.objects.get()
    assert tabs(at(sara).get(INBOX)) == []
    assert at(ana).post(verb("share", saved), {"shared": "yes"}).status_code == 302
    assert tabs(at(sara).get(INBOX)) == [("Risky", "1")]
    assert "By" in text(at(sara).get(VIEWS))
    stranger = a_user("Camille Roux", Role.REVIEWER, a_team("South"))
    assert tabs(at(stranger).get(INBOX)) == [("Risky", "0")]
    at(ana).post(verb("share", saved), {"shared": "no"})
    assert tabs(at(sara).get(INBOX)) == []
    at(sara).post(SAVE, {"name": "Hers"})
    assert (
        at(sara).post(verb("share", SavedView.objects.get(name="Hers")), {"shared": "yes"}).status_code == 403
    )


def test_the_numbers_come_again_as_one_small_piece(three: list[Suggestion], sara: User) -> None:
    client = at(sara)
    client.post(SAVE, {"name": "Risky", "list": "risk=high"})
    page = client.get(INBOX).content.decode()
    poller = re.search(r"<div hx-get=[^>]*>", page)
    assert poller is not None
    assert 'hx-get="/inbox/counts"' in poller[0]
    assert 'hx-trigger="every 30s"' in poller[0]
    answer = client.get("/inbox/counts", headers=HTMX)
    found = dict(re.findall(r'<b id="([^"]*)" hx-swap-oob="true">([^<]*)</b>', answer.content.decode()))
    saved = f"count-{SavedView.objects.get().pk}"
    assert {key: found[key] for key in ("count-mine", "count-team", saved)} == {
        "count-mine": "3",
        "count-team": "3",
        saved: "1",
    }
    assert all(f'id="{key}"' in page for key in found)
    assert len(answer.content) < 1_000
    assert Client().get("/inbox/counts").status_code == 302


def test_counting_stops_at_a_thousand(
    three: list[Suggestion], sara: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "COUNTED", 2)
    with CaptureQueriesContext(connection) as asked:
        answer = at(sara).get("/inbox/counts")
    assert '<b id="count-mine" hx-swap-oob="true">2+</b>' in answer.content.decode()
    (counting,) = [query["sql"] for query in asked.captured_queries if "count(*)" in query["sql"]]
    assert counting.count("LIMIT 3") == len(inbox.VIEWS)


def test_saved_views_cost_the_page_no_query_each(three: list[Suggestion], sara: User) -> None:
    client = at(sara)

    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            assert client.get(INBOX).status_code == 200
        return len(counted)

    without = queries()
    for number in range(MOST):
        client.post(SAVE, {"name": f"View {number}", "list": "risk=high&segment=small"})
    client.get(INBOX)  # shows the message of the last save
    assert queries() == without


def test_the_views_page_says_what_each_lists(three: list[Suggestion], sara: User) -> None:
    client = at(sara)
    assert "You have named no view yet." in text(client.get(VIEWS))
    client.post(SAVE, {"name": "<b>Big</b>", "list": "view=team&order=value&value=50k&risk=high"})
    page = client.get(VIEWS)
    assert "Team, highest value first · Value at stake: at least €50,000 · High risk only" in text(page)
    assert "<b>Big</b>" not in page.content.decode()


def test_a_view_saved_for_what_is_gone_lists_what_is_left(three: list[Suggestion], sara: User) -> None:
    SavedView.objects.create(
        owner=sara, name="Old", view="gone", order="gone", filters={"rule": "gone", "risk": "high"}
    )
    page = at(sara).get(INBOX)
    assert tabs(page) == [("Old", "1")]
    assert 'href="/inbox/?risk=high"' in page.content.decode()
