"""Experiments where workflows write: whose letter is which text, and who gets none. Nothing is written by them else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from approvals.models import Assignment, Experiment, LetterDue
from approvals.workflows import Step
from crmgov.records.models import Contact
from scoring.arms import Arm, arm_of

from .workflow_messages import SEND, template_of

Why = TypeVar("Why")
Unit = tuple[int, UUID]


def chosen(workflow_id: int, steps: Sequence[tuple[Step, Why]], at: datetime) -> list[tuple[Step, Why]]:
    """The steps with the text of each arm, and without the letters of those who are held out.

    Who is asked about for the first time is assigned here. Joins the caller's transaction; one query without an
    experiment, none without messages.
    """
    letters = [step for step, _ in steps if step.action == SEND]
    running = _running(workflow_id) if letters else {}
    due = [(running[template_of(step)], step.record_id) for step in letters if template_of(step) in running]
    if not due:
        return list(steps)
    arms = _assigned(due, at)
    found = []
    for step, why in steps:
        experiment = running.get(template_of(step)) if step.action == SEND else None
        if experiment is None:
            found.append((step, why))
            continue
        arm = arms[experiment.pk, step.record_id]
        if arm == Arm.VARIANT:
            found.append((_by(step, experiment.variant.template.name), why))
        elif arm == Arm.CONTROL:
            found.append((step, why))
    return found


def compared(workflow_id: int) -> frozenset[str]:
    """The names of all templates that are tried against each other just now: word for word, or it says nothing."""
    found = _running(workflow_id)
    return frozenset(found) | {one.variant.template.name for one in found.values() if one.variant}


def _running(workflow_id: int) -> dict[str, Experiment]:
    """By the name of the letter."""
    rows = Experiment.objects.filter(workflow=workflow_id, started_at__isnull=False, ended_at=None)
    return {
        row.control.template.name: row
        for row in rows.select_related("control__template", "variant__template")
    }


def _assigned(due: Iterable[tuple[Experiment, UUID]], at: datetime) -> dict[Unit, str]:
    """By experiment and contact: the arm, kept since the first time."""
    pairs = list(due)
    units = _units({contact for _, contact in pairs})
    wanted = {(one.pk, units[contact]): one for one, contact in pairs}
    Assignment.objects.bulk_create(
        [
            Assignment(
                experiment=one,
                unit=unit,
                arm=arm_of(experiment=one.pk, unit=unit, holdout=one.holdout),
                at=at,
            )
            for (_, unit), one in sorted(wanted.items())
        ],
        ignore_conflicts=True,
    )
    rows = Assignment.objects.filter(
        experiment__in={one.pk for one, _ in pairs}, unit__in=set(units.values())
    )
    kept = {(row.experiment_id, row.unit): row for row in rows}
    people = {(one.pk, contact): kept[one.pk, units[contact]] for one, contact in pairs}
    LetterDue.objects.bulk_create(
        [
            LetterDue(assignment=row, contact_id=contact, at=at)
            for (_, contact), row in sorted(people.items())
        ],
        ignore_conflicts=True,
    )
    return {key: row.arm for key, row in people.items()}


def _units(contacts: set[UUID]) -> dict[UUID, UUID]:
    """The account of each contact, or the contact where it has none."""
    rows = Contact.objects.filter(pk__in=contacts).values_list("pk", "account_id")
    return {contact: account or contact for contact, account in rows}


def _by(step: Step, template: str) -> Step:
    """The same letter by another template."""
    values = tuple(
        replace(value, proposed=template) if value.field == "template" else value for value in step.values
    )
    return replace(step, values=values)
