"""What a message states, with the source of each as far as this person sees it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from approvals.models import Suggestion
from crmgov.people.models import User
from crmgov.records import registry
from crmgov.records.models import Activity

from . import subjects

FACT, ACTIVITY = "fact", "activity"


@dataclass(frozen=True, slots=True)
class Stated:
    """One claim. `label` is what its source is called, empty where this person does not see it; `on` is the type and
    key of the record on whose page it stands. `value` is what a fact was when it was relied on.
    """

    text: str
    kind: str
    name: str
    label: str = ""
    on: tuple[str, UUID] | None = None
    value: Any = None


def of(user: User, suggestion: Suggestion) -> list[Stated]:
    """In the order they were made; a query for each type of source."""
    wanted: dict[str, set[UUID]] = defaultdict(set)
    for one in suggestion.stated:
        if one["type"] != FACT and (key := subjects.as_uuid(one["id"])) is not None:
            wanted[one["type"]].add(key)
    seen = {kind: _seen(user, kind, keys) for kind, keys in wanted.items()}
    facts = {fact["name"]: fact["value"] for fact in suggestion.facts}
    return [_stated(one, seen, facts) for one in suggestion.stated]


def _stated(one: dict[str, str], seen: dict[str, dict[UUID, Any]], facts: dict[str, Any]) -> Stated:
    text, kind, name = one["text"], one["type"], one["id"]
    if kind == FACT:
        return Stated(text, kind, name, label=name, value=facts.get(name))
    key = subjects.as_uuid(name)
    found = seen[kind].get(key) if key is not None else None
    if found is None:
        return Stated(text, kind, name)
    return Stated(text, kind, name, label=str(found), on=_page_of(kind, found))


def _page_of(kind: str, found: Any) -> tuple[str, UUID] | None:
    """What happened has no page of its own: it stands on that of its account, or of its contact."""
    if kind != ACTIVITY:
        return kind, found.pk
    if found.account_id is not None:
        return "account", found.account_id
    return ("contact", found.contact_id) if found.contact_id is not None else None


def _seen(user: User, kind: str, keys: set[UUID]) -> dict[UUID, Any]:
    model = cast("Any", Activity if kind == ACTIVITY else registry.model_of(kind))
    return dict(model.objects.for_user(user).in_bulk(keys))
