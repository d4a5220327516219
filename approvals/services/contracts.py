"""The contract of a workflow: every save is a new revision, and the gate follows the newest (DESIGN §2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from approvals.models import Action, Metric, Workflow, WorkflowContract
from approvals.rules.eligibility import EXCLUSIONS
from approvals.rules.policy_checks import MOST_HOURS
from approvals.selectors import measures
from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound, Refused
from crmgov.people import policy
from crmgov.people.models import User
from crmgov.records.contracts import Permission, contract_for
from crmgov.records.models import Segment
from crmgov.records.registry import MODELS

# Longer than a working day a person does not spend on one suggestion.
MOST_MINUTES = 480


class Overtaken(Refused):
    """Somebody saved another revision of this contract meanwhile. Look at it, then save yours."""


@dataclass(frozen=True, slots=True)
class Clauses:
    """What a contract says, as the columns of WorkflowContract hold it."""

    owner_id: int
    trigger: str
    record_types: Sequence[str]
    actions: Sequence[str]
    review_rule: str
    rollback_rule: str
    sla_hours: int
    metric: str
    started_on: date
    minutes_saved: Decimal
    review_due: date
    metric_field: str = ""
    segments: Sequence[str] = ()
    excluded: Sequence[str] = ()
    reads: Sequence[str] = ()
    writes: Sequence[str] = ()
    needs_history: bool = False


@transaction.atomic(durable=True)
def save(
    *, workflow_id: int, clauses: Clauses, against: int, why: str, user: User, at: datetime
) -> WorkflowContract:
    """Put the next revision into force; what is open is judged again by the clock, stricter at once.

    `against` is the number of the revision it was written from, 0 for none. Raises NotAllowed, NotFound, Invalid,
    Overtaken.
    """
    if not policy.may(user, policy.Act.ADMINISTER):
        raise NotAllowed("Only an admin writes the contract of a workflow.")
    workflow = Workflow.objects.select_for_update().filter(pk=workflow_id).first()
    if workflow is None:
        raise NotFound("There is no such workflow.")
    _require_whole(clauses, why, at)
    last = WorkflowContract.objects.filter(workflow=workflow).order_by("-number").first()
    if (last.number if last else 0) != against:
        raise Overtaken
    measured = measures.over(_asked(workflow, clauses), _start(clauses.started_on))
    return WorkflowContract.objects.create(
        workflow=workflow,
        number=against + 1,
        **asdict(clauses),
        baseline=measured.value,
        baseline_of=measured.of,
        why=why.strip(),
        saved_by=user,
        saved_at=at,
    )


def _asked(workflow: Workflow, clauses: Clauses) -> measures.Asked:
    return measures.Asked(
        Metric(clauses.metric), workflow.pk, clauses.metric_field, clauses.segments, clauses.writes
    )


def _start(day: date) -> datetime:
    """The day it began, at its first moment."""
    return datetime.combine(day, time.min, UTC)


def _require_whole(clauses: Clauses, why: str, at: datetime) -> None:
    errors = {**_about_people(clauses, why), **_about_lists(clauses), **_about_numbers(clauses, at)}
    if errors:
        raise Invalid(" ".join(dict.fromkeys(errors.values())), errors)


def _about_people(clauses: Clauses, why: str) -> dict[str, str]:
    errors = {}
    if not User.objects.filter(pk=clauses.owner_id, is_active=True).exists():
        errors["owner"] = "The owner is somebody who is active here."
    texts = {
        "trigger": (clauses.trigger, "Say what starts it."),
        "review_rule": (clauses.review_rule, "Say who looks at what, and how often."),
        "rollback_rule": (clauses.rollback_rule, "Say how it is put back, and when."),
        "why": (why, "Say why, for whoever asks later."),
    }
    return errors | {name: say for name, (text, say) in texts.items() if not text.strip()}


def _about_lists(clauses: Clauses) -> dict[str, str]:
    known = {
        "record_types": (clauses.record_types, MODELS.keys(), "record type"),
        "actions": (clauses.actions, Action.values, "action"),
        "excluded": (clauses.excluded, EXCLUSIONS.keys(), "exclusion"),
        "segments": (clauses.segments, Segment.objects.values_list("name", flat=True), "segment"),
    }
    errors = {}
    for name, (given, allowed, said) in known.items():
        if strangers := sorted(set(given) - set(allowed)):
            errors[name] = f"There is no {said} “{strangers[0]}”."
    if not clauses.record_types:
        errors["record_types"] = "Name the records it is for, at least one type."
    if not clauses.actions:
        errors["actions"] = "Name what it does, at least one action."
    return errors | _about_fields("reads", clauses.reads) | _about_fields("writes", clauses.writes)


def _about_fields(name: str, given: Iterable[str]) -> dict[str, str]:
    for one in given:
        record_type, _, field = one.partition(".")
        contract = contract_for(record_type, field) if record_type in MODELS else None
        if contract is None:
            return {name: f"“{one[:80]}” is no field. Write record.field, as in account.industry."}
        if name == "writes" and contract.permission is Permission.NEVER:
            return {name: f"{one} is never written by AI, so no contract can name it."}
    return {}


def _about_numbers(clauses: Clauses, at: datetime) -> dict[str, str]:
    errors = {}
    today = timezone.localdate(at)
    if not 1 <= clauses.sla_hours <= MOST_HOURS:
        errors["sla_hours"] = f"Between 1 and {MOST_HOURS:,} business hours."
    if not 0 <= clauses.minutes_saved <= MOST_MINUTES:
        errors["minutes_saved"] = f"Between 0 and {MOST_MINUTES} minutes for one suggestion."
    if clauses.started_on > today:
        errors["started_on"] = (
            "That day is still to come. The baseline lies before it: choose today at the latest."
        )
    if clauses.review_due <= today:
        errors["review_due"] = "That day has passed. Choose a day after today."
    return errors | _about_metric(clauses)


def _about_metric(clauses: Clauses) -> dict[str, str]:
    if clauses.metric not in Metric.values:
        return {"metric": "Choose what it is judged by."}
    if not Metric(clauses.metric).of_a_field:
        return (
            {"metric_field": "This is not measured on one field: leave it empty."}
            if clauses.metric_field
            else {}
        )
    record_type, _, field = clauses.metric_field.partition(".")
    if record_type not in MODELS or contract_for(record_type, field) is None or field.startswith("extra."):
        return {"metric_field": "Name the field it is measured on, as in account.industry."}
    return {}
