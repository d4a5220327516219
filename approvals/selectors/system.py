"""Every change of the system itself, newest first: policies, contracts, stewards, pauses, grants, keys, queues and
experiments, and whom and how often nobody is written to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import nlargest
from typing import Any

from django.contrib.admin.models import ADDITION, DELETION, LogEntry
from django.db.models import Q, QuerySet

from approvals.models import (
    AgentKey,
    Experiment,
    Grant,
    PauseSwitch,
    PolicyDraft,
    PolicyVersion,
    Queue,
    Steward,
    WorkflowContract,
    WorkflowCost,
)
from crmgov.kernel.canonical import plain
from crmgov.records.models import ContactRules, Suppression
from crmgov.records.selectors.cursors import Cursor

from . import pauses

SIZE = 50
# Time, kind and number of the row a page ends with.
CURSOR_LENGTH = 3
# An edit in the administration names at most so many fields.
FIELDS_NAMED = 5


@dataclass(frozen=True, slots=True)
class Change:
    """One of them. `why` is what somebody wrote then; `about` and `number` name what it leads to."""

    at: datetime
    kind: str
    number: int
    what: str
    by: str
    why: str = ""
    about: str = ""
    about_number: int = 0

    @property
    def place(self) -> tuple[datetime, str, int]:
        return (self.at, self.kind, self.number)


@dataclass(frozen=True, slots=True)
class Source:
    """Rows of one kind: of which table, by which time, told how."""

    rows: Callable[[], QuerySet[Any]]
    at: str
    told: Callable[[Any], Mapping[str, Any]]


def page_for(
    kinds: Sequence[str], *, after: Cursor | None, size: int = SIZE
) -> tuple[list[Change], Cursor | None]:
    """The newest changes of these kinds behind `after`, and where the next page begins; one query a kind."""
    start = _start(after)
    found = nlargest(
        size + 1, (one for kind in kinds for one in _of(kind, start, size + 1)), key=lambda one: one.place
    )
    last = found[size - 1] if len(found) > size else None
    older = Cursor((str(plain(last.at)), last.kind, str(last.number))) if last else None
    return found[:size], older


def _start(after: Cursor | None) -> tuple[datetime, str, int] | None:
    """None for the beginning, and for a cursor of another list."""
    if after is None:
        return None
    try:
        at, kind, number = after.keys
        return datetime.fromisoformat(at), kind, int(number)
    except ValueError:
        return None


def _of(kind: str, start: tuple[datetime, str, int] | None, most: int) -> Iterator[Change]:
    source = SOURCES[kind]
    rows = source.rows().filter(**{f"{source.at}__isnull": False}).order_by(f"-{source.at}", "-pk")
    if start is not None:
        rows = rows.filter(_behind(source.at, kind, start))
    for row in rows[:most]:
        yield Change(at=getattr(row, source.at), kind=kind, number=row.pk, **source.told(row))


def _behind(column: str, kind: str, start: tuple[datetime, str, int]) -> Q:
    """In the order of time, kind and number, falling."""
    at, last_kind, number = start
    earlier = Q(**{f"{column}__lt": at})
    if kind < last_kind:
        return earlier | Q(**{column: at})
    return earlier | Q(**{column: at, "pk__lt": number}) if kind == last_kind else earlier


def _published(row: PolicyVersion) -> dict[str, Any]:
    wrote = f", written by {row.drafted_by}" if row.drafted_by not in (None, row.published_by) else ""
    alone = ", as the sole admin" if row.sole_admin else ""
    return {
        "what": f"Policy {row.number} published{wrote}{alone}",
        "by": str(row.published_by or "As shipped"),
        "why": row.rationale,
        "about": "policy_version",
        "about_number": row.number,
    }


def _discarded(row: PolicyDraft) -> dict[str, Any]:
    return {
        "what": f"Policy draft {row.pk} of {row.drafted_by} discarded",
        "by": str(row.discarded_by or "An operator"),
        "why": row.rationale,
        "about": "policy_draft",
        "about_number": row.pk,
    }


def _paused(row: PauseSwitch) -> dict[str, Any]:
    return {"what": f"{pauses.line(row).what} paused", "by": str(row.paused_by), "why": row.reason}


def _lifted(row: PauseSwitch) -> dict[str, Any]:
    return {"what": f"Pause lifted: {pauses.line(row).what}", "by": str(row.lifted_by or "")}


def _granted(row: Grant) -> dict[str, Any]:
    return {"what": f"Grant signed: {_cell(row)}", "by": str(row.granted_by), "why": row.reason} | _agent(row)


def _taken_back(row: Grant) -> dict[str, Any]:
    by = str(row.revoked_by or "The evidence")
    return {"what": f"Grant taken back: {_cell(row)}", "by": by, "why": row.revoked_reason} | _agent(row)


def _cell(row: Grant) -> str:
    action, fields = row.action.replace("_", " "), row.field_group.replace("_", " ")
    return f"{row.agent} may {action}, {fields}, in {row.segment or 'any segment'} up to {row.level}"


def _issued(row: AgentKey) -> dict[str, Any]:
    return {"what": f"Key {row} of {row.agent} issued", "by": str(row.created_by)} | _agent(row)


def _revoked(row: AgentKey) -> dict[str, Any]:
    return {"what": f"Key {row} of {row.agent} revoked", "by": str(row.revoked_by or "")} | _agent(row)


def _agent(row: Grant | AgentKey) -> dict[str, Any]:
    return {"about": "agent", "about_number": row.agent_id}


def _queue(row: LogEntry) -> dict[str, Any]:
    verb = {ADDITION: "made", DELETION: "deleted"}.get(row.action_flag, "changed")
    fields = ", ".join(_fields(row.change_message)[:FIELDS_NAMED])
    return {"what": f"Queue {row.object_repr} {verb}{f': {fields}' if fields else ''}", "by": str(row.user)}


def _fields(message: str) -> list[str]:
    """The names Django keeps of what an edit touched."""
    try:
        parts = json.loads(message or "[]")
    except ValueError:
        return []
    return [name for part in parts for name in part.get("changed", {}).get("fields", [])]


def _contract(row: WorkflowContract) -> dict[str, Any]:
    return {
        "what": f"Contract of {row.workflow}, revision {row.number}",
        "by": str(row.saved_by),
        "why": row.why,
        "about": "workflow",
        "about_number": row.workflow_id,
    }


def _cost(row: WorkflowCost) -> dict[str, Any]:
    return {
        "what": f"Costs of {row.workflow}",
        "by": str(row.saved_by),
        "why": row.why,
        "about": "workflow",
        "about_number": row.workflow_id,
    }


def _tried(row: Experiment) -> dict[str, Any]:
    alone = ", as nobody else could" if row.sole_admin else f", drafted by {row.drafted_by}"
    return {
        "what": f"Experiment {row} started{alone}",
        "by": str(row.started_by),
        "why": row.hypothesis,
        "about": "experiment",
        "about_number": row.pk,
    }


def _ended(row: Experiment) -> dict[str, Any]:
    verb = "ended" if row.started_at else "withdrawn"
    return {
        "what": f"Experiment {row} {verb}",
        "by": str(row.ended_by),
        "why": row.ended_why,
        "about": "experiment",
        "about_number": row.pk,
    }


def _steward(row: Steward) -> dict[str, Any]:
    what = f"{row.person} answers for {row.get_duty_display().lower()}"
    return {"what": what, "by": str(row.named_by), "why": row.why}


def _rules(row: ContactRules) -> dict[str, Any]:
    return {"what": "Contact rules changed", "by": str(row.saved_by), "why": row.why}


def _lifted_suppression(row: Suppression) -> dict[str, Any]:
    alone = ", as the sole admin" if row.sole_admin else f", asked by {row.lift_asked_by}"
    return {
        "what": f"Suppression of {row.value or row.account} lifted{alone}",
        "by": str(row.lifted_by),
        "why": row.lift_reason,
        "about": "suppression",
        "about_number": row.pk,
    }


def _contact_rules() -> QuerySet[ContactRules]:
    return ContactRules.objects.select_related("saved_by")


def _suppressions() -> QuerySet[Suppression]:
    return Suppression.objects.select_related("account", "lift_asked_by", "lifted_by")


def _stewards() -> QuerySet[Steward]:
    return Steward.objects.select_related("person", "named_by")


def _experiments() -> QuerySet[Experiment]:
    return Experiment.objects.select_related("drafted_by", "started_by", "ended_by")


def _contracts() -> QuerySet[WorkflowContract]:
    return WorkflowContract.objects.select_related("workflow", "saved_by")


def _versions() -> QuerySet[PolicyVersion]:
    return PolicyVersion.objects.select_related("drafted_by", "published_by")


def _switches() -> QuerySet[PauseSwitch]:
    return PauseSwitch.objects.select_related("paused_by", "lifted_by")


def _grants() -> QuerySet[Grant]:
    return Grant.objects.select_related("agent", "granted_by", "revoked_by")


def _keys() -> QuerySet[AgentKey]:
    return AgentKey.objects.select_related("agent", "created_by", "revoked_by")


def _queues() -> QuerySet[LogEntry]:
    queue = Q(content_type__app_label=Queue._meta.app_label, content_type__model=Queue._meta.model_name)
    return LogEntry.objects.filter(queue).select_related("user")


SOURCES: dict[str, Source] = {
    "published": Source(_versions, "published_at", _published),
    "discarded": Source(
        lambda: PolicyDraft.objects.select_related("drafted_by", "discarded_by"), "discarded_at", _discarded
    ),
    "paused": Source(_switches, "paused_at", _paused),
    "lifted": Source(_switches, "lifted_at", _lifted),
    "granted": Source(_grants, "granted_at", _granted),
    "taken_back": Source(_grants, "revoked_at", _taken_back),
    "contract": Source(_contracts, "saved_at", _contract),
    "cost": Source(lambda: WorkflowCost.objects.select_related("workflow", "saved_by"), "saved_at", _cost),
    "experiment": Source(_experiments, "started_at", _tried),
    "experiment_ended": Source(_experiments, "ended_at", _ended),
    "contact_rules": Source(_contact_rules, "saved_at", _rules),
    "unsuppressed": Source(_suppressions, "lifted_at", _lifted_suppression),
    "steward": Source(_stewards, "named_at", _steward),
    "queue": Source(_queues, "action_time", _queue),
    "issued": Source(_keys, "created_at", _issued),
    "revoked": Source(_keys, "revoked_at", _revoked),
}
