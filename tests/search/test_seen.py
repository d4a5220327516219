"""What was opened last stands on the search page, as far as it may still be seen, and a look decides nothing."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from approvals.forms.opened import Opened
from approvals.models import Seen
from approvals.selectors.seen import KEPT, lately
from approvals.services import seen
from crmgov.people.models import Membership, Role, User
from tests.decisions import scene
from tests.desk.browsing import url
from tests.records_pages.kit import browser_of
from tests.world import a_team, a_user, an_account

pytestmark = pytest.mark.django_db(transaction=True)
NOTE = re.compile(r'name="opened" value="([^"]+)"')


def note_of(client: Client, address: str) -> str:
    found = NOTE.search(client.get(address).content.decode())
    return found[1] if found else ""


def titles(user: User) -> list[str]:
    page = browser_of(user).get("/search/")
    return [hit["title"] for hit in page.context["seen"]]


def test_a_record_and_a_suggestion_stand_there_newest_first() -> None:
    sara = scene.reviewer()
    scene.publish()
    halden = scene.account("Halden")
    asked = scene.propose(halden, employees=310)
    client = browser_of(sara)
    for address in (f"/accounts/{halden.pk}/", url("suggestion", asked), f"/accounts/{halden.pk}/"):
        assert client.post("/search/seen", {"opened": note_of(client, address)}).status_code == 204

    assert titles(sara) == ["Halden", asked.title]
    assert Seen.objects.count() == 2
    assert titles(a_user("Tom Becker", Role.REVIEWER, a_team())) == []


def test_a_get_keeps_nothing_and_the_first_of_the_list_was_not_opened() -> None:
    sara = scene.reviewer()
    scene.publish()
    scene.propose(scene.account("Halden"), employees=310)
    client = browser_of(sara)
    assert note_of(client, "/inbox/") == ""
    assert Seen.objects.count() == 0
    assert "Recently seen" not in client.get("/search/").content.decode()


@pytest.mark.parametrize("forged", ["", "nonsense", "WyJhIl0:x:y"])
def test_only_a_page_of_ours_can_say_what_was_opened(forged: str) -> None:
    client = browser_of(scene.reviewer())
    assert client.post("/search/seen", {"opened": forged}).status_code == 422
    assert Seen.objects.count() == 0


def test_what_another_person_was_shown_is_not_mine() -> None:
    sara, tom = scene.reviewer(), scene.reviewer("Tom Becker")
    signed = Opened("account", scene.account().pk).sign(tom)
    assert browser_of(sara).post("/search/seen", {"opened": signed}).status_code == 422


def test_it_shows_only_what_may_be_seen_today() -> None:
    sara = scene.reviewer()
    scene.publish()
    halden = scene.account("Halden")
    asked = scene.propose(halden, employees=310)
    shared = an_account("Shared")
    for kind, thing in (("account", halden), ("suggestion", asked), ("account", shared)):
        see(sara, kind, thing)
    assert len(titles(sara)) == 3

    Membership.objects.filter(user=sara).delete()

    assert titles(sara) == ["Shared"]


def test_twenty_are_kept() -> None:
    sara = scene.reviewer()
    things = [scene.account(f"Co {number:02}") for number in range(KEPT + 2)]
    start = timezone.now()
    for number, thing in enumerate(things):
        seen.note(user=sara, kind="account", thing_id=thing.pk, at=start + timedelta(seconds=number))
    assert [str(thing) for thing, _ in lately(sara)] == [
        f"Co {number:02}" for number in range(KEPT + 1, 1, -1)
    ]
    assert Seen.objects.filter(person=sara).count() == KEPT


def see(user: User, kind: str, thing: Any) -> None:
    key: UUID = thing.pk
    seen.note(user=user, kind=kind, thing_id=key, at=timezone.now())
