"""How a test sits at the desk: signed in as somebody, reading pages as bytes, posting what a page offered."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from uuid import UUID

from django.test import Client
from django.urls import reverse

from approvals.models import Conflict, Suggestion
from crmgov.people.models import User

HTMX = {"HX-Request": "true"}
HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


def at(user: User) -> Client:
    """A browser in which this person is signed in; forgery checks are on."""
    client = Client()
    client.force_login(user)
    return client


def text(answer: Any) -> str:
    """What a reader sees of a page: no tags, single spaces."""
    plain = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return re.sub(r"\s+", " ", unescape(plain))


def url(step: str, thing: Any) -> str:
    return reverse(f"approvals:{step}", args=[getattr(thing, "pk", thing)])


def shown(client: Client, thing: Suggestion | Conflict | UUID, step: str = "suggestion") -> str:
    """The signed note of what the page showed, as the page itself carries it."""
    page = client.get(url(step, thing))
    assert page.status_code == 200, page.content.decode()[:500]
    return str(dict(HIDDEN.findall(page.content.decode()))["shown"])


def press(client: Client, step: str, suggestion: Suggestion, **typed: Any) -> Any:
    """Open the suggestion's page and post one of its forms."""
    data = {"shown": shown(client, suggestion), **typed}
    return client.post(url(f"suggestion_{step}", suggestion), data)
