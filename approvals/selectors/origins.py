"""What a summary is made of: something that happened around its record, or a task about it."""

from __future__ import annotations

from typing import Any, cast

from crmgov.records import registry
from crmgov.records.models import SUMMARY, Activity, Task
from crmgov.records.models.governed import Governed

from .subjects import Proposer, as_uuid


def words_of(activity: Activity) -> tuple[str, ...]:
    """Of a summary: what it is made of, and who read it before it came on the timeline."""
    said = activity.data.get(SUMMARY)
    if not said:
        return ()
    return (
        f"of {said['made_of']}" if said["made_of"] else "",
        f"read by {said['read_by'] or 'nobody yet'}",
    )


def find(key: Any, record: Governed, proposer: Proposer) -> Activity | Task | None:
    """The activity or task with this id that hangs on the record; None where the proposer may know of none.

    Two queries at most.
    """
    wanted = as_uuid(key)
    if wanted is None:
        return None
    about = {registry.type_of(record): record.pk, "pk": wanted}
    return proposer.happened().filter(**about).first() or cast(
        "Task | None", proposer.sees("task").filter(**about).first()
    )
