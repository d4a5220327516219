"""Experiments with a letter: drafted by one person, started by another, ended by anybody who may or by an edit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Q

from approvals.models import Experiment, MessageTemplate, Steward, TemplateVersion, Workflow
from approvals.selectors import stewards
from approvals.workflows import BUILT_IN
from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound, Refused
from crmgov.people import admins, policy
from crmgov.people.models import User
from scoring.arms import MOST_HELD_OUT

LONGEST_DAYS = 90
# A tenth of a point nobody could ever tell from nothing.
LEAST, MOST_LEAST = Decimal("0.1"), Decimal(50)
WHY = "Say why, for whoever asks later."
# Whoever gets such a letter wrote to us first.
WAITED_FOR = frozenset({"support", "service"})


class SecondPersonNeeded(NotAllowed):
    """Who drafted an experiment does not start it alone."""


class Runs(Refused):
    """It was started already. End it, then draft the next one."""


class Over(Refused):
    """This experiment is over. Draft another one."""


class OldText(Refused):
    """One of its texts was edited since it was drafted. Withdraw it, and draft it with the newest ones."""


class LetterTaken(Refused):
    """Another experiment runs with this letter. End that first: one text is compared with one other at a time."""


class TextTaken(Refused):
    """One of its texts is in another experiment that runs. End that first: nobody could tell whose letter it was."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is tried: the template `letter_id` as the workflow writes it, against the template `variant_id`."""

    name: str
    hypothesis: str
    workflow_id: int
    letter_id: int
    variant_id: int
    holdout: int
    goal: str
    days: int
    least: Decimal


def may_run(user: User) -> bool:
    """Admins, and the steward of experiments."""
    if policy.may(user, policy.Act.ADMINISTER):
        return True
    steward = stewards.of(Steward.Duty.EXPERIMENTS)
    return steward is not None and user.is_active and steward.person_id == user.pk


@transaction.atomic(durable=True)
def draft(*, plan: Plan, user: User, at: datetime) -> Experiment:
    """Keep the plan, for a second person to start. Raises NotAllowed, Invalid."""
    _require(user)
    errors = _about_words(plan) | _about_numbers(plan)
    workflow = Workflow.objects.filter(pk=plan.workflow_id, agent__built_in=True).first()
    control, variant = _newest(plan.letter_id), _newest(plan.variant_id)
    errors |= _about_texts(workflow, control, variant) | _about_holdout(plan, control)
    if errors or workflow is None or control is None or variant is None:
        raise Invalid(" ".join(errors.values()), errors)
    return Experiment.objects.create(
        name=plan.name.strip(),
        hypothesis=plan.hypothesis.strip(),
        workflow=workflow,
        control=control,
        variant=variant,
        holdout=plan.holdout,
        goal=plan.goal,
        days=plan.days,
        least=plan.least,
        drafted_by=user,
        drafted_at=at,
    )


@transaction.atomic(durable=True)
def start(*, experiment_id: int, user: User, at: datetime) -> Experiment:
    """From now on the workflow writes by it. Raises NotAllowed, NotFound, SecondPersonNeeded, Runs, Over, OldText,
    LetterTaken, TextTaken.
    """
    _require(user)
    experiment = _locked(experiment_id)
    _lock_texts(experiment)
    if experiment.ended_at is not None:
        raise Over
    if experiment.started_at is not None:
        raise Runs
    if refused := why_not(experiment, user, at):
        raise SecondPersonNeeded(refused)
    if has_old_text(experiment):
        raise OldText
    if _is_taken(experiment):
        raise TextTaken
    experiment.started_by, experiment.started_at = user, at
    experiment.sole_admin = experiment.drafted_by_id == user.pk
    try:
        with transaction.atomic():
            experiment.save(update_fields=["started_by", "started_at", "sole_admin"])
    except IntegrityError as error:
        raise LetterTaken from error
    return experiment


@transaction.atomic(durable=True)
def end(*, experiment_id: int, why: str, user: User, at: datetime) -> Experiment:
    """Everybody gets the letter as it was again; a draft is withdrawn. Raises NotAllowed, NotFound, Over, Invalid."""
    _require(user)
    experiment = _locked(experiment_id)
    if experiment.ended_at is not None:
        raise Over
    if not why.strip():
        raise Invalid(WHY, {"why": WHY})
    experiment.ended_by, experiment.ended_at, experiment.ended_why = user, at, why.strip()[:300]
    experiment.save(update_fields=["ended_by", "ended_at", "ended_why"])
    return experiment


def end_with(kept: TemplateVersion, *, user: User, at: datetime) -> int:
    """An edit makes another text of it: what runs with the one before ends. Joins the caller's transaction."""
    texts = Q(control__template=kept.template) | Q(variant__template=kept.template)
    running = Experiment.objects.filter(texts, started_at__isnull=False, ended_at=None)
    keys = list(running.select_for_update(of=("self",)).values_list("pk", flat=True))
    why = f"“{kept.template}” was edited: version {kept.number} is another text."
    return Experiment.objects.filter(pk__in=keys).update(ended_by=user, ended_at=at, ended_why=why)


def why_not(experiment: Experiment, user: User, at: datetime) -> str:
    """Why this person does not start it, or not yet; empty where they may."""
    if experiment.drafted_by_id != user.pk:
        return ""
    steward = stewards.of(Steward.Duty.EXPERIMENTS)
    other = admins.other_than(user.pk)
    if other is None and steward is not None and steward.person_id != user.pk:
        other = steward.person
    if other is not None:
        return f"You drafted it, so somebody else starts it: ask {other}."
    ripe = experiment.drafted_at + admins.SOLE_ADMIN_WAITS
    if at < ripe:
        return f"Nobody else could start it, so this waits a day: start it from {ripe:%d %b %H:%M} UTC."
    return ""


def has_old_text(experiment: Experiment) -> bool:
    """Whether a newer version of one of its texts was saved."""
    return any(_newest(one.template_id) != one for one in (experiment.control, experiment.variant))


def letters(workflows: Iterable[Workflow]) -> list[tuple[Workflow, MessageTemplate]]:
    """What can be tried: each of these workflows with each template it writes by."""
    written = {one.name: [letter.name for letter in one.letters] for one in BUILT_IN}
    named = {name for names in written.values() for name in names}
    templates = {row.name: row for row in MessageTemplate.objects.filter(name__in=named)}
    return [
        (workflow, templates[name])
        for workflow in workflows
        for name in written.get(workflow.name, ())
        if name in templates
    ]


def _require(user: User) -> None:
    if not may_run(user):
        raise NotAllowed("Admins and the steward of experiments draft, start and end experiments.")


def _locked(experiment_id: int) -> Experiment:
    rows = Experiment.objects.select_for_update(of=("self",)).select_related(
        "control__template", "variant__template", "drafted_by"
    )
    experiment = rows.filter(pk=experiment_id).first()
    if experiment is None:
        raise NotFound("There is no such experiment.")
    return experiment


def _lock_texts(experiment: Experiment) -> None:
    """An edit waits until it is started, and then ends it."""
    keys = [experiment.control.template_id, experiment.variant.template_id]
    list(MessageTemplate.objects.select_for_update().filter(pk__in=keys).order_by("pk"))


def _is_taken(experiment: Experiment) -> bool:
    """Whether one of its texts is in another that runs; the same letter of the same workflow the database refuses."""
    mine = (experiment.control.template_id, experiment.variant.template_id)
    there = Q(variant__template__in=mine) | Q(control__template=experiment.variant.template_id)
    running = Experiment.objects.filter(started_at__isnull=False, ended_at=None)
    same = Q(workflow=experiment.workflow_id, control=experiment.control_id)
    return running.filter(there).exclude(same).exists()


def _newest(template_id: int) -> TemplateVersion | None:
    rows = TemplateVersion.objects.select_related("template").filter(template=template_id)
    return rows.order_by("-number").first()


def _about_words(plan: Plan) -> dict[str, str]:
    errors = {}
    if not plan.name.strip():
        errors["name"] = "Give it a name."
    if not plan.hypothesis.strip():
        errors["hypothesis"] = "Say what you expect, and why: it is read beside the result."
    if plan.goal not in Experiment.Goal.values:
        errors["goal"] = "Choose what it is judged by."
    return errors


def _about_numbers(plan: Plan) -> dict[str, str]:
    errors = {}
    if not 0 <= plan.holdout <= MOST_HELD_OUT:
        errors["holdout"] = f"Between 0 and {MOST_HELD_OUT} %: at least half get a letter."
    if not 1 <= plan.days <= LONGEST_DAYS:
        errors["days"] = f"Between 1 and {LONGEST_DAYS} days."
    if not LEAST <= plan.least <= MOST_LEAST:
        errors["least"] = f"Between {LEAST} and {MOST_LEAST} percentage points."
    return errors


def _about_holdout(plan: Plan, control: TemplateVersion | None) -> dict[str, str]:
    """Nobody who waits for an answer goes without one for the sake of a number."""
    if not 0 < plan.holdout <= MOST_HELD_OUT or control is None or control.template.purpose not in WAITED_FOR:
        return {}
    return {
        "holdout": f"“{control.template}” is for {control.template.purpose}: they wait for it, "
        "so nobody is left without it. Say 0."
    }


def _about_texts(
    workflow: Workflow | None, control: TemplateVersion | None, variant: TemplateVersion | None
) -> dict[str, str]:
    if workflow is None or control is None:
        return {"letter": "Choose a letter that a workflow of ours writes."}
    if control.template not in [template for _, template in letters([workflow])]:
        return {"letter": f"{workflow} does not write by the template “{control.template}”."}
    if variant is None:
        return {"variant": "Choose the text it is compared with."}
    if variant.template_id == control.template_id:
        return {"variant": "That is the letter itself. Choose another template, or write one."}
    if variant.template in [template for _, template in letters([workflow])]:
        return {
            "variant": f"{workflow} writes “{variant.template}” itself, so nobody could tell whose letter it was. "
            "Choose another template, or write one."
        }
    if variant.template.purpose != control.template.purpose:
        return {
            "variant": f"“{variant.template}” is for {variant.template.purpose} and the letter for "
            f"{control.template.purpose}. Consent is asked for one purpose: choose a text for the same."
        }
    return {}
