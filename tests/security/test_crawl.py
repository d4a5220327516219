"""Somebody of another team, at every address that names a thing of the first: there is nothing there.

The addresses are collected by walking the product as somebody who may see everything in them, so that what a
page links to is tried too, not only what we thought of.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from approvals.models import Suggestion
from tests.security import abundance, routes, world
from tests.security.table import EXPECTED
from tests.security.test_matrix import letter
from tests.world import NOW

pytestmark = pytest.mark.django_db
LINK = re.compile(r'(?:href|action|hx-get|hx-post)="(/[^"#?]*)')
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
STARTS = (
    "/inbox/",
    "/conflicts/",
    "/done/",
    "/executions/",
    "/outbox/",
    "/accounts/",
    "/contacts/",
    "/tickets/",
)
MOST_PAGES = 120
# The admin and signing in are other rooms; a file is no page.
ELSEWHERE = ("/admin/", "/session/", "/static/", "/api/")


OURS = ("Halden Marine", "Polder Freight", "Sundmark", "Brackenhurst", "Lumenfield", "halden.example")
FEWEST = 200
# Whether another team's reviewer is told by a 404 that there is nothing, or by a 403 that the room is not theirs.
OF_TEAMS = {
    name: "N" in {letters[world.PRINCIPALS.index("reviewer of another team")] for letters in row.values()}
    for name, row in EXPECTED.items()
}


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Thousands of refusals: their log lines are half of the time."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def scene() -> world.World:
    return world.build()


def signed_in(scene: world.World, principal: str) -> Client:
    client = Client()
    client.force_login(scene.people[principal])
    return client


def crawl(client: Client) -> Iterator[tuple[str, str]]:
    """Yield every page reached from the navigation, with its text."""
    waiting, seen = list(STARTS), set(STARTS)
    while waiting and len(seen) < MOST_PAGES:
        url = waiting.pop(0)
        answer = client.get(url)
        if answer.status_code != 200 or "text/html" not in answer["Content-Type"]:
            continue
        text = answer.content.decode()
        yield url, text
        for link in LINK.findall(text):
            if link not in seen and not link.startswith(ELSEWHERE):
                seen.add(link)
                waiting.append(link)


@time_machine.travel(NOW, tick=False)
def test_no_address_of_the_first_team_leads_anywhere_for_another(scene: world.World) -> None:
    insider, stranger = signed_in(scene, "owner"), signed_in(scene, "reviewer of another team")
    links = {link for _, text in crawl(insider) for link in LINK.findall(text)}
    about_things = {link for link in links if UUID.search(link) and not link.startswith(ELSEWHERE)}
    assert len(about_things) >= 15, sorted(about_things)

    reached = {link for link in about_things if letter(stranger.get(link, follow=True)) not in {"N", "M"}}

    assert reached == set()


@time_machine.travel(NOW, tick=False)
def test_nothing_of_the_first_team_stands_on_a_page_of_another(scene: world.World) -> None:
    ids = {
        str(scene.ids[name]) for name in ("account", "contact", "opportunity", "ticket", "draft", "conflict")
    }

    for url, text in crawl(signed_in(scene, "reviewer of another team")):
        shown = [name for name in (*OURS, *ids) if name in text]
        assert not shown, f"{url} shows {shown}"


@time_machine.travel(NOW, tick=False)
def test_exports_and_searches_of_another_team_are_empty_of_ours(scene: world.World) -> None:
    stranger = signed_in(scene, "reviewer of another team")
    for url in ("/accounts/export", "/contacts/export", "/accounts/?q=Halden", "/contacts/?q=Lind"):
        answer = stranger.get(url)
        body = b"".join(answer) if answer.streaming else answer.content
        assert answer.status_code == 200
        assert b"halden.example" not in body
        assert b"Halden Marine" not in body


@time_machine.travel(NOW, tick=False)
def test_every_thing_of_the_first_team_is_a_404_for_another_by_get_and_by_post(scene: world.World) -> None:
    """Each address, whether a page links to it or not, and exactly as the same address about nothing."""
    abundance.fill(scene)
    stranger = signed_in(scene, "reviewer of another team")
    nothing: dict[tuple[str, str], int] = {}
    tried, reached = 0, []
    for url, (name, about_nothing) in abundance.addresses(scene).items():
        tried += 1
        for method in ("get", "post"):
            status = ask(stranger, method, url, name, scene)
            if (method, about_nothing) not in nothing:
                nothing[method, about_nothing] = ask(stranger, method, about_nothing, name, scene)
            # What belongs to no team is behind its role: 403, and 403 for nothing too.
            allowed = {404, 405} if OF_TEAMS[name] else {403, 404, 405}
            if status not in allowed or status != nothing[method, about_nothing]:
                reached.append(
                    f"{method} {url} ({name}): {status}, {nothing[method, about_nothing]} for nothing"
                )
    of_teams = sum(OF_TEAMS[name] for name, _ in abundance.addresses(scene).values())
    print(f"\n{of_teams} addresses of another team's things, of {tried} asked, each by GET and by POST.")

    assert reached == []
    assert of_teams >= FEWEST


def ask(client: Client, method: str, url: str, name: str, scene: world.World) -> int:
    user = scene.people["reviewer of another team"]
    if method == "get":
        # What is only posted to leads to its page: what counts is whether one gets there.
        return client.get(url, follow=True).status_code
    return client.post(url, routes.body(name, scene, user)).status_code


@time_machine.travel(NOW, tick=False)
def test_the_first_team_itself_gets_there(scene: world.World) -> None:
    """Without this the crawl of a stranger would pass with addresses that lead nowhere for anybody."""
    abundance.fill(scene)
    insider = signed_in(scene, "admin")
    statuses = {
        url: insider.get(url).status_code
        for url, (name, _) in abundance.addresses(scene).items()
        if OF_TEAMS[name] and "GET" in EXPECTED[name]
    }
    lost = {url: status for url, status in statuses.items() if status not in {200, 302, 409, 422}}
    assert lost == {}
    assert len(statuses) > 100


def in_addresses(scene: world.World) -> Iterator[str]:
    """Their things as they may stand behind a question mark."""
    things = {
        name: str(scene.ids[name])
        for name in ("account", "contact", "opportunity", "ticket", "draft", "done", "change_set", "task")
    }
    draft, account = things["draft"], things["account"]
    yield f"/together/?pick={draft}&pick={scene.ids['form']}"
    for path in (
        "/inbox/",
        "/audit/",
        "/audit/export",
        "/search/",
        "/tasks/",
        "/done/",
        "/executions/",
        "/pause/",
    ):
        for key in (
            "q",
            "record",
            "account",
            "about",
            "from",
            "agent",
            "person",
            "assignee",
            "list",
            "after",
        ):
            for thing in (account, draft, things["change_set"]):
                yield f"{path}?{key}={thing}"
    for plural in ("accounts", "contacts", "opportunities", "tickets"):
        for key in ("q", "account", "owner", "parent", "import", "source", "from"):
            for thing in (account, str(scene.ids["import"]), str(scene.people["owner"].pk)):
                yield f"/{plural}/?{key}={thing}"
                yield f"/{plural}/export?{key}={thing}"


@time_machine.travel(NOW, tick=False)
def test_their_things_behind_a_question_mark_reveal_no_name(scene: world.World) -> None:
    abundance.fill(scene)
    stranger = signed_in(scene, "reviewer of another team")
    names = [*OURS, *abundance.FIRMS, *Suggestion.objects.values_list("title", flat=True)]
    asked = list(in_addresses(scene))
    for url in asked:
        body = whole(stranger.get(url))
        assert [name for name in names if name in body] == [], url
    print(f"\n{len(asked)} addresses with another team's things behind the question mark.")


@time_machine.travel(NOW, tick=False)
def test_half_of_a_name_does_not_bring_the_other(scene: world.World) -> None:
    """A search page repeats what was typed, so half of the name is typed and the other looked for."""
    abundance.fill(scene)
    stranger, insider = signed_in(scene, "reviewer of another team"), signed_in(scene, "admin")
    for firm in abundance.FIRMS:
        typed, _, rest = firm.partition(" ")
        for path in ("/search/?q=", "/accounts/?q=", "/accounts/export?q=", "/audit/?record="):
            assert rest in whole(insider.get(f"{path}{typed}")), f"{path}{typed}"
            assert rest not in whole(stranger.get(f"{path}{typed}")), f"{path}{typed}"


def whole(answer: Any) -> str:
    """The body, of a file too."""
    return (b"".join(answer) if answer.streaming else answer.content).decode()


@time_machine.travel(NOW, tick=False)
def test_what_does_not_exist_answers_as_what_is_not_ours(scene: world.World) -> None:
    """A 403 for theirs beside a 404 for nothing would tell that it is there."""
    stranger = signed_in(scene, "reviewer of another team")
    for name, arguments in routes.ARGUMENTS.items():
        if name.startswith("approvals:") and "uuid" in routes.patterns()[name]:
            theirs = routes.address(name, scene)
            thing = str(scene.ids[next(iter(arguments.values()))])
            nothing = theirs.replace(thing, "01900000-0000-7000-8000-000000000000")
            assert letter(stranger.get(theirs)) == letter(stranger.get(nothing)), name
