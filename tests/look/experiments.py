"""Experiments in every state: drafted, running with somebody in it, ended; and forms with mistakes."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django.urls import reverse
from django.utils import timezone

from approvals.models import Experiment
from approvals.selectors.messages import name_of
from approvals.services import experiment_arms, experiments, workflow_costs
from approvals.workflows import Step, Value
from tests.look.state import State
from tests.messages import scene as messages
from tests.security.world import World

PEOPLE = 3


def states(world: World) -> list[State]:
    """The one of the world runs, with a few people in it, and says what it can of so few."""
    at, ana = timezone.now(), world.people["admin"]
    running = Experiment.objects.get(pk=world.ids["experiment"])
    experiments.start(experiment_id=running.pk, user=ana, at=at - timedelta(days=20))
    letter = Value("template", name_of(running.control).rpartition("@")[0])
    due = [
        Step(
            "send_message", "contact", messages.reader(f"tried{n}@wharf.example").pk, (letter,), "a test", 0.9
        )
        for n in range(PEOPLE)
    ]
    experiment_arms.chosen(running.workflow_id, [(one, None) for one in due], at - timedelta(days=19))
    workflow_costs.save(
        workflow_id=running.workflow_id,
        labour_hour=Decimal(60),
        build=Decimal(0),
        running_month=Decimal(10),
        why="a test",
        user=ana,
        at=at,
    )
    here = reverse("approvals:experiment", args=[running.pk])
    new, cost = (
        reverse("approvals:experiment_new"),
        reverse("approvals:workflow_cost", args=[running.workflow_id]),
    )
    return [
        State("an experiment that runs", here),
        State("an experiment, one arm", f"{here}?arm=b"),
        State("422, an experiment", new, post={"holdout": "80", "name": ""}, status=422),
        State("422, ended without a word", f"{here}end", post={"why": ""}, status=422),
        State("409, started again", f"{here}start", post={}, status=409),
        State("its workflow", reverse("approvals:workflow", args=[running.workflow_id])),
        State("its template", reverse("approvals:template", args=[running.variant.template_id])),
        State("costs, once more", cost),
        State("422, costs", cost, post={"labour_hour": "much", "why": ""}, status=422),
    ]
