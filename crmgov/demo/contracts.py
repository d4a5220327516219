"""What four of the workflows may touch and who answers for them; nobody has written down the others yet."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from approvals.models import Workflow, WorkflowContract
from approvals.services import contracts, stewards
from approvals.services.contracts import Clauses
from crmgov.demo.voices import Stage

FIRMOGRAPHICS = ("account.industry", "account.employees", "account.region", "account.domain")


def sign(stage: Stage) -> None:
    """Ana writes four of them down, two months ago."""
    clock = stage.clock
    at = clock.ago(days=61)
    started = at.date() - timedelta(days=3)
    _sign(
        stage,
        "enrich",
        _enrichment(stage, started=clock.ago(days=396), at=at),
        "It was only in our heads.",
        at,
    )
    _sign(stage, "notes", _notes(stage, at), "Legal asked who reads the notes.", at)
    _sign(stage, "pipeline", _pipeline(stage, at), "Stages decide the forecast.", at)
    health = replace(_health(stage, at), started_on=started)
    _sign(stage, "health", health, "Scores steer who calls whom.", at)


def widen(stage: Stage) -> None:
    """Two days later enrichment may look up people's numbers too."""
    at = stage.clock.ago(days=59)
    before = _enrichment(stage, started=stage.clock.ago(days=396), at=at)
    wider = replace(
        before,
        record_types=("account", "contact"),
        reads=(*before.reads, "contact.email"),
        writes=(*FIRMOGRAPHICS, "contact.phone", "contact.title", "contact.language"),
    )
    _sign(stage, "enrich", wider, "Firmdata knows direct numbers now.", at)


def name_stewards(stage: Stage) -> None:
    """Two are named; nobody answers for experiments yet."""
    at = stage.clock.ago(days=58)
    for duty, key, why in (
        ("data_quality", "tom", "He knows every import by its mistakes."),
        ("consent", "priya", "She answers the letters."),
    ):
        stewards.name(duty=duty, person=stage.cast[key], why=why, user=stage.cast["ana"], at=at)


def _sign(stage: Stage, key: str, clauses: Clauses, why: str, at: datetime) -> None:
    voice = stage[key]
    workflow = Workflow.objects.filter(name=voice.character.workflow, agent=voice.agent).first()
    if workflow is None:
        workflow = Workflow.objects.create(name=voice.character.workflow, agent=voice.agent, first_seen_at=at)
    last = WorkflowContract.objects.filter(workflow=workflow).first()
    contracts.save(
        workflow_id=workflow.pk,
        clauses=clauses,
        against=last.number if last else 0,
        why=why,
        user=stage.cast["ana"],
        at=at,
    )


def _enrichment(stage: Stage, *, started: datetime, at: datetime) -> Clauses:
    return Clauses(
        owner_id=stage.cast["daniel"].pk,
        trigger="Every night, for accounts and people whose firmdata entry changed.",
        record_types=("account",),
        actions=("set_fields",),
        reads=("account.name", "account.domain", "account.industry"),
        writes=FIRMOGRAPHICS,
        review_rule="Daniel looks at ten of a week, drawn by chance.",
        sla_hours=40,
        rollback_rule="All of a version, when two of the ten are wrong.",
        metric="empty",
        metric_field="account.industry",
        started_on=started.date(),
        minutes_saved=Decimal("3.5"),
        review_due=at.date() + timedelta(days=90),
    )


def _notes(stage: Stage, at: datetime) -> Clauses:
    return replace(
        _enrichment(stage, started=at, at=at),
        owner_id=stage.cast["ana"].pk,
        trigger="A meeting note or mail on an account or a deal.",
        record_types=("account", "contact", "opportunity"),
        actions=("set_fields", "create_task"),
        reads=("opportunity.next_step", "account.buying_timeline"),
        writes=(
            "opportunity.next_step", "opportunity.close_date", "opportunity.forecast_category",
            "account.buying_timeline", "contact.lifecycle",
        ),
        needs_history=True,
        review_rule="Whoever owns the account reads every one.",
        rollback_rule="One by one, from the record.",
        metric="kept",
        metric_field="",
        minutes_saved=Decimal(6),
        review_due=at.date() + timedelta(days=45),
    )  # fmt: skip


def _pipeline(stage: Stage, at: datetime) -> Clauses:
    return replace(
        _notes(stage, at),
        owner_id=stage.cast["daniel"].pk,
        trigger="A deal whose close date has passed, or that changed its stage elsewhere.",
        record_types=("opportunity",),
        actions=("set_fields", "move_stage", "create_record"),
        writes=(
            "opportunity.stage", "opportunity.close_date", "opportunity.amount", "opportunity.currency",
            "opportunity.name", "opportunity.owner", "opportunity.product", "opportunity.account",
            "opportunity.next_step", "opportunity.forecast_category", "opportunity.closed_reason",
        ),
        metric="hours",
        minutes_saved=Decimal(4),
        review_due=at.date() + timedelta(days=120),
    )  # fmt: skip


def _health(stage: Stage, at: datetime) -> Clauses:
    return replace(
        _enrichment(stage, started=at, at=at),
        owner_id=stage.cast["ana"].pk,
        trigger="Every Monday, for every customer.",
        reads=("account.churn_score", "account.lifecycle", "account.annual_value"),
        writes=("account.churn_score",),
        metric="stale",
        metric_field="account.churn_score",
        minutes_saved=Decimal(1),
        review_due=at.date() + timedelta(days=100),
    )
