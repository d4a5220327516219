"""The list at the left of the inbox: which view, order, filters and page, and the addresses that keep them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.http import urlencode

from approvals.models import SavedView, Suggestion
from approvals.selectors import choices, filters, inbox, on_the_way, orders, saved_views
from approvals.selectors.filters import Filters
from approvals.templatetags import phrases
from crmgov.people.models import User

# The hidden field with which a form hands the state of the list through a decision.
FIELD = "list"
AGES = {"1d": "more than a day", "3d": "more than 3 days", "1w": "more than a week"}
RISKS = {filters.HIGH_RISK: "High risk only"}
ASIDE = {
    on_the_way.SNOOZED: {"title": "Nothing is asleep", "text": "What was snoozed is back where it waited."},
    on_the_way.ASKED: {"title": "No question is open", "text": "Every question of a colleague is answered."},
    on_the_way.ESCALATED: {"title": "Nothing is escalated", "text": "What was escalated is decided."},
}


@dataclass(frozen=True, slots=True)
class ListState:
    """What stands in the address of the list."""

    view: str = inbox.MINE
    order: str = orders.DUE
    narrowed: Mapping[str, str] = field(default_factory=dict)
    cursor: str = ""

    @classmethod
    def read(cls, asked: QueryDict) -> ListState:
        """Anything unknown is as if it were not there."""
        view, order = asked.get("view", ""), asked.get("order", "")
        narrowed = filters.known(asked.dict())
        if "segment" in narrowed and narrowed["segment"] not in dict(choices.segments()):
            del narrowed["segment"]
        return cls(
            view=view if view in inbox.VIEWS else inbox.MINE,
            order=order if order in orders.ORDERS else orders.DUE,
            narrowed=narrowed,
            cursor=asked.get("from", ""),
        )

    @classmethod
    def posted(cls, posted: QueryDict) -> ListState:
        """The state a form carried with it."""
        return cls.read(QueryDict(posted.get(FIELD, "")))

    @classmethod
    def carried(cls, request: HttpRequest) -> ListState:
        """The state a form carried with it, or else the address it was sent to."""
        return cls.read(QueryDict(request.POST.get(FIELD) or request.GET.get(FIELD, "")))

    @classmethod
    def of_saved(cls, saved: SavedView) -> ListState:
        """The first page of a saved view."""
        return cls(saved_views.view_of(saved), saved_views.order_of(saved), saved_views.filters_of(saved))

    @property
    def filters(self) -> Filters:
        return Filters.read(self.narrowed)

    def lists_as(self, other: ListState) -> bool:
        """Whether both list the same in the same order, whatever the page."""
        return (self.view, self.order, self.narrowed) == (other.view, other.order, other.narrowed)

    def query(self, **changed: str) -> str:
        """The state as it stands in an address, without what is as it would be anyway."""
        state = {
            "view": "" if self.view == inbox.MINE else self.view,
            "order": "" if self.order == orders.DUE else self.order,
            **self.narrowed,
            "from": self.cursor,
            **changed,
        }
        return urlencode({name: value for name, value in state.items() if value})

    def carried_by(self, url: str, **more: str) -> str:
        """An address outside the inbox that leads back to this list: read it again with `carried`."""
        kept = {**more, FIELD: self.query()}
        return _with(url, urlencode({name: value for name, value in kept.items() if value}))

    def of_list(self, **changed: str) -> str:
        """The address of the list."""
        return _with(reverse("approvals:inbox"), self.query(**changed))

    def of_item(self, suggestion_id: UUID, step: str = "suggestion") -> str:
        """The address of a suggestion beside this list; `step` names a page of it."""
        return _with(reverse(f"approvals:{step}", args=[suggestion_id]), self.query())


def next_after(user: User, state: ListState, decided: Suggestion, at: datetime) -> str:
    """Where to go after a decision: the one that stood behind it in the list, else the list."""
    behind = inbox.next_after(user, decided, at=at, view=state.view, filters=state.filters, order=state.order)
    return state.of_item(behind) if behind else state.of_list()


def pane(
    user: User, state: ListState, at: datetime, *, saved: Sequence[SavedView], current: UUID | None
) -> dict[str, Any]:
    """The list as the template draws it; `saved` are the views this person sees beside the built-in ones."""
    page = inbox.page_for(
        user, at=at, view=state.view, filters=state.filters, order=state.order, cursor=state.cursor
    )
    counted, saved_counted = saved_views.counts(user, saved, at=at)
    named = _saved_tabs(user, saved, saved_counted, state)
    here = next((tab for tab in named if tab["current"]), None)
    return {
        "title": here["name"] if here else inbox.VIEWS[state.view],
        "tabs": _tabs(state, counted, here=here is None),
        "saved": named,
        "saved_as": here,
        "rows": [_row(row, state, current) for row in page.rows],
        "nothing": _nothing_due(state, counted),
        "first": page.rows[0].id if page.rows else None,
        "newer_url": state.of_list(**{"from": page.newer}) if page.newer else "",
        "older_url": state.of_list(**{"from": page.older}) if page.older else "",
        "url": state.of_list(),
        "pairs": parse_qsl(state.query()),
        "state": state.query(**{"from": ""}),
        **_orders(state),
        **_filters(state),
    }


def counts(user: User, at: datetime) -> list[dict[str, str]]:
    """The numbers on all tabs, as (id, count) each; two queries."""
    saved = saved_views.shown_to(user)
    counted, saved_counted = saved_views.counts(user, saved, at=at)
    numbers = [(_count_id(view), number) for view, number in counted.items()]
    numbers += [(_count_id(row.pk), number) for row, number in zip(saved, saved_counted, strict=True)]
    return [{"id": key, "count": phrases.counted(number, inbox.COUNTED)} for key, number in numbers]


def _tabs(state: ListState, counted: Mapping[str, int], *, here: bool) -> list[dict[str, Any]]:
    """The built-in views; a tab keeps order and filters. None is current while a saved view is."""
    return [
        {
            "name": name,
            "url": state.of_list(view="" if view == inbox.MINE else view, **{"from": ""}),
            "count": phrases.counted(counted[view], inbox.COUNTED),
            "count_id": _count_id(view),
            "current": here and view == state.view,
            # What is set aside has a tab while there is something in it.
            "hidden": view in on_the_way.VIEWS and not counted[view] and view != state.view,
        }
        for view, name in inbox.VIEWS.items()
    ]


def _saved_tabs(
    user: User, saved: Sequence[SavedView], counted: list[int], state: ListState
) -> list[dict[str, Any]]:
    states = [ListState.of_saved(row) for row in saved]
    current = next((place for place, its in enumerate(states) if state.lists_as(its)), None)
    return [
        {
            "name": row.name,
            "url": its.of_list(),
            "count": phrases.counted(number, inbox.COUNTED),
            "count_id": _count_id(row.pk),
            "current": place == current,
            "shared_by": "" if row.owner_id == user.pk else str(row.owner),
        }
        for place, (row, its, number) in enumerate(zip(saved, states, counted, strict=True))
    ]


def _count_id(view: str | int) -> str:
    return f"count-{view}"


def _nothing_due(state: ListState, counted: Mapping[str, int]) -> dict[str, Any]:
    """What an empty list of what is due soon says: others may wait all the same; and those of what is set aside."""
    if state.view in ASIDE:
        return ASIDE[state.view]
    if state.view != inbox.DUE_SOON:
        return {}
    if not counted[inbox.MINE]:
        return {"title": "Nothing is due soon.", "text": "Nothing else waits for you either."}
    mine = f"{inbox.VIEWS[inbox.MINE]} ({phrases.counted(counted[inbox.MINE], inbox.COUNTED)})"
    return {
        "title": "Nothing is due soon.",
        "text": "What waits for you has more time.",
        "button": {"label": mine, "url": state.of_list(view="", **{"from": ""})},
    }


def _orders(state: ListState) -> dict[str, Any]:
    return {
        "order": {
            "words": orders.WORDS[state.order],
            "explained": orders.EXPLAINED.get(state.order, ""),
            "value": "" if state.order == orders.DUE else state.order,
        },
        "orders": [
            {
                "name": words,
                "url": state.of_list(order="" if order == orders.DUE else order, **{"from": ""}),
                "current": order == state.order,
            }
            for order, words in orders.WORDS.items()
        ],
    }


def offered() -> dict[str, choices.Choices]:
    """Filter -> what it can be set to; one query."""
    currency, (agents, segments) = settings.REPORTING_CURRENCY, choices.agents_and_segments()
    return {
        "rule": choices.reasons(),
        "agent": agents,
        "action": choices.action_kinds(),
        "value": [
            (key, f"at least {phrases.money(least, currency)}") for key, least in filters.VALUES.items()
        ],
        "segment": segments,
        "age": list(AGES.items()),
        "risk": list(RISKS.items()),
    }


def described(
    view: str, order: str, narrowed: Mapping[str, str], named: Mapping[str, choices.Choices]
) -> str:
    """What a view lists, in a line: "Mine, due first · High risk only"."""
    says = [_said(name, value, named) for name, value in narrowed.items()]
    return " · ".join([f"{inbox.VIEWS[view]}, {orders.WORDS[order].lower()}", *says])


def _said(name: str, value: str, named: Mapping[str, choices.Choices]) -> str:
    """A filter as its tag says it; those whose words alone would not tell are named."""
    words = dict(named[name]).get(value, value)
    return f"{filters.NAMES[name]}: {words}" if name in ("segment", "age", "value") else words


def _filters(state: ListState) -> dict[str, Any]:
    named = offered()
    return {
        "filters": [
            {
                "name": name,
                "label": label,
                "choices": named[name],
                "value": state.narrowed.get(name, ""),
            }
            for name, label in filters.NAMES.items()
        ],
        "filtered": [
            {"text": _said(name, value, named), "remove_url": state.of_list(**{name: "", "from": ""})}
            for name, value in state.narrowed.items()
        ],
        "described": described(state.view, state.order, state.narrowed, named),
        "view": "" if state.view == inbox.MINE else state.view,
    }


def _row(row: inbox.Row, state: ListState, current: UUID | None) -> dict[str, Any]:
    side = "" if row.value is None else phrases.money(row.value, settings.REPORTING_CURRENCY, short=True)
    return {
        "id": row.id,
        "url": state.of_item(row.id),
        "icon": row.icon,
        "name": row.name,
        "what": row.what,
        "why": _why(row),
        "side": side,
        "due_at": row.due_at,
        "due_now": row.due_now,
        "current": row.id == current,
        "watched_by": row.watched_by,
        "pick": not (row.high_risk or row.in_conflict),
    }


def _why(row: inbox.Row) -> str:
    """Why it is here, and first of all whether it sleeps: the team's list shows that, too."""
    if row.snoozed_until is None:
        return row.why
    asleep = f"Snoozed until {phrases.moment(row.snoozed_until)}"
    return f"{asleep} · {row.why[:1].lower()}{row.why[1:]}" if row.why else asleep


def _with(path: str, query: str) -> str:
    return f"{path}?{query}" if query else path
