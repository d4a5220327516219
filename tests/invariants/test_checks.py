"""check_invariants: quiet over a real story, loud over each broken promise."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connections, transaction
from django.test import Client

from approvals.api import problems
from approvals.models import GateReading, InvariantResult, Suggestion
from approvals.rules.vocabulary import Level
from approvals.services import arrivals, invariants, pauses, taking_up
from approvals.services.invariants import kinds, replay
from crmgov.records.models import Activity, ChangeSet, Stage
from crmgov.records.services import edits, reverts
from tests.decisions import scene
from tests.world import NOW, a_user, an_opportunity

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).parents[2]
SEALED = ("records_changeset", "records_fieldchange", "approvals_decision", "approvals_attempt")
GOVERNED = ("records_account", "records_opportunity")

# What breaks each promise, once the guards that would refuse it are taken away.
SABOTAGE = {
    "F1": "UPDATE records_account SET employees = 7 WHERE name = 'Polder Freight'",
    "F2": "UPDATE records_fieldchange SET old = '1' WHERE field = 'employees' AND old IS NOT NULL",
    "F3": "UPDATE records_changeset SET actor_type = 'ai' WHERE id IN ("
    "SELECT change_set_id FROM records_fieldchange WHERE field = 'stage')",
    "F4": "UPDATE records_changeset SET actor_type = 'ai' WHERE id = "
    "(SELECT max(change_set_id::text)::uuid FROM records_fieldchange WHERE field = 'annual_value')",
    "F5": "UPDATE records_changeset SET reverses = NULL WHERE suggestion_id IS NOT NULL",
    "F6": "UPDATE approvals_decision SET payload = jsonb_set(payload, '{0,edits,0,field}', '\"region\"') "
    "WHERE kind = 'approve'",
    "R1": "UPDATE records_fieldchange SET new = '5' WHERE change_set_id IN "
    "(SELECT id FROM records_changeset WHERE reverses IS NOT NULL)",
    "R2": "UPDATE records_fieldchange SET old = '5' WHERE change_set_id IN "
    "(SELECT id FROM records_changeset WHERE reverses IS NOT NULL)",
    "R3": "UPDATE records_changeset SET reverses = NULL WHERE authority = 'revert'",
    "D1": "UPDATE approvals_suggestion SET status = 'approved' WHERE status = 'rejected'",
    "D2": "UPDATE approvals_execution SET payload_digest = repeat('0', 64)",
    "D3": "UPDATE approvals_decision SET agent_owner_id = person_id WHERE person_id IS NOT NULL",
    "D7": "UPDATE approvals_suggestion SET status = 'superseded' WHERE status = 'approved'",
    "D9": "UPDATE approvals_grant SET granted_at = '2020-01-01'; INSERT INTO approvals_cellstanding (cell_id, "
    "demoted_at, kept, failed, e_value, drawn, wrong, waiting, fall_e_value, alarms) "
    "SELECT id, '2021-01-01', 0, 0, 1, 0, 0, 0, 1, 0 FROM approvals_cell",
    "H2": "UPDATE approvals_decision SET digest = 'none'",
    "H3": "UPDATE approvals_suggestion SET claimed_by_id = (SELECT min(id) FROM people_user), "
    "claimed_until = now() + interval '1 hour' WHERE status = 'queued'",
    "A1": "ALTER TABLE approvals_attempt DISABLE TRIGGER USER",
    "A3": "UPDATE records_changeset SET actor_label = ''",
    "A5": "UPDATE records_fieldchange SET new = '\"forged\"' WHERE field = 'name'",
    "X1": "UPDATE approvals_suggestion SET team_id = NULL WHERE status = 'queued'",
    "X1 of activities": "UPDATE records_activity SET team_id = NULL",
    "L1": "UPDATE approvals_execution SET status = 'pending', due_at = now() - interval '1 hour'",
    "L2": "DELETE FROM approvals_queuemembership",
    "L3": "UPDATE approvals_pauseswitch SET paused_at = '2026-01-01', lifted_at = NULL",
    "L4": "UPDATE approvals_waitingevent SET status = 'waiting'",
}


@pytest.fixture(autouse=True)
def as_the_owner(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Sabotage is done and looked at in one transaction of the owner, and rolled back."""
    if "sabotage" in request.node.name:
        monkeypatch.setattr(kinds, "connection", connections["owner"])
        monkeypatch.setattr(replay, "connection", connections["owner"])


def found(*ids: str) -> dict[str, invariants.Finding]:
    return {finding.invariant: finding for finding in invariants.check_all(at=NOW, only=ids)}


def story() -> None:
    """Approved, edited, rejected, executed by itself, reverted, paused; one still waits."""
    sara, admin = scene.reviewer(), scene.admin()
    scene.publish(level=Level.EXECUTE)
    account = scene.account()
    scene.approve(first := scene.propose(account, employees=310), sara)
    scene.run(first)
    scene.grant(first)
    scene.reject(scene.propose(account, region="Nordics"), sara)
    by_itself = scene.propose(scene.account("Vantry Robotics"), level="execute", employees=90)
    assert by_itself.status == "approved", by_itself.rules
    scene.run(by_itself)
    Stage.objects.create(name="Negotiation")
    deal = an_opportunity(team=account.team_id, stage="Proposal")
    moved = scene.propose_raw(
        {
            "record": {"type": "opportunity", "id": str(deal.pk)},
            "action": "move_stage",
            "items": [{"field": "stage", "seen": "Proposal", "proposed": "Negotiation"}],
            "level": "draft",
            "confidence": 0.97,
        }
    )
    scene.approve(moved, sara)
    scene.run(moved)
    sent = {"kind": "form", "occurred_at": NOW.isoformat(), "person": {"email": "ida@berg.example"}}
    arrivals.receive(events=[sent], agent=scene.an_agent(), at=NOW, told=problems.body_of)
    scene.reject(Suggestion.objects.get(action="create_record"), sara)
    assert taking_up.take_up(at=scene.LATER) == 1
    written = ChangeSet.objects.get(suggestion_id=first.pk)
    reverts.revert(change_set_id=written.pk, user=admin, reason="Wrong site", at=scene.LATER)
    for typed in ("90000", "96000"):
        account.refresh_from_db()
        edits.save(
            record_type="account",
            record_id=account.pk,
            seen={},
            values={"annual_value": typed},
            user=admin,
            reason="",
            at=scene.LATER,
        )
    paused = pauses.pause(scope="all", reason="Odd", user=admin, at=scene.LATER + timedelta(minutes=1))
    pauses.lift(pause_id=paused.pk, user=admin, at=scene.LATER + timedelta(minutes=2))
    scene.propose(scene.account("Skarholm Paper"), employees=310)
    Activity.objects.create(
        kind="call", account=account, team_id=account.team_id, occurred_at=NOW, recorded_at=NOW
    )


def test_a_story_breaks_no_promise() -> None:
    story()
    findings = found()
    broken = {f.invariant: f.examples for f in findings.values() if f.violations}
    assert broken == {}
    for invariant in {name.split()[0] for name in SABOTAGE} - {"H3"}:
        assert findings[invariant].outcome == "ok", findings[invariant]
    assert InvariantResult.objects.get(invariant="F1").outcome == "ok"


def test_each_sabotage_is_seen_by_its_own_check() -> None:
    """Proof that no check is a check that cannot fail."""
    story()
    unseen = []
    for invariant, sql in SABOTAGE.items():
        with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
            for table in (*SEALED, *GOVERNED):
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            cursor.execute(sql)
            check = next(check for check in invariants.CHECKS if check.invariant == invariant.split()[0])
            finding = check.ask()
            if finding.outcome != "VIOLATED" or not finding.examples:
                unseen.append((invariant, finding))
            transaction.set_rollback(True, using="owner")
    assert unseen == []


def test_a_right_slipped_to_the_running_role_is_seen() -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("GRANT UPDATE ON records_changeset TO crmgov_app")
        try:
            finding = found("A1")["A1"]
        finally:
            cursor.execute("REVOKE UPDATE ON records_changeset FROM crmgov_app")
    assert finding.examples == ("records_changeset: UPDATE is granted to crmgov_app",)
    assert found("A1")["A1"].outcome == "ok"


def test_a_reading_that_reads_otherwise_now_is_seen() -> None:
    scene.reviewer()
    scene.publish()
    suggestion = scene.propose(scene.account(), employees=310)
    reading = GateReading.objects.get(suggestion=suggestion)
    assert found("D6")["D6"].outcome == "ok"
    GateReading.objects.create(
        suggestion=suggestion,
        policy_version=reading.policy_version,
        rules_version=reading.rules_version,
        contracts_version=reading.contracts_version,
        facts=reading.facts,
        findings=[],
        verdict="execute",
        level="execute",
        read_at=NOW,
    )
    assert found("D6")["D6"].violations == 1


def test_every_promise_of_the_design_has_its_line() -> None:
    ids = [check.invariant for check in invariants.CHECKS]
    wanted = {
        f"{letter}{number}"
        for letter, count in {"S": 7, "F": 7, "D": 8, "R": 7, "A": 4, "X": 4, "L": 3, "H": 3}.items()
        for number in range(1, count + 1)
    }
    assert len(ids) == len(set(ids))
    assert wanted <= set(ids)


def test_every_test_that_stands_for_a_promise_exists() -> None:
    written = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^ *def (test_\w+)\(", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    missing = {check.invariant: check.test for check in invariants.CHECKS if check.test not in {"", *written}}
    assert missing == {}


def test_the_command_says_one_line_per_promise_and_exits_by_what_it_found() -> None:
    out = StringIO()
    call_command("check_invariants", stdout=out)
    lines = dict(line.split("  ", 1) for line in out.getvalue().splitlines())
    assert lines["F1"] == "no data"
    assert lines["R4"] == "not built"
    assert lines["F7"].startswith("by test test_")
    assert re.fullmatch(r"ok n=\d+", lines["A1"])
    with pytest.raises(SystemExit):
        call_command("check_invariants", "--strict", stdout=StringIO())
    with pytest.raises(CommandError, match="Z9"):
        call_command("check_invariants", "Z9")
    as_json = StringIO()
    call_command("check_invariants", "A1", "--json", stdout=as_json)
    assert json.loads(as_json.getvalue())[0]["outcome"] == "ok"


def test_a_violation_is_an_exit_code_with_examples_and_a_gauge() -> None:
    scene.reviewer()
    suggestion = scene.propose(scene.account(), employees=310)
    Suggestion.objects.filter(pk=suggestion.pk).update(queue=None)
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("check_invariants", "L2", stdout=out)
    assert out.getvalue().splitlines()[0] == "L2  VIOLATED 1"
    assert f"suggestion {suggestion.number} waits in no queue" in out.getvalue()
    metrics = Client().get("/metrics").content.decode()
    assert 'crmgov_invariant_violations{id="L2"} 1.0' in metrics
    assert a_user("Ana Ruiz", "admin")
