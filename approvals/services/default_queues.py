"""The queues we ship, for every team, before the teams' own. Nobody is in them until an admin says so.

What no queue with a present member takes goes on to the next, so without members everything waits with its team.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import F, Min

from approvals.models import Queue

# Of two starts at once, the second finds what the first made.
LOCK = 4714
USUAL_HOURS = 8


@dataclass(frozen=True, slots=True)
class Shipped:
    """`key` stays with the queue when an admin renames it."""

    key: str
    name: str
    rules: tuple[str, ...]
    sla_hours: int = USUAL_HOURS


# "Everything else" is the teams' own queues, which stand last.
SHIPPED = (
    Shipped("conflicts", "Conflicts", ("conflicting_suggestion", "territory_conflict")),
    Shipped("escalations", "Escalations", ("escalated", "active_ticket", "recent_service_issue"), 4),
    Shipped("protected", "Protected fields", ("protected_field", "overwrites_verified")),
    Shipped("high_value", "High value", ("high_value", "strategic_account")),
    Shipped("messages", "Messages", ("customer_facing",)),
    Shipped("identity", "Ambiguous identity", ("ambiguous_identity",)),
    Shipped("confidence", "Low confidence", ("low_confidence", "uncalibrated_segment", "repeat_rejection")),
)


@transaction.atomic(durable=True)
def make_default_queues() -> list[Queue]:
    """Make them once per installation; return those made now. What an admin renamed or took away stays so."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    if Queue.objects.filter(shipped_as__isnull=False).exists():
        return []
    first = Queue.objects.aggregate(first=Min("position"))["first"]
    if first is not None and first <= len(SHIPPED):
        Queue.objects.update(position=F("position") + len(SHIPPED) + 1 - first)
    taken = set(Queue.objects.values_list("name", flat=True))
    return [
        Queue.objects.create(
            name=f"{one.name} (all teams)" if one.name in taken else one.name,
            position=place,
            rules=list(one.rules),
            sla_hours=one.sla_hours,
            shipped_as=one.key,
        )
        for place, one in enumerate(SHIPPED, start=1)
    ]
