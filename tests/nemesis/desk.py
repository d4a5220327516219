"""32 browsers at one inbox of 2,000: each item decided once, none left over, none stuck with a browser that died.

A browser here is a session of its own over HTTP: it reads the list, takes an item that nobody looks at, opens it, says
that it looks at it, and approves what it was shown. Some die in the middle, with an item in their hands.
"""

from __future__ import annotations

import os
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random

from tests.env.product import Product

BROWSERS = 32
# So many close for good, right after saying that they look at one more; each after one item of so many there are.
DYING, OF_ALL = 4, 100
SECONDS_FOR_ALL = 3_600.0
ROW = re.compile(r'<a class="row" id="row-([0-9a-f-]{36})"(.*?)</a>', re.DOTALL)
SHOWN = re.compile(r'name="shown" value="([^"]+)"')
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
WATCHED = "row-eye"


@dataclass
class Tally:
    """What a browser met."""

    approved: int = 0
    told: int = 0
    dead: int = 0
    odd: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, all_of: Sequence[Tally]) -> Tally:
        return cls(
            approved=sum(one.approved for one in all_of),
            told=sum(one.told for one in all_of),
            dead=sum(one.dead for one in all_of),
            odd=sum((one.odd for one in all_of), Counter()),
        )


class Answer(Exception):
    """A status nobody expected."""


def run(number: int) -> int:
    with Product() as product:
        os.environ.update(product.environment(), DJANGO_SETTINGS_MODULE="crmgov.settings", CRMGOV_NO_POOL="1")
        import django

        django.setup()
        cookies = _prepare(number)
        browsers = [
            _Browser(n, product.address, cookie, lives=max(1, number // OF_ALL))
            for n, cookie in enumerate(cookies)
        ]
        started = time.monotonic()
        with ThreadPoolExecutor(BROWSERS) as pool:
            for future in [pool.submit(browser.work) for browser in browsers]:
                future.result()
        seconds = time.monotonic() - started
        return _judge(number, Tally.of([browser.tally for browser in browsers]), seconds, product)


def _prepare(number: int) -> list[str]:
    """The items that wait, and 32 people of the team with a session each."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from tests.decisions import scene

    people = [scene.reviewer(f"Reviewer {n:02}") for n in range(BROWSERS)]
    scene.publish(**scene.UNHURRIED)
    for n in range(number):
        scene.propose(scene.account(f"Account {n:05}"), employees=310)
    cookies = []
    for person in people:
        session = SessionStore()
        session[SESSION_KEY] = str(person.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = person.get_session_auth_hash()
        session.save()
        cookies.append(str(session.session_key))
    return cookies


class _Browser:
    def __init__(self, number: int, address: str, session: str, *, lives: int) -> None:
        self.number, self.address, self.tally = number, address, Tally()
        self.dies, self.lives = number < DYING, lives
        self.chance = Random(number)
        self.opener = urllib.request.build_opener(_NoRedirect())
        self.cookies = {"sessionid": session}

    def work(self) -> None:
        deadline = time.monotonic() + SECONDS_FOR_ALL
        while time.monotonic() < deadline:
            rows = ROW.findall(self._get("/inbox/?view=team"))
            if not rows:
                return
            free = [key for key, row in rows if WATCHED not in row]
            # A claim is advice: where a colleague who looks at it never comes back, somebody else decides.
            key = self.chance.choice(free or [key for key, _ in rows])
            if not self._decide(key):
                return
        raise Answer(f"browser {self.number} was not done in time")

    def _decide(self, key: str) -> bool:
        page = self._get(f"/suggestions/{key}/?view=team")
        shown, token = SHOWN.search(page), TOKEN.search(page)
        if shown is None or token is None:
            # Decided between the list and the page: there is nothing to press any more.
            self.tally.told += 1
            return True
        said = {"csrfmiddlewaretoken": token[1]}
        self._post(f"/suggestions/{key}/claim", said)
        if self.dies and self.tally.approved >= self.lives:
            self.tally.dead += 1
            return False
        status = self._post(f"/suggestions/{key}/approve", {**said, "shown": shown[1], "list": "view=team"})
        if status == 302:
            self.tally.approved += 1
        elif status == 409:
            self.tally.told += 1
        else:
            self.tally.odd[f"{status} to approve"] += 1
        return True

    def _get(self, path: str) -> str:
        status, body = self._ask(path, None)
        if status != 200:
            raise Answer(f"{status} to GET {path}: {body[:300]}")
        return body

    def _post(self, path: str, said: dict[str, str]) -> int:
        status, _ = self._ask(path, urllib.parse.urlencode(said).encode())
        return status

    def _ask(self, path: str, data: bytes | None) -> tuple[int, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Cookie": cookies, "Referer": self.address}
        request = urllib.request.Request(self.address + path, data, headers)  # noqa: S310 (our own address)
        try:
            answer = self.opener.open(request, timeout=120)
        except urllib.error.HTTPError as refused:
            answer = refused
        with answer:
            for cookie in answer.headers.get_all("Set-Cookie") or ():
                name, _, value = cookie.partition(";")[0].partition("=")
                self.cookies[name] = value
            return answer.status, answer.read().decode()


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *given: object, **more: object) -> None:
        return None


def _judge(number: int, tally: Tally, seconds: float, product: Product) -> int:
    from django.db.models import Count
    from django.utils import timezone

    from approvals.models import Decision, Suggestion
    from approvals.services import executions, invariants

    executions.drain(at=timezone.now())
    by_status = dict(Suggestion.objects.values_list("status").annotate(n=Count("pk")).order_by())
    twice = Decision.objects.values("suggestion").annotate(n=Count("pk")).filter(n__gt=1).count()
    violated = [f"{f.invariant} {f.detail}" for f in invariants.check_all(at=timezone.now()) if f.violations]
    print(
        f"{BROWSERS} browsers, {number} items in {seconds:.0f} s: {tally.approved} approvals, {tally.told} times told "
        f"that it was decided, {tally.dead} browsers died with an item in hand; by status {by_status}, "
        f"decided twice {twice}"
    )
    problems = [*violated, *(f"{what}: {count}" for what, count in tally.odd.items())]
    if by_status != {"approved": number} or tally.approved != number or twice:
        problems.append(f"{number} were to be approved once each")
    if tally.dead != DYING:
        problems.append(f"{DYING} browsers were to die")
    for problem in problems:
        print(f"PROBLEM: {problem}")
    print("each decided once, none left over" if not problems else "FAILED", flush=True)
    if problems:
        print("\n".join(product.lines[-40:]), file=sys.stderr)
    return 1 if problems else 0
