"""The role table, asked at every address: each route, each method, eight principals.

A route that is not in the table fails, so that nobody adds a page without saying who may open it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie
from typing import ClassVar

import time_machine
from django.db import transaction
from django.http.response import HttpResponseBase
from django.test import Client, TestCase
from django.urls import reverse

from tests.security import routes, world
from tests.security.table import EXPECTED
from tests.world import NOW

LOGIN = ("/session/login/", "/admin/login/")
LETTERS = {401: "K", 403: "F", 404: "N", 405: "M"}
OPEN_TO_ALL = {"admin:login", "admin:logout", "admin:jsi18n"}
NOBODY = "M" * len(world.PRINCIPALS)


class Matrix(TestCase):
    databases = {"default", "owner"}
    scene: ClassVar[world.World]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.scene = world.build()

    def setUp(self) -> None:
        # Thousands of requests, most of them refused: their log lines are half of the time.
        logging.disable(logging.CRITICAL)
        self.addCleanup(logging.disable, logging.NOTSET)

    def test_every_route_is_in_the_table(self) -> None:
        known = {name for name in routes.names() if not name.startswith(routes.ADMIN)}

        assert known - set(EXPECTED) == set(), "Say in tests/security/table.py who may open these."
        assert set(EXPECTED) - known == set(), "These are in the table and lead nowhere."

    def test_the_table_says_something_of_everybody(self) -> None:
        assert {len(letters) for row in EXPECTED.values() for letters in row.values()} == {
            len(world.PRINCIPALS)
        }

    def test_anonymous(self) -> None:
        self.walk("anonymous")

    def test_reviewer(self) -> None:
        self.walk("reviewer")

    def test_reviewer_of_another_team(self) -> None:
        self.walk("reviewer of another team")

    def test_owner(self) -> None:
        self.walk("owner")

    def test_colleague(self) -> None:
        self.walk("colleague")

    def test_admin(self) -> None:
        self.walk("admin")

    def test_auditor(self) -> None:
        self.walk("auditor")

    def test_agent_key(self) -> None:
        self.walk("agent key")

    def test_the_django_admin_opens_to_admins_alone(self) -> None:
        """Its door stands before every address and asks before it looks at the method."""
        rooms = {name for name in routes.names() if name.startswith("admin:")} - OPEN_TO_ALL
        urls = [url for name in sorted(rooms) if (url := _admin_address(name))]
        assert len(urls) > 150
        for principal in world.PRINCIPALS:
            client = self.client_of(principal)
            methods = ("GET", "POST") if principal in {"anonymous", "auditor"} else ("GET",)
            for method in methods if principal != "admin" else ():
                inside = [url for url in urls if letter(_call(client, method, url, {})) != "L"]
                assert not inside, f"{principal} gets to {inside[:5]}"

    def walk(self, principal: str) -> None:
        """Ask everything as one of the eight; report every cell that differs, not only the first."""
        client, place = self.client_of(principal), world.PRINCIPALS.index(principal)
        wrong = []
        for name, row in sorted(EXPECTED.items()):
            for method in routes.METHODS:
                wanted, got = row.get(method, NOBODY)[place], self.ask(client, principal, name, method)
                if got != wanted:
                    wrong.append(f"{method} {name}: {got}, and the table says {wanted}")
        assert not wrong, f"{principal}: " + "; ".join(wrong)

    def client_of(self, principal: str) -> Client:
        client = Client(raise_request_exception=False)
        if principal in self.scene.people:
            client.force_login(self.scene.people[principal])
        if principal == "agent key":
            client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {self.scene.secret}"
        return client

    def ask(self, client: Client, principal: str, name: str, method: str) -> str:
        url = routes.address(name, self.scene)
        body = routes.body(name, self.scene, self.scene.people.get(principal))
        # Logging out empties the cookies; what it did to the session is rolled back.
        kept = {key: morsel.value for key, morsel in client.cookies.items()}
        with rolled_back(), time_machine.travel(NOW, tick=False):
            answer = _call(client, method, url, body)
        client.cookies = SimpleCookie(kept)
        # Readiness is about the worker, not about who asks.
        return "A" if name == "readyz" and answer.status_code == 503 else letter(answer)


def _call(client: Client, method: str, url: str, body: dict[str, object]) -> HttpResponseBase:
    return client.post(url, body) if method == "POST" else client.generic(method, url)


def letter(answer: HttpResponseBase) -> str:
    if answer.status_code in (301, 302) and answer["Location"].startswith(LOGIN):
        return "L"
    if answer.status_code >= 500:
        return f"broken ({answer.status_code})"
    return LETTERS.get(answer.status_code, "A")


def _admin_address(name: str) -> str:
    for given in ([], ["1"], ["people"]):
        try:
            return reverse(name, args=given)
        except Exception:  # noqa: S112 (the next shape of arguments)
            continue
    return ""


@contextmanager
def rolled_back() -> Iterator[None]:
    """Undo what a request did. A savepoint by hand: inside an atomic block no durable one could begin."""
    before = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(before)
