"""The one banner of an item: what happened that matters more than anything below it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from approvals.http import address_of
from approvals.rules.wording import value
from approvals.selectors.conflicts import may_settle
from approvals.selectors.items import ItemLine, conflicts_of
from approvals.services.desk import Look
from approvals.services.typed_texts import SaysMore
from crmgov.kernel.refusals import Invalid, Refused
from crmgov.people.models import User

CONFLICT_LINK = "Settle the conflict"


def banner(
    user: User, look: Look, lines: Sequence[ItemLine], refusal: Refused | None
) -> dict[str, Any] | None:
    """A refusal before all, then conflict, what moved, block; None when nothing is unusual.

    A pause has its own banner on every page; here the consequence line says what it means.
    """
    if refusal is not None:
        return _refused(refusal)
    if not look.suggestion.is_open:
        return None
    if look.suggestion.in_conflict:
        return _conflict(user, look)
    moved = [line for line in lines if line.stale]
    if moved:
        return _moved(moved)
    return _blocked(look) or _superseding(look)


def _refused(refusal: Refused) -> dict[str, Any]:
    invalid = isinstance(refusal, Invalid)
    if isinstance(refusal, SaysMore):
        return {"title": refusal.say, "icon": "alert", "role": "alert"}
    return {
        "title": refusal.say,
        "text": "" if invalid else _values(refusal),
        "tone": "danger",
        "icon": "alert" if invalid else "",
        "role": "alert",
    }


def _values(refusal: Refused) -> str:
    """What a stale or overtaken refusal knows: per field what was seen and what stands there now."""
    rows = refusal.facts.get("values")
    if not isinstance(rows, list):
        return ""
    return " ".join(
        f"{row['field']}: you saw {value(row['seen'])}, now it is {value(row['now'])}." for row in rows
    )


def _conflict(user: User, look: Look) -> dict[str, Any]:
    found = conflicts_of(look.suggestion)
    if found and not may_settle(user, found[0]):
        return {
            "title": "Another claim stands against this one.",
            "text": "Waits for an account manager of the team or an admin, who settles both at once.",
            "b": {"label": "See the claims", "url": address_of("conflict", found[0].pk)},
        }
    url = address_of("conflict", found[0].pk) if found else ""
    return {
        "title": "Another claim stands against this one.",
        "text": "One person settles both at once, so that nobody decides half of it.",
        "b": {"label": CONFLICT_LINK, "url": url, "kind": "primary"} if url else None,
    }


def _moved(moved: Sequence[ItemLine]) -> dict[str, Any]:
    count = "One field has" if len(moved) == 1 else f"{len(moved)} fields have"
    said = [
        f"{line.label} was {line.seen_label or value(line.seen)} "
        f"and is now {line.now_label or value(line.now)}."
        for line in moved
    ]
    return {"title": f"{count} changed since this was proposed.", "text": " ".join(said)}


def _blocked(look: Look) -> dict[str, Any] | None:
    found = look.blocked_by
    if found is None:
        return None
    return {"title": "The gate blocks this now.", "text": found.sentence, "tone": "danger"}


def _superseding(look: Look) -> dict[str, Any] | None:
    if look.suggestion.stale_since is None:
        return None
    return {
        "title": "Something this stands on has changed since it was proposed.",
        "text": "The reasons and values below are those of now.",
    }
