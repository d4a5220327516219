"""What a form offers where a field names another thing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from django.db import models
from django.db.models import F, Value
from django.db.models.functions import Cast

from approvals.models import Action, Agent, WorkflowVersion
from approvals.rules.findings import VERDICTS
from approvals.rules.vocabulary import Verdict
from crmgov.people.models import User
from crmgov.records import registry
from crmgov.records.contracts import fields_of
from crmgov.records.models import Segment, Source
from crmgov.records.models.governed import Governed

from . import subjects
from .inbox import WORDS

# A list to choose from is of use up to here; beyond it the proposed value is what can be taken.
MOST = 500
Choices = list[tuple[str, str]]


def references(record_type: str, fields: Iterable[str]) -> dict[str, Choices]:
    """Field -> (key, name) of people, teams, segments, stages and products; one query per such field.

    Records are too many to choose from, so fields naming one have no list.
    """
    return {
        field: _named(record_type, field) for field in fields if subjects.is_reference(record_type, field)
    }


def agents_and_segments() -> tuple[Choices, Choices]:
    """Agents that may still propose, and the segments in their order; one query, as every list asks for both."""
    kind, place = Value("agent"), Value(0, output_field=models.SmallIntegerField())
    agent_rows = Agent.objects.filter(deactivated_at=None).values_list(
        kind, place, "name", Cast("pk", models.CharField())
    )
    segment_rows = Segment.objects.values_list(Value("segment"), "position", "name", F("name"))
    rows = sorted(agent_rows.order_by().union(segment_rows.order_by(), all=True))
    named = {of: [(key, name) for its, _, name, key in rows if its == of] for of in ("agent", "segment")}
    return named["agent"], named["segment"]


def all_agents() -> Choices:
    """Every agent there ever was, by the name that stands beside what it wrote."""
    return [(name, name) for name in Agent.objects.order_by("name").values_list("name", flat=True)[:MOST]]


def people() -> Choices:
    """Everybody, those who left too: what they wrote is still there."""
    return [(str(one.pk), str(one)) for one in User.objects.order_by("name", "pk")[:MOST]]


def workflow_versions() -> list[tuple[str, str]]:
    """Each pair of workflow name and version that made a suggestion, whoever runs it."""
    rows = WorkflowVersion.objects.order_by("workflow__name", "version").values_list(
        "workflow__name", "version"
    )
    return list(rows.distinct()[:MOST])


def sources() -> Choices:
    """Where values come from: the registered sources, and what people and reverts are called in the ledger."""
    names = {"person", "revert", *Source.objects.values_list("name", flat=True)[:MOST]}
    return [(name, name) for name in sorted(names)]


def fields_by_type() -> list[tuple[str, Choices]]:
    """Every governed field: ("Account", [("account.employees", "Employees"), ...])."""
    return [
        (
            record_type.replace("_", " ").capitalize(),
            sorted(
                (
                    (f"{record_type}.{field}", registry.label(record_type, field))
                    for field in fields_of(record_type)
                ),
                key=lambda one: one[1],
            ),
        )
        for record_type in registry.MODELS
    ]


def reasons() -> Choices:
    """The rules that hold suggestions for a person, in the words of the list."""
    return [(rule, WORDS[rule]) for rule, verdict in VERDICTS.items() if verdict is Verdict.QUEUE]


def action_kinds() -> Choices:
    return [(value, str(label)) for value, label in Action.choices]


def segments() -> Choices:
    """The segments of accounts; one query."""
    return [(name, name) for name in Segment.objects.values_list("name", flat=True)]


def _named(record_type: str, field: str) -> Choices:
    column = registry.column(record_type, field)
    model = cast("type[models.Model]", column.related_model)
    if issubclass(model, Governed):
        return []
    rows = model._default_manager.all()
    if model is User:
        rows = rows.filter(is_active=True)
    target = column.target_field.name  # type: ignore[attr-defined]
    return [(str(getattr(row, target)), str(row)) for row in rows[:MOST]]
