"""An experiment with the welcome of a trial, and what the workflow that writes it costs."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from approvals.models import MessageTemplate, TemplateVersion, Workflow
from approvals.services import experiments, templates_kept, workflow_costs
from approvals.services.experiments import Plan
from approvals.workflows.letters import WELCOME
from approvals.workflows.trial_sequence import TrialSequence
from crmgov.demo.cast import Cast

# Who drafts does not start.
AUTHOR, STARTER = "ana", "daniel"
OTHER = "Trial welcome, one question"
TEXT = (
    "<p>Dear {{ contact.first_name }},</p><p>your trial has begun. What is the one thing you want to find out?</p>"
    "<p>One line is enough, and I look into it myself.</p><p>{{ owner.name }}</p>"
)


def write_the_other(cast: Cast, at: datetime) -> TemplateVersion:
    """The text that the welcome is compared with."""
    return templates_kept.make(
        name=OTHER,
        purpose=WELCOME.purpose,
        subject="One question, {{ contact.first_name }}",
        body=TEXT,
        why="Three things to do at once may be two too many.",
        user=cast[AUTHOR],
        at=at,
    )


def run(cast: Cast, at: datetime) -> None:
    """Drafted by one admin, started by the other; nobody is held out of a trial that they asked for."""
    workflow = Workflow.objects.get(name=TrialSequence.name)
    plan = Plan(
        name="One question instead of three things",
        hypothesis="Who is asked one thing writes back more often than who is given three things to do.",
        workflow_id=workflow.pk,
        letter_id=MessageTemplate.objects.get(name=WELCOME.name).pk,
        variant_id=MessageTemplate.objects.get(name=OTHER).pk,
        holdout=0,
        goal="reply",
        days=7,
        least=Decimal(5),
    )
    drafted = experiments.draft(plan=plan, user=cast[AUTHOR], at=at)
    experiments.start(experiment_id=drafted.pk, user=cast[STARTER], at=at)
    workflow_costs.save(
        workflow_id=workflow.pk,
        labour_hour=Decimal(55),
        build=Decimal(0),
        running_month=Decimal(20),
        why="Came with crmgov; a share of the server.",
        user=cast[AUTHOR],
        at=at,
    )
