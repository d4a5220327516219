"""What a built-in workflow is: code that reads facts and says what should be done. It writes nothing itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

from approvals.selectors.workflow_briefs import Brief
from approvals.selectors.workflow_facts import Known
from crmgov.people.rules.calendars import Calendar, add_working_days
from crmgov.records import registry
from crmgov.records.models.governed import Governed

from .letters import Letter

LONGEST_TITLE = 200
LONGEST_NEXT = 300
CREATED, CHANGED, ACTIVITY = "created", "changed", "activity"


@dataclass(frozen=True, slots=True)
class Trigger:
    """News that wakes a workflow: of records of these types; of changes those of these fields, of what happened these
    kinds of activity. Empty is any.
    """

    kind: str
    record_types: tuple[str, ...]
    fields: tuple[str, ...] = ()
    activities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Terms:
    """The contract of a workflow as we ship it. An admin may write another one; then that one holds."""

    trigger: str
    record_types: tuple[str, ...]
    actions: tuple[str, ...]
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    needs_history: bool = False
    metric: str = "kept"
    metric_field: str = ""
    minutes_saved: Decimal = Decimal(5)
    sla_hours: int = 8
    review_rule: str = "Ten of a week, drawn by chance, by its owner."
    rollback_rule: str = "All of a version, when two of ten are wrong."


@dataclass(frozen=True, slots=True)
class News:
    """One thing that happened; `activity` is what kind, where it is one of the timeline."""

    kind: str
    record_type: str
    fields: frozenset[str]
    activity: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Case:
    """One record and why a workflow looks at it: news, something it wanted to look at again (`woken`), or the clock."""

    record_type: str
    known: Known
    at: datetime
    calendar: Calendar
    news: tuple[News, ...] = ()
    woken: frozenset[str] = frozenset()
    swept: bool = False

    @property
    def record(self) -> Any:
        return self.known.record

    @property
    def today(self) -> date:
        """The day it is for the record's team."""
        return self.at.astimezone(ZoneInfo(self.calendar.zone)).date()

    def in_days(self, days: int) -> date:
        """So many working days from today."""
        return add_working_days(self.today, days, self.calendar)

    def moved(self, *fields: str) -> bool:
        """Whether one of the fields changed, or was given when the record was made."""
        return any(
            one.fields.intersection(fields) for one in self.news if one.record_type == self.record_type
        )

    def happened(self, *activities: str) -> bool:
        return any(one.activity in activities for one in self.news)


@dataclass(frozen=True, slots=True)
class Value:
    """A field with the value it shall have, as JSON has it; `seen` is what it holds now.

    `source` and `confidence` are its own, where they are not those of the workflow.
    """

    field: str
    proposed: Any
    seen: Any = None
    evidence: str = ""
    source: str = ""
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that should be done about one record: what `services.intake` is handed."""

    action: str
    record_type: str
    record_id: UUID
    values: tuple[Value, ...]
    reason: str
    # None where nobody could tell.
    confidence: float | None
    # As account.renewal_date, with the value it was decided by.
    relied: tuple[tuple[str, Any], ...] = ()
    # Where a language model wrote the text: its name, and what it states as (text, type, id).
    model: str = ""
    stated: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Again:
    """Look at the record once more at that time. One for each `why`; another time for it takes its place."""

    why: str
    at: datetime


Answer = Iterable[Step | Again]


class BuiltIn:
    """A workflow of ours. `propose` is a function of the case alone: no clock, no query, nothing written.

    `subject` is the type of record it thinks about; news about a ticket, a contact or a deal wakes one that is about
    accounts for the account it hangs on. `sweep` names the records that the clock shows it at night
    (`selectors/workflow_sweeps.py`), of which it proposes at most `most_a_night`.
    """

    name: ClassVar[str]
    version: ClassVar[str]
    subject: ClassVar[str]
    terms: ClassVar[Terms]
    triggers: ClassVar[tuple[Trigger, ...]] = ()
    needs: ClassVar[tuple[str, ...]] = ()
    sweep: ClassVar[str] = ""
    # The templates it writes by; registration makes those that are missing.
    letters: ClassVar[tuple[Letter, ...]] = ()
    most_a_night: ClassVar[int] = 25

    def propose(self, case: Case) -> Answer:
        """What should be done about this record, in the order in which people should read it."""
        raise NotImplementedError


def task(
    case: Case,
    *,
    title: str,
    purpose: str,
    due_on: date,
    reason: str,
    note: str = "",
    evidence: str = "",
    confidence: float = 0.9,
    relied: tuple[tuple[str, Any], ...] = (),
    unassigned: bool = False,
) -> Step:
    """Something for the owner to do; for nobody by name where there is none who could."""
    values = [Value("title", shortened(title, LONGEST_TITLE), evidence=evidence), Value("purpose", purpose)]
    if note:
        values.append(Value("note", note))
    values.append(Value("due_on", due_on.isoformat()))
    if case.known.assignee is not None and not unassigned:
        values.append(Value("assignee", case.known.assignee))
    return Step("create_task", case.record_type, case.record.pk, tuple(values), reason, confidence, relied)


def message(letter: Letter, contact_id: UUID, *, reason: str, evidence: str = "") -> Step:
    """A message by a template. Its text is filled in when it is proposed (services/workflow_messages.py)."""
    return Step(
        "send_message",
        "contact",
        contact_id,
        (Value("template", letter.name, evidence=evidence),),
        reason,
        0.9,
    )


def setting(
    case: Case, field: str, proposed: Any, *, reason: str, evidence: str = "", confidence: float = 0.9
) -> Step:
    """A field of the record that should hold something else."""
    return setting_of(
        case.record_type,
        case.record,
        field,
        proposed,
        reason=reason,
        evidence=evidence,
        confidence=confidence,
    )


def setting_of(
    record_type: str,
    record: Governed,
    field: str,
    proposed: Any,
    *,
    reason: str,
    evidence: str = "",
    confidence: float = 0.9,
) -> Step:
    """The same of another record than the case is about."""
    value = Value(field, registry.to_json(proposed), held(record, field), evidence)
    return Step("set_fields", record_type, record.pk, (value,), reason, confidence)


def tagging(case: Case, tag: str, *, reason: str, evidence: str = "") -> Iterator[Step]:
    """One tag more, unless it is there or was proposed within 90 days: then somebody has said what they think."""
    if tag not in case.record.tags and not case.known.has_tagged(tag):
        value = Value("tags", [tag], evidence=evidence)
        yield Step("add_tag", case.record_type, case.record.pk, (value,), reason, 0.9)


def summary(
    record_type: str,
    record_id: UUID,
    *,
    about: str,
    lines: Sequence[str],
    reason: str,
    of: UUID | None = None,
    next_action: str = "",
    evidence: str = "",
) -> Step:
    """An entry for the timeline of the record; `of` is the activity or task it is made of."""
    values = [
        Value("about", shortened(about, LONGEST_TITLE)),
        Value("summary", "\n".join(lines), evidence=evidence),
    ]
    if next_action:
        values.append(Value("next_action", shortened(next_action, LONGEST_NEXT)))
    if of is not None:
        values.append(Value("of", str(of)))
    return Step("log_summary", record_type, record_id, tuple(values), reason, 0.8)


def lines_of(brief: Brief) -> list[str]:
    """What is open and what was said last; what is not on record is said to be none."""
    parts = (
        ("Open tickets", brief.tickets),
        ("Promised", brief.promises),
        ("Open deals", brief.deals),
        ("Last touches", brief.touches),
    )
    return [f"{name}: {'; '.join(found) or 'none on record'}" for name, found in parts]


def held(record: Governed, field: str) -> Any:
    """What the field holds, as JSON; lists in order."""
    value = registry.to_json(registry.get(record, field))
    return sorted(value) if isinstance(value, list) else value


def shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
