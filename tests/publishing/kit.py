"""A model in use with scores, a policy and a grant under which they may run, and a turn of the publisher."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from approvals.models import Agent, Suggestion, WorkflowVersion
from approvals.rules.bands import BandLine
from approvals.rules.policy import Policy, WorkflowLine
from approvals.rules.policy_checks import MOST_A_DAY, MOST_DAILY
from approvals.rules.vocabulary import Level
from approvals.services import gate, grants, policies, publishing, workflows_built_in
from approvals.services.publishing import Published
from crmgov.people.models import User
from crmgov.records.models import Account
from crmgov.records.services import owner_views
from scoring.models import Score, SegmentStanding, TrainedModel
from tests.decisions import scene
from tests.world import NOW, a_team, a_user, an_account

KIND = Score.Kind.CHURN_RISK
LATER = NOW + timedelta(minutes=5)
CALIBRATED = SegmentStanding.Standing.CALIBRATED
STANDS_DOWN = SegmentStanding.Standing.STANDS_DOWN


def a_model(version: int = 1, kind: str = KIND, *, card: dict[str, Any] | None = None) -> TrainedModel:
    """In use; the one before is retired."""
    TrainedModel.objects.filter(kind=kind, status="champion").update(status="retired", retired_at=NOW)
    return TrainedModel.objects.create(
        kind=kind,
        version=version,
        status="champion",
        method="logistic",
        schema="1",
        card=card or {"threshold": {"at": 0.4}},
        file=b"file",
        sha256="0" * 64,
        trained_at=NOW,
        trained_by="Ana Ruiz",
        review_due=date(2027, 2, 18),
        since=NOW,
    )


def standing(
    model: TrainedModel, segment: str = "mid", state: str = CALIBRATED, why: str = ""
) -> SegmentStanding:
    why = why or "On 412 outcomes 18 of 100 left and 18 were expected."
    row, _ = SegmentStanding.objects.update_or_create(
        trained=model,
        segment=segment,
        defaults={"standing": state, "why": why, "outcomes": 412, "positives": 74, "since": NOW},
    )
    return row


def a_score(record_id: UUID, value: str, model: TrainedModel, segment: str = "mid", **more: Any) -> Score:
    Score.objects.filter(record_id=record_id, kind=model.kind, trained=model).update(current=False)
    reasons = [
        {"criterion": "logins", "points": 80, "say": "No login for 30 days, after 24 in the 30 before."}
    ]
    values: dict[str, Any] = {
        "kind": model.kind,
        "record_type": "account",
        "record_id": record_id,
        "segment": segment,
        "value": Decimal(value),
        "reasons": reasons,
        "trained": model,
        "model": model.name,
        "model_version": str(model.version),
        "scored_at": NOW,
    }
    return Score.objects.create(**{**values, **more})


def customers(number: int, segment: str = "mid", *, first: int = 0, **values: Any) -> list[Account]:
    return [
        an_account(
            f"Quay {segment} {place}", team=a_team().pk, segment=segment, lifecycle="customer", **values
        )
        for place in range(first, first + number)
    ]


def let_run(model: TrainedModel, segment: str = "", **changes: Any) -> None:
    """Policy and a grant that let the scores of this model run by themselves."""
    scene.reviewer()
    policy(**changes)
    agent, version = registered(model)
    grants.grant(
        agent=agent,
        workflow_version=version,
        action="set_fields",
        field_group="scores",
        segment=segment,
        level="execute",
        reason="a test",
        user=scene.admin(),
        at=NOW,
    )


def registered(model: TrainedModel) -> tuple[Agent, WorkflowVersion]:
    """As the first turn would do it."""
    scene.admin()
    known = workflows_built_in.register(at=NOW, workflows=[publishing.WORKFLOW])
    assert known is not None
    version, _ = WorkflowVersion.objects.get_or_create(
        workflow=known.agent.workflows.get(name=publishing.WORKFLOW.name),
        version=publishing.WORKFLOW.version,
        model=publishing.name_of(model),
        defaults={"first_seen_at": NOW},
    )
    return known.agent, version


def policy(**changes: Any) -> None:
    given = {
        "quota_hour": MOST_A_DAY,
        "quota_day": MOST_A_DAY,
        "daily_actions": MOST_DAILY,
        "outcomes_needed": 1,
        **changes,
    }
    document = replace(
        Policy.from_json(gate.current_policy()[0].document, version=1),
        workflows=(WorkflowLine(workflow=publishing.WORKFLOW.name, level=Level.EXECUTE),),
        bands=(BandLine(workflow="*", action="*", group="*", segment="*", auto=0.0, floor=0.0),),
        **given,
    ).to_json()
    draft = policies.draft(document=document, rationale="a test", user=scene.admin(), at=NOW)
    policies.publish(draft_id=draft.pk, user=a_user("Olga Brandt", "admin"), at=NOW)


def publish(at: datetime = NOW) -> Published:
    """A turn of the publisher; what came of churn scores."""
    return publishing.publish(at=at)[KIND]


def view(account: Account, says: str, by: User) -> None:
    owner_views.give(account_id=account.pk, view=says, note="", user=by, at=NOW)


def proposed() -> Sequence[Suggestion]:
    rows = Suggestion.objects.filter(workflow_version__workflow__name=publishing.WORKFLOW.name)
    return list(rows.order_by("number"))
