"""What may stand in a queue, and what happens to what waits once it was changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from approvals.models import Queue
from approvals.models.queue import UNROUTED
from approvals.rules.queues import RULES
from crmgov.people.models import User

from . import requeueing
from .requeueing import BATCH, Reason

CONDITIONS = ("rules", "actions", "segments", "at_least")


def problems(*, was: str, queue_id: int | None, proposed: Mapping[str, Any]) -> dict[str, str]:
    """A sentence per field that cannot stand so; `was` is the queue's name so far, empty for a new one."""
    found: dict[str, str] = {}
    unknown = [rule for rule in proposed.get("rules") or () if rule not in RULES]
    if unknown:
        named = ", ".join(f"“{rule}”" for rule in unknown)
        verb = "is no rule" if len(unknown) == 1 else "are no rules"
        found["rules"] = f"{named} {verb} of the gate. There are: {', '.join(sorted(RULES))}."
    number = proposed.get("position")
    others = Queue.objects.exclude(pk=queue_id or 0)
    if number is not None and (other := others.filter(position=number).first()) is not None:
        found["position"] = f"{other} has number {number} already. Give each queue its own."
    hours = proposed.get("sla_hours")
    if hours is not None and hours <= 0:
        found["sla_hours"] = "Somebody needs time to decide: say more than 0 hours."
    return found | _of_unrouted(was, proposed)


def _of_unrouted(was: str, proposed: Mapping[str, Any]) -> dict[str, str]:
    name = proposed.get("name")
    if was != UNROUTED:
        return {"name": f"Another queue cannot be called {UNROUTED}."} if name == UNROUTED else {}
    if name not in (None, UNROUTED):
        return {"name": f"{UNROUTED} keeps its name: it takes what nobody else may see."}
    conditions = [field for field in CONDITIONS if proposed.get(field) not in (None, [], ())]
    if proposed.get("team") is not None or conditions:
        field = "team" if proposed.get("team") is not None else conditions[0]
        return {field: f"{UNROUTED} takes whatever nobody else may see, of every team."}
    return {}


def route_again(*, changed: str, by: User, at: datetime) -> str:
    """Put what waits where it belongs after an edit, a batch at once; return what to tell the admin."""
    moved = requeueing.put_some_right(at=at, reason=Reason(f"{changed} changed.", by))
    if not moved:
        return "Nothing that waits had to move."
    more = " The rest follows within a minute." if moved == BATCH else ""
    verb = "suggestion was" if moved == 1 else "suggestions were"
    return f"{moved:,} open {verb} moved to another queue.{more}"
