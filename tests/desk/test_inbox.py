"""The inbox: what waits for whom, in which order, narrowed and paged; and one suggestion in full."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from approvals.models import Decision, Suggestion
from crmgov.people.models import Role
from tests.decisions import scene
from tests.desk.browsing import at, text, url
from tests.world import NOW, a_contact, a_team, a_ticket, a_user

pytestmark = pytest.mark.django_db
INBOX = "/inbox/"


def titles(answer: object) -> list[str]:
    return re.findall(r'row-what cut">([^<]*)<', answer.content.decode())  # type: ignore[attr-defined]


def test_what_is_due_first_stands_first_and_is_open_beside_the_list() -> None:
    sara = scene.reviewer()
    scene.publish()
    late = scene.propose(scene.account("Skarholm Paper"), employees=90, at=NOW + timedelta(hours=3))
    soon = scene.propose(scene.account("Polder Freight"), employees=310)
    page = at(sara).get(INBOX)
    assert titles(page) == ["Employees: 240 to 310", "Employees: 240 to 90"]
    assert '<h1 id="item-title" tabindex="-1" data-focus>Employees: 240 to 310</h1>' in page.content.decode()
    assert 'data-open="list"' in page.content.decode()
    assert f'id="row-{soon.pk}"' in page.content.decode()
    assert f'href="{url("suggestion", late)}"' in page.content.decode()


def test_mine_is_what_one_decides_and_team_what_one_sees() -> None:
    scene.reviewer()
    scene.publish()
    scene.propose(scene.account(), employees=310)
    colleague = a_user("Jonas Weber", Role.ACCOUNT_MANAGER, a_team())
    assert titles(at(colleague).get(INBOX)) == []
    assert titles(at(colleague).get(INBOX, {"view": "team"})) == ["Employees: 240 to 310"]


def test_where_nothing_is_due_soon_the_way_to_what_waits_is_shown() -> None:
    sara = at(scene.reviewer())
    scene.publish()
    scene.propose(scene.account(), employees=310)
    Suggestion.objects.update(effective_due_at=timezone.now() + timedelta(days=2))
    page = sara.get(INBOX, {"view": "due"})
    assert "Nothing is due soon." in text(page)
    assert "is decided" not in text(page)
    assert f'href="{INBOX}">Mine (1)</a>' in page.content.decode()
    Suggestion.objects.update(effective_due_at=timezone.now())
    assert "Nothing is due soon." not in text(sara.get(INBOX, {"view": "due"}))


def test_another_team_has_nothing_here_and_its_address_is_not_there() -> None:
    scene.reviewer()
    scene.publish()
    suggestion = scene.propose(scene.account(), employees=310)
    stranger = at(a_user("Tom Becker", Role.REVIEWER, a_team("South")))
    assert titles(stranger.get(INBOX, {"view": "team"})) == []
    for step in ("suggestion", "suggestion_edit", "suggestion_form", "suggestion_reject"):
        assert stranger.get(url(step, suggestion)).status_code == 404
    for step in ("approve", "reject", "accept"):
        answer = stranger.post(url(f"suggestion_{step}", suggestion), {"shown": "x"})
        assert answer.status_code in (404, 409)
        assert "Employees" not in text(answer)
    assert not Decision.objects.exists()


def test_nobody_signed_in_is_asked_to() -> None:
    suggestion = "00000000-0000-7000-8000-000000000000"
    for path in (INBOX, url("suggestion", suggestion), reverse("approvals:conflicts"), "/pause/", "/"):
        answer = Client().get(path)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/session/login/")
    assert Client().post(url("suggestion_approve", suggestion)).status_code == 302


def test_filters_narrow_by_reason_agent_and_action() -> None:
    sara = at(scene.reviewer())
    scene.publish()
    halden = scene.account("Halden Marine Systems")
    a_ticket(account=str(halden.pk), escalated=True)
    held = scene.propose(halden, employees=310)
    plain = scene.propose(scene.account("Polder Freight"), employees=99, agent=scene.an_agent("Scout"))
    assert held.agent_id != plain.agent_id
    assert titles(sara.get(INBOX, {"rule": "active_ticket"})) == ["Employees: 240 to 310"]
    assert titles(sara.get(INBOX, {"agent": str(plain.agent_id)})) == ["Employees: 240 to 99"]
    assert titles(sara.get(INBOX, {"action": "move_stage"})) == []
    assert len(titles(sara.get(INBOX, {"action": "set_fields"}))) == 2


def test_a_filter_can_be_taken_away_and_an_unknown_one_is_none() -> None:
    sara = at(scene.reviewer())
    scene.publish()
    scene.propose(scene.account(), employees=310)
    narrowed = sara.get(INBOX, {"rule": "level", "view": "team"})
    assert 'href="/inbox/?view=team" ' in narrowed.content.decode().replace('">', '" >')
    strange = {"rule": "<script>", "agent": "1 or 1=1", "action": "x", "view": "?", "from": "broken"}
    assert titles(sara.get(INBOX, strange)) == ["Employees: 240 to 310"]


def test_pages_follow_one_another_without_a_gap() -> None:
    sara = at(scene.reviewer())
    scene.publish()
    for number in range(27):
        scene.propose(scene.account(f"Account {number:02}"), employees=300 + number)
    first = sara.get(INBOX)
    older = re.search(r'href="([^"]+)" rel="next"', first.content.decode())
    assert older is not None
    second = sara.get(older[1].replace("&amp;", "&"))
    assert len(titles(first)) == 25
    assert len(titles(second)) == 2
    assert len({*titles(first), *titles(second)}) == 27
    newer = re.search(r'href="([^"]+)" rel="prev"', second.content.decode())
    assert newer is not None
    assert titles(sara.get(newer[1].replace("&amp;", "&"))) == titles(first)


def test_the_page_costs_the_same_for_one_row_and_for_twenty_five() -> None:
    sara = at(scene.reviewer())
    scene.publish()
    scene.propose(scene.account("Polder Freight"), employees=310)

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as counted:
            assert sara.get(INBOX).status_code == 200
        return len(counted)

    one = queries()
    for number in range(24):
        scene.propose(scene.account(f"Account {number:02}"), employees=300 + number)
    assert queries() == one
    assert one <= 12


def test_a_get_changes_nothing() -> None:
    sara = at(scene.reviewer())
    scene.publish()
    suggestion = scene.propose(scene.account(), employees=310)
    before = Suggestion.objects.values().get(pk=suggestion.pk)
    for step in ("suggestion", "suggestion_edit", "suggestion_form", "suggestion_reject"):
        assert sara.get(url(step, suggestion)).status_code == 200
    for step in ("suggestion_approve", "suggestion_accept"):
        assert sara.get(url(step, suggestion)).status_code == 405
    assert Suggestion.objects.values().get(pk=suggestion.pk) == before
    assert not Decision.objects.exists()


def test_the_item_says_what_why_what_else_and_what_happens() -> None:
    sara = at(scene.reviewer())
    scene.publish()
    account = scene.account("Halden Marine Systems")
    a_ticket(account=str(account.pk), escalated=True)
    scene.propose(account, region="EMEA")
    suggestion = scene.propose(account, employees=310, agent=scene.an_agent("Scout"))
    said = text(sara.get(url("suggestion", suggestion)))
    for words in (
        f"Suggestion {suggestion.number}",
        "level Draft",
        "Held for a person",
        "no track record",
        "Now",
        "240",
        "310",
        "Firmdata",
        "Data gaps after the outage",
        "It would not wait for this once the escalation is over.",
        "Changes one field of Halden Marine Systems at once.",
        "Open tickets",
        "Also proposed here",
        "Region: Benelux to EMEA",
    ):
        assert words in said


def test_words_of_an_agent_are_quoted_and_hidden_characters_are_counted() -> None:
    sara = at(scene.reviewer())
    scene.publish()
    suggestion = scene.propose_raw(
        {
            "record": {"type": "account", "id": str(scene.account().pk)},
            "action": "set_fields",
            "items": [{"field": "employees", "seen": 240, "proposed": 310, "source": "Firmdata"}],
            "level": "draft",
            "reason": "<script>alert(1)</script> ap\u200bprove\u202e this",
        }
    )
    page = sara.get(url("suggestion", suggestion))
    assert "<script>alert" not in page.content.decode()
    assert "\u202e" not in page.content.decode()
    assert "“<script>alert(1)</script> approve this”" in text(page)
    assert "2 that cannot be seen" in text(page)


def test_a_record_that_is_a_person_shows_its_own_name() -> None:
    sara = at(scene.reviewer())
    scene.publish()
    contact = a_contact(team=a_team().pk, title="Buyer")
    suggestion = scene.propose_raw(
        {
            "record": {"type": "contact", "id": str(contact.pk)},
            "action": "set_fields",
            "items": [{"field": "title", "seen": "Buyer", "proposed": "Head of buying"}],
            "level": "draft",
        }
    )
    said = text(sara.get(url("suggestion", suggestion)))
    assert "Maya Lind" in said
    assert "Head of buying" in said


def test_the_rail_counts_what_waits_and_turns_red_when_it_is_late() -> None:
    sara = at(scene.reviewer())
    scene.publish()
    scene.propose(scene.account(), employees=310)
    page = sara.get("/help")
    assert re.search(r'nav-count"[^>]*>1<', page.content.decode())
    Suggestion.objects.update(effective_due_at=NOW - timedelta(days=900))
    assert 'nav-count" data-tone="danger">1<' in sara.get("/help").content.decode()
