"""The frame around every page: where one can go, whose time zone it speaks, help, and how a crash is said.

This is roof code: it may know every screen. Navigation shows only what works, so a place stands in the rail
once its address exists, and only for people who may go there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from approvals.selectors import inbox, keyboard, stewards
from approvals.selectors import rail as rails
from approvals.selectors.rail import Rail
from approvals.services import experiments
from approvals.templatetags.phrases import counted
from crmgov.people.models import Role, User
from crmgov.people.policy import Act, may

Visitor = User | AnonymousUser
# The counts of one page, asked for when the first of them is drawn.
AskedOnce = Callable[[], Rail]


def _anybody(user: User) -> bool:
    return True


def _admin(user: User) -> bool:
    return may(user, Act.ADMINISTER)


def _oversees(user: User) -> bool:
    return _admin(user) or user.role == Role.AUDITOR


def _staff(user: User) -> bool:
    return user.is_staff and _admin(user)


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much waits somewhere, as a badge says it, with a tone when that is too much; empty for nothing."""

    count: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """One line of the rail. `waits` says how much waits there, of what one query counted for the whole rail.

    `waiting` is that for the person who looks, worked out when it is drawn.
    """

    name: str
    address: str
    icon: str
    allowed: Callable[[User], bool] = _anybody
    url: str = ""
    current: bool = False
    waits: Callable[[Rail], Waiting] | None = None
    waiting: Any = Waiting()


@dataclass(frozen=True, slots=True)
class Group:
    """Places under one heading; the first group has none."""

    name: str
    places: tuple[Place, ...]


def _inbox_waits(rail: Rail) -> Waiting:
    """How many wait for this person; red when one of them is past its time."""
    if not rail.waiting:
        return Waiting()
    return Waiting(counted(rail.waiting, inbox.COUNTED), "danger" if rail.late else "")


def _conflicts_wait(rail: Rail) -> Waiting:
    return Waiting(counted(rail.conflicts, inbox.COUNTED)) if rail.conflicts else Waiting()


def _not_looked_at(rail: Rail) -> Waiting:
    """How much ran by itself on this person's accounts since they looked."""
    return Waiting(counted(rail.done, inbox.COUNTED)) if rail.done else Waiting()


def _looks_wait(rail: Rail) -> Waiting:
    return Waiting(counted(rail.second_looks, inbox.COUNTED)) if rail.second_looks else Waiting()


def _to_read(rail: Rail) -> Waiting:
    """Automatic actions that were drawn to be read."""
    return Waiting(counted(rail.audits, inbox.COUNTED)) if rail.audits else Waiting()


def _offered(rail: Rail) -> Waiting:
    """Promotions that this admin may sign."""
    return Waiting(counted(rail.offers, inbox.COUNTED)) if rail.offers else Waiting()


def _unknown(rail: Rail) -> Waiting:
    """Messages of which nobody knows whether they arrived."""
    return Waiting(counted(rail.unknown, inbox.COUNTED), "danger") if rail.unknown else Waiting()


def _tasks_due(rail: Rail) -> Waiting:
    """This person's tasks that are due; red when one is overdue."""
    if not rail.tasks:
        return Waiting()
    return Waiting(counted(rail.tasks, inbox.COUNTED), "danger" if rail.tasks_late else "")


RAIL = (
    Group(
        "",
        (
            Place("Inbox", "approvals:inbox", "inbox", waits=_inbox_waits),
            Place("Done by AI", "approvals:done", "spark", waits=_not_looked_at),
            Place("Read afterwards", "approvals:audits", "eye", waits=_to_read),
            Place("Conflicts", "approvals:conflicts", "split", waits=_conflicts_wait),
            Place("Second looks", "approvals:second_looks", "eye", waits=_looks_wait),
            Place("Outbox", "approvals:outbox", "out", waits=_unknown),
            Place("Executions", "approvals:executions", "check"),
        ),
    ),
    Group(
        "Records",
        (
            Place("Accounts", "approvals:accounts", "building"),
            Place("Contacts", "approvals:contacts", "user"),
            Place("Opportunities", "approvals:opportunities", "deal"),
            Place("Tickets", "approvals:tickets", "ticket"),
            Place("Churn", "approvals:churn_scores", "chart"),
            Place("Tasks", "approvals:tasks", "task", waits=_tasks_due),
        ),
    ),
    Group(
        "Govern",
        (
            Place("Policy", "approvals:policy", "sliders", _oversees),
            Place("Workflows", "approvals:workflows", "flow", _oversees),
            Place("Templates", "approvals:templates", "mail", _oversees),
            Place("Suppressions", "approvals:suppressions", "lock", _oversees),
            Place("Contact rules", "approvals:contact_rules", "clock", _oversees),
            Place("Experiments", "approvals:experiments", "swap", _oversees),
            Place("Models", "approvals:models", "target", _oversees),
            Place("Text labels", "approvals:text_labels", "chat"),
            Place("Autonomy", "approvals:autonomy", "chart", _oversees, waits=_offered),
            Place("System changes", "approvals:system", "history", _oversees),
            Place("Audit", "approvals:audit", "log"),
        ),
    ),
    Group(
        "Run",
        (
            Place("Imports", "approvals:imports", "import", _oversees),
            Place("Agents and keys", "approvals:agents", "key", _admin),
            Place("Administration", "admin:index", "gear", _staff),
        ),
    ),
)
MINE = (
    Place("Keyboard", "approvals:keyboard", "keyboard"),
    Place("Away and mail", "approvals:away", "week"),
    Place("Change password", "account_change_password", "lock"),
)


def nav(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `nav`, worked out only by pages that draw the frame."""
    return {"nav": SimpleLazyObject(lambda: _frame(request))}


def _frame(request: HttpRequest) -> dict[str, Any]:
    user: Visitor = getattr(request, "user", AnonymousUser())
    if not isinstance(user, User) or not user.is_authenticated:
        return {"groups": [], "mine": []}
    rail = cache(partial(rails.of, user, at=timezone.now()))
    groups = (Group(group.name, _open(group.places, user, _path(request), rail)) for group in RAIL)
    return {
        "groups": [group for group in groups if group.places],
        "mine": _open(MINE, user, request.path, rail),
        "paused": SimpleLazyObject(lambda: _paused(user, rail)),
        "pause_url": _address("approvals:pause") if _admin(user) else "",
        "search_url": _address("approvals:search"),
        "help_url": _address("help"),
    }


def _open(places: tuple[Place, ...], user: User, path: str, rail: AskedOnce) -> tuple[Place, ...]:
    found = (replace(place, url=_address(place.address)) for place in places if place.allowed(user))
    return tuple(_shown(place, path, rail) for place in found if place.url)


def _shown(place: Place, path: str, rail: AskedOnce) -> Place:
    waits = place.waits
    waiting = SimpleLazyObject(lambda: waits(rail())) if waits is not None else Waiting()
    return replace(place, current=path.startswith(place.url), waiting=waiting)


def _path(request: HttpRequest) -> str:
    """A suggestion stands beside the inbox, whatever its own address is."""
    beside = "/suggestions/"
    return _address("approvals:inbox") if request.path.startswith(beside) else request.path


def _paused(user: User, rail: AskedOnce) -> dict[str, Any] | None:
    """The banner on every page while something is paused; admins may lift it from there."""
    running = rail().paused
    if not running:
        return None
    first, more = running[0], len(running) - 1
    verb = "is paused" if not more else f"and {more} more are paused"
    lift = {"label": "Show", "url": _address("approvals:pause")} if _admin(user) else None
    return {"title": f"{first.what} {verb}", "text": f"{first.by}: {first.reason}", "b": lift}


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


class ViewerZone:
    """Middleware: times on a page are in the zone of the person who looks at it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user: Visitor = getattr(request, "user", AnonymousUser())
        with timezone.override(_zone(user.time_zone) if isinstance(user, User) else None):
            return self.get_response(request)


def _zone(name: str) -> ZoneInfo | None:
    """A zone nobody knows is no reason to refuse the page: it speaks UTC then."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return None


@login_required
def help_page(request: HttpRequest) -> HttpResponse:
    """What the words, glyphs and badges of the screens mean."""
    user = getattr(request, "user", None)
    keys = keyboard.keys_of(user) if isinstance(user, User) else None
    tries = isinstance(user, User) and experiments.may_run(user)
    return render(request, "help.html", {"keys": keys, "seats": stewards.seats(), "tries": tries})


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500: no context processors, which may be what broke; the request id is in the log as well."""
    request_id = structlog.contextvars.get_contextvars().get("request_id", "")
    page = loader.render_to_string("500.html", {"request_id": request_id})
    return HttpResponse(page, status=500)
