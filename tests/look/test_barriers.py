"""Every page in a real browser, light and dark, 360 and 1280 px wide: no barrier, nothing cut off, no complaint.

Colors are those of the theme at any width, so the suite looks at the dark ones on the wide screen alone;
`DARK_EVERYWHERE=1 script/test tests/look` looks at them on the phone, too.

A new route is here by itself; one that answers with something else says so in `pages.NO_PAGES`. A new template
that no state shows fails too.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.test.signals import template_rendered
from django.urls import resolve
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page
from pytest_django.live_server_helper import LiveServer

from tests.barriers import COLORS, barriers, cut_off
from tests.look import pages
from tests.look.files import ROOT
from tests.look.state import State
from tests.records_pages.kit import browser_of
from tests.security import abundance, world
from tests.security.table import EXPECTED
from tests.security.world import PRINCIPALS, World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PATIENCE_MS = 60_000
WIDTHS = {360: 740, 1280: 900}
IN_THE_DARK = WIDTHS if os.environ.get("DARK_EVERYWHERE") else {1280}
FEWEST = 90
# Drawn by the one in its folder that extends or includes them, or where no test world comes.
NO_PAGE = {
    "500.html": "when everything else is broken; tests/look/test_pages.py draws it",
    "400.html": "a broken request, before any view",
    "403_csrf.html": "a form without its token",
    "403.html": "an admin is refused nothing; the same fragment as 404",
    "409.html": "for what is outside of the views' own refusals; the same fragment as 404",
    "422.html": "for what is outside of the views' own refusals; the same fragment as 404",
    "people/first_admin.html": "once, before there is anybody",
}
POST = """given => {
    const form = document.createElement('form');
    form.method = 'post';
    form.action = given.path;
    const token = document.querySelector('input[name=csrfmiddlewaretoken]').value;
    for (const [name, value] of Object.entries({...given.post, csrfmiddlewaretoken: token})) {
        const field = document.createElement('input');
        field.type = 'hidden'; field.name = name; field.value = value;
        form.append(field);
    }
    document.body.append(form);
    form.submit();
}"""
POPOVERS = "[...document.querySelectorAll('[popover][id]')].map(one => one.id)"


@pytest.fixture
def scene() -> Iterator[World]:
    """One of everything and more; hundreds of pages without the log lines of their requests."""
    logging.disable(logging.CRITICAL)
    made = world.build()
    abundance.fill(made)
    yield made
    logging.disable(logging.NOTSET)


def test_every_route_is_a_page_or_says_what_it_is(scene: World) -> None:
    client = browser_of(scene.people["admin"])
    place = PRINCIPALS.index("admin")
    opened = {name for name, row in EXPECTED.items() if row.get("GET", "M" * 8)[place] == "A"}
    asked = [*pages.of_routes(scene, client), *pages.states(scene, client)]
    shown = {resolve(state.path.partition("?")[0]).view_name for state in asked if state.status == 200}

    assert opened - shown - set(pages.NO_PAGES) == set(), "No page, and not said why in NO_PAGES."
    assert set(pages.NO_PAGES) - opened == set(), "These are in NO_PAGES and lead nowhere."


def test_no_page_has_a_barrier_or_is_cut_off_or_complains_on_a_phone(
    chromium: Browser, live_server: LiveServer, scene: World
) -> None:
    wrong, drawn = walked(chromium, live_server, scene, width=360)
    wrong += [f"No state of tests/look/pages.py shows {one}" for one in _templates() - drawn - set(NO_PAGE)]
    assert not wrong, "\n".join(wrong)


def walked(
    chromium: Browser, live_server: LiveServer, scene: World, *, width: int
) -> tuple[list[str], set[str]]:
    """What is wrong with any page at this width, and the templates that were drawn."""
    client = browser_of(scene.people["admin"])
    drawn: set[str] = set()
    with drawing(drawn):
        asked = [*pages.of_routes(scene, client), *pages.states(scene, client)]
        drawn.clear()
        wrong = list(_walk(chromium, live_server, client, asked, width))
    print(f"\n{len(asked)} pages, each {width} px wide, light and dark.")
    assert len(asked) >= FEWEST
    return wrong, drawn


def _walk(
    chromium: Browser, server: LiveServer, client: Client, asked: list[State], width: int
) -> Iterator[str]:
    heard: list[str] = []
    known: set[str] = set()
    size: Any = {"width": width, "height": WIDTHS[width]}
    with chromium.new_context(viewport=size, locale="en-US", reduced_motion="reduce") as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        _listen(page, heard)
        _sign_in(context, server, client)
        for state in sorted(asked, key=lambda one: one.anonymous):
            if state.anonymous:
                context.clear_cookies()
            status = _open(page, server, state)
            if status != state.status:
                yield f"{state.name}, {state.path}: {status} instead of {state.status}"
            for said in (*_look(page, known), *heard):
                yield f"{state.name}, {state.path}, {width} px: {said}"
            heard.clear()


def _look(page: Page, known: set[str]) -> Iterator[str]:
    """What is wrong with the page, and with each of its dialogs and menus that was not opened yet."""
    yield from _in_both(page)
    for one in page.evaluate(POPOVERS):
        if one in known or one == "rail":
            continue
        known.add(one)
        page.evaluate("id => document.getElementById(id).showPopover()", one)
        yield from (f"#{one}: {said}" for said in _in_both(page, f"#{one}"))
        page.evaluate("id => document.getElementById(id).hidePopover()", one)


def _in_both(page: Page, where: str = "html") -> Iterator[str]:
    """In the dark only colors differ, so only they are asked about again."""
    if wide := cut_off(page):
        yield f"{wide} px too wide"
    page.emulate_media(color_scheme="light")
    yield from (f"light: {said}" for said in barriers(page, where))
    if page.viewport_size and page.viewport_size["width"] not in IN_THE_DARK:
        return
    page.emulate_media(color_scheme="dark")
    yield from (f"dark: {said}" for said in barriers(page, where, COLORS))


def _open(page: Page, server: LiveServer, state: State) -> int:
    if state.post is None:
        answer = page.goto(f"{server.url}{state.path}")
    else:
        page.goto(f"{server.url}/pause/")
        with page.expect_navigation() as gone:
            page.evaluate(POST, {"path": state.path, "post": state.post})
        answer = gone.value
    return answer.status if answer else 0


def _sign_in(context: BrowserContext, server: LiveServer, client: Client) -> None:
    session = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": server.url}])


def _listen(page: Page, heard: list[str]) -> None:
    def hear(message: ConsoleMessage) -> None:
        # A refusal is an answer of ours, which Chromium logs as a failed load.
        if message.type == "error" and "status of 4" not in message.text:
            heard.append(f"the console: {message.text}")

    page.on("console", hear)
    page.on("pageerror", lambda error: heard.append(f"a script: {error}"))


@contextmanager
def drawing(drawn: set[str]) -> Iterator[None]:
    """Note the name of every template that is drawn meanwhile, by the server's threads too."""

    def note(template: Any, **_: Any) -> None:
        drawn.add(template.name or "")

    template_rendered.connect(note)
    try:
        yield
    finally:
        template_rendered.disconnect(note)


def _templates() -> set[str]:
    """The pages among the templates: not what they extend, include or swap."""
    folder = ROOT / "templates"
    names = {str(path.relative_to(folder)) for path in folder.rglob("*.html")}
    parts = ("components/", "layouts/", "allauth/", "errors/")
    return {name for name in names if not name.startswith(parts) and not Path(name).name.startswith("_")} - {
        "base.html"
    }
