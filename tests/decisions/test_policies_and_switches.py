"""Policies by two people, signed grants, kill switches, doorbells and heartbeats."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from approvals import tasks
from approvals.models import Execution, Grant, Heartbeat, PauseSwitch, PolicyDraft, PolicyVersion
from approvals.rules.policy import initial
from approvals.services import gate, grants, pauses, policies
from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound
from tests.decisions import scene
from tests.world import NOW, a_user

pytestmark = pytest.mark.django_db(transaction=True)


def draft(**changes: Any) -> Any:
    return policies.draft(
        document={**initial().to_json(), **changes}, rationale="Because", user=scene.admin(), at=NOW
    )


def test_version_one_is_there_after_migrations_and_flushes() -> None:
    # The signal itself: tests are emptied past it (tests/emptying.py).
    call_command("flush", database="owner", interactive=False, verbosity=0)
    version, policy = gate.current_policy()
    assert version.number == 1
    assert policy.high_value == 50_000
    policies.ensure_first(at=NOW)
    assert PolicyVersion.objects.count() == 1


def test_a_second_admin_publishes() -> None:
    drafted = draft(high_value="42000")
    scene.reviewer()
    olga = a_user("Olga Brandt", "admin")
    with pytest.raises(policies.SecondPersonNeeded, match="ask Olga Brandt"):
        policies.publish(draft_id=drafted.pk, user=scene.admin(), at=NOW)
    with pytest.raises(NotAllowed):
        policies.publish(draft_id=drafted.pk, user=scene.reviewer(), at=NOW)
    version = policies.publish(draft_id=drafted.pk, user=olga, at=NOW)
    assert version.number == 2
    assert gate.current_policy()[1].high_value == 42_000
    with pytest.raises(policies.DraftClosed):
        policies.publish(draft_id=drafted.pk, user=olga, at=NOW)


def test_the_only_admin_sleeps_on_it() -> None:
    drafted = draft()
    with pytest.raises(policies.SecondPersonNeeded, match="waits a day"):
        policies.publish(draft_id=drafted.pk, user=scene.admin(), at=NOW + timedelta(hours=23))
    version = policies.publish(draft_id=drafted.pk, user=scene.admin(), at=NOW + timedelta(hours=24))
    assert version.sole_admin


def test_a_draft_with_problems_names_them_all() -> None:
    with pytest.raises(Invalid, match="high_value") as refused:
        draft(high_value="-1", outcomes_needed=0)
    assert "outcomes_needed" in refused.value.say
    with pytest.raises(Invalid, match="unknown_thing"):
        draft(unknown_thing=1)


def test_a_discarded_draft_is_closed() -> None:
    drafted = draft()
    policies.discard(draft_id=drafted.pk, user=scene.admin(), at=NOW)
    with pytest.raises(policies.DraftClosed):
        policies.publish(draft_id=drafted.pk, user=a_user("Olga Brandt", "admin"), at=NOW)


def test_a_published_policy_cannot_be_rewritten() -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        PolicyVersion.objects.update(rationale="nothing")


def a_grant() -> Grant:
    scene.reviewer()
    return scene.grant(scene.propose(scene.account(), employees=310))


def test_a_grant_slipped_in_or_changed_by_sql_counts_for_nothing() -> None:
    grant = a_grant()
    assert grants.is_valid(grant)
    assert grants.is_valid(Grant.objects.get(pk=grant.pk))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE approvals_grant SET level = 'full' WHERE id = %s", [grant.pk])
    assert not grants.is_valid(Grant.objects.get(pk=grant.pk))


def test_a_grant_is_made_by_an_admin_once_and_revoked() -> None:
    grant = a_grant()
    suggestion = grant.agent.suggestions.get()
    with pytest.raises(grants.AlreadyGranted):
        scene.grant(suggestion)
    with pytest.raises(NotAllowed):
        grants.revoke(grant_id=grant.pk, user=scene.reviewer(), at=NOW)
    revoked = grants.revoke(grant_id=grant.pk, user=scene.admin(), at=NOW)
    assert not grants.is_valid(revoked)
    with pytest.raises(NotFound):
        grants.revoke(grant_id=grant.pk, user=scene.admin(), at=NOW)
    assert grants.is_valid(scene.grant(suggestion))


def test_only_an_admin_pauses_and_only_what_there_is() -> None:
    scene.an_agent()
    given = {"reason": "Odd values", "at": NOW}
    with pytest.raises(NotAllowed):
        pauses.pause(scope="all", user=scene.reviewer(), **given)  # type: ignore[arg-type]
    with pytest.raises(Invalid, match="There is no agent “Nobody”"):
        pauses.pause(scope="agent", target="Nobody", user=scene.admin(), **given)  # type: ignore[arg-type]
    with pytest.raises(Invalid, match="needs a reason"):
        pauses.pause(scope="all", reason=" ", user=scene.admin(), at=NOW)
    pauses.pause(scope="agent", target="Enricher", user=scene.admin(), **given)  # type: ignore[arg-type]
    with pytest.raises(pauses.AlreadyPaused):
        pauses.pause(scope="agent", target="Enricher", user=scene.admin(), **given)  # type: ignore[arg-type]


def test_an_operator_pauses_lists_and_lifts() -> None:
    scene.admin()
    out = StringIO()
    call_command("pause", "--reason", "Odd values", stdout=out)
    call_command("pause", "--list", stdout=out)
    assert "Everything  since" in out.getvalue()
    assert "Ana Ruiz: Odd values" in out.getvalue()
    number = str(PauseSwitch.objects.get().pk)
    call_command("pause", "--lift", number, stdout=out)
    call_command("pause", "--list", stdout=out)
    assert "Nothing is paused." in out.getvalue()
    with pytest.raises(CommandError, match="There is no open pause"):
        call_command("pause", "--lift", number)
    a_user("Olga Brandt", "admin")
    with pytest.raises(CommandError, match="--as EMAIL"):
        call_command("pause", "--reason", "x")


def test_an_approval_rings_after_commit_and_a_dead_broker_loses_nothing() -> None:
    scene.publish()
    sara = scene.reviewer()
    suggestion = scene.propose(scene.account(), employees=310)
    with patch.object(tasks.run_execution, "delay", side_effect=ConnectionError("broker is down")) as rung:
        scene.approve(suggestion, sara)
    pending = Execution.objects.get(suggestion=suggestion)
    rung.assert_called_once_with(execution_id=str(pending.pk))
    assert pending.status == "pending"
    assert scene.run(suggestion).status == "succeeded"


def test_a_decision_that_rolls_back_rings_nobody() -> None:
    scene.publish()
    sara = scene.reviewer()
    suggestion = scene.propose(scene.account(), employees=310)
    with patch.object(tasks.run_execution, "delay") as rung, pytest.raises(Exception, match="changed"):
        scene.approve(suggestion, sara, seen_digest="0" * 64)
    rung.assert_not_called()


def test_the_heart_beats_into_its_row() -> None:
    tasks.beat_heart()
    first = Heartbeat.objects.get(name="worker").beat_at
    tasks.beat_heart()
    assert Heartbeat.objects.get(name="worker").beat_at > first


def test_each_task_of_the_schedule_exists_and_may_ring_on_an_empty_database() -> None:
    from crmgov.celery import app
    from crmgov.schedule import BEAT

    app.loader.import_default_modules()
    for entry in BEAT.values():
        app.tasks[entry["task"]]()


def test_an_operator_reads_drafts_and_publishes_a_policy(tmp_path: Path) -> None:
    ana, olga = scene.admin(), a_user("Olga Brandt", "admin")
    out = StringIO()
    call_command("policy", stdout=out, stderr=StringIO())
    document = json.loads(out.getvalue())
    file = tmp_path / "policy.json"
    file.write_text(json.dumps({**document, "high_value": "42000"}))
    call_command("policy", "--as", ana.email, "draft", str(file), "--because", "Smaller deals", stdout=out)
    number = str(PolicyDraft.objects.get().pk)
    call_command("policy", "drafts", stdout=out)
    assert "by Ana Ruiz: Smaller deals" in out.getvalue()
    with pytest.raises(CommandError, match="another admin"):
        call_command("policy", "--as", ana.email, "publish", number)
    call_command("policy", "--as", olga.email, "publish", number, stdout=out)
    assert "Policy 2 is in force." in out.getvalue()
    assert gate.current_policy()[1].high_value == 42_000
    file.write_text("{")
    with pytest.raises(CommandError, match="cannot be read as JSON"):
        call_command("policy", "--as", ana.email, "draft", str(file), "--because", "x")
