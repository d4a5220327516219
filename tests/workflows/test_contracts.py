"""What a contract says is what the gate does; each save is a revision that stays."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest
from django.db import DatabaseError, transaction

from approvals.models import Execution, Suggestion, WorkflowContract
from approvals.rules.vocabulary import Level
from approvals.services import contracts, executions, regating
from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound
from tests.decisions import scene
from tests.workflows import kit
from tests.world import NOW, a_team, a_ticket, a_user, change

pytestmark = pytest.mark.django_db


def findings(suggestion: Suggestion) -> list[str]:
    reading = suggestion.readings.latest("pk")
    return [found["sentence"] for found in reading.findings if found["rule"] == "not_eligible"]


def test_without_a_contract_nothing_is_left_out() -> None:
    assert scene.propose(scene.account(), region="EMEA").status == "queued"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"writes": ["account.industry"]}, "does not let it write Employees"),
        ({"actions": ["create_task"]}, "leaves out the action “set_fields”"),
        ({"record_types": ["contact"]}, "leaves out records of the type “account”"),
        ({"segments": ["mid"]}, "leaves out accounts without a segment"),
        ({"excluded": ["strategic"]}, "leaves out strategic accounts"),
        ({"excluded": ["open_ticket"]}, "leaves out accounts with an open ticket"),
    ],
)
def test_what_the_contract_leaves_out_is_blocked(changes: dict[str, Any], said: str) -> None:
    account = scene.account(segment="small") if "segments" not in changes else scene.account()
    change("account", account.pk, strategic=True)
    a_ticket(account=account.pk)
    if "segments" in changes:
        scene.account("Another", segment="mid")
    kit.sign(**changes)
    blocked = scene.propose(account, employees=310)
    assert blocked.status == "blocked"
    (sentence,) = findings(blocked)
    assert said in sentence


def test_what_the_contract_names_goes_on() -> None:
    kit.sign(excluded=["strategic", "open_ticket"])
    suggestion = scene.propose(scene.account(), employees=310)
    assert suggestion.status == "queued"
    assert suggestion.contract == WorkflowContract.objects.get()


def test_without_the_rule_the_contract_would_be_paper() -> None:
    """The guard taken out: what is named above to be blocked then waits like anything else."""
    kit.sign(writes=["account.industry"])
    with patch("approvals.services.terms.of", return_value=None):
        assert scene.propose(scene.account(), employees=310).status == "queued"


def test_what_needs_the_history_of_an_account_never_runs_by_itself() -> None:
    scene.publish(level=Level.EXECUTE)
    scene.grant(scene.propose(scene.account("First"), employees=300))
    assert scene.propose(scene.account("Second"), employees=301, level="execute").status == "approved"
    kit.sign(needs_history=True)
    held = scene.propose(scene.account("Third"), employees=302, level="execute")
    assert (held.status, held.level) == ("queued", "draft")


def test_a_stricter_contract_stops_what_is_open_and_what_is_approved_by_policy() -> None:
    scene.publish(level=Level.EXECUTE)
    scene.grant(scene.propose(scene.account("First"), employees=300))
    pending = scene.propose(scene.account("Second"), employees=301, level="execute")
    waiting = scene.propose(scene.account("Third"), region="EMEA")
    regating.follow_policy(at=NOW)
    kit.sign(writes=["account.industry"])
    regating.follow_policy(at=scene.LATER)
    waiting.refresh_from_db()
    assert waiting.status == "blocked"
    executions.drain(at=scene.LATER)
    execution = Execution.objects.get(suggestion=pending)
    assert execution.status == "cancelled"
    assert "does not let it write Employees" in execution.note


def test_the_clock_judges_by_a_contract_once() -> None:
    waiting = scene.propose(scene.account(), employees=310)
    kit.sign()
    assert regating.follow_policy(at=scene.LATER) == 1
    assert regating.follow_policy(at=scene.LATER) == 0
    waiting.refresh_from_db()
    assert (waiting.status, waiting.contract) == ("queued", WorkflowContract.objects.get())


def test_the_contract_promises_a_decision_sooner_and_never_later() -> None:
    before = scene.propose(scene.account("First"), region="EMEA")
    kit.sign(sla_hours=2, writes=["account.region"])
    sooner = scene.propose(scene.account("Second"), region="EMEA")
    kit.sign(sla_hours=900, writes=["account.region"])
    later = scene.propose(scene.account("Third"), region="EMEA")
    assert sooner.sla_due_at == NOW + timedelta(hours=2)
    assert later.sla_due_at == before.sla_due_at


def test_each_save_is_a_revision_and_nothing_rewrites_one() -> None:
    first, second = kit.sign(), kit.sign(sla_hours=8)
    assert [first.number, second.number] == [1, 2]
    with pytest.raises(contracts.Overtaken, match="meanwhile"):
        contracts.save(
            workflow_id=first.workflow_id,
            clauses=kit.clauses(),
            against=1,
            why="late",
            user=scene.admin(),
            at=NOW,
        )
    with pytest.raises(DatabaseError), transaction.atomic():
        WorkflowContract.objects.filter(pk=first.pk).update(sla_hours=1)


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"record_types": []}, "record_types", "at least one type"),
        ({"record_types": ["invoice"]}, "record_types", "no record type “invoice”"),
        ({"actions": ["merge"]}, "actions", "no action “merge”"),
        ({"excluded": ["friends"]}, "excluded", "no exclusion “friends”"),
        ({"segments": ["huge"]}, "segments", "no segment “huge”"),
        ({"writes": ["account.colour"]}, "writes", "“account.colour” is no field"),
        ({"writes": ["account.owner_view"]}, "writes", "never written by AI"),
        ({"reads": ["industry"]}, "reads", "record.field"),
        ({"sla_hours": 0}, "sla_hours", "business hours"),
        ({"minutes_saved": Decimal(-1)}, "minutes_saved", "480 minutes"),
        ({"started_on": date(2026, 12, 24)}, "started_on", "today at the latest"),
        ({"review_due": date(2026, 11, 20)}, "review_due", "after today"),
        ({"metric": "charm"}, "metric", "judged by"),
        ({"metric": "empty"}, "metric_field", "Name the field"),
        ({"metric_field": "account.industry"}, "metric_field", "leave it empty"),
        ({"trigger": " "}, "trigger", "what starts it"),
        ({"owner_id": 0}, "owner", "active here"),
    ],
)
def test_a_contract_that_cannot_stand_is_refused_with_a_sentence(
    changes: dict[str, Any], field: str, said: str
) -> None:
    with pytest.raises(Invalid) as refused:
        kit.sign(**changes)
    assert said in refused.value.errors[field]
    assert not WorkflowContract.objects.exists()


def test_only_an_admin_writes_one() -> None:
    workflow = kit.the_workflow()
    for person in (
        scene.reviewer(),
        a_user("Ines Falk", "auditor"),
        a_user("Tom", "account_manager", a_team()),
    ):
        with pytest.raises(NotAllowed):
            contracts.save(
                workflow_id=workflow.pk, clauses=kit.clauses(), against=0, why="x", user=person, at=NOW
            )
    with pytest.raises(NotFound):
        contracts.save(
            workflow_id=987_654, clauses=kit.clauses(), against=0, why="x", user=scene.admin(), at=NOW
        )
