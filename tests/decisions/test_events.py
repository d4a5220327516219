"""News of records: what an open question rests on has moved."""

from __future__ import annotations

import pytest
from django.db import connection

from approvals.models import Suggestion
from approvals.services import events
from crmgov.people.models import User
from crmgov.records.models import EventReceipt
from crmgov.records.services import edits
from tests.decisions import scene
from tests.world import NOW, change

pytestmark = pytest.mark.django_db


def by_hand(suggestion: Suggestion, employees: int) -> None:
    assert suggestion.record_id is not None
    edits.save(
        record_type="account",
        record_id=suggestion.record_id,
        seen={"employees": "240"},
        values={"employees": str(employees)},
        user=scene.admin(),
        reason="",
        at=scene.LATER,
    )


def proposed() -> Suggestion:
    scene.reviewer()
    scene.publish()
    return scene.propose(scene.account(), employees=310)


def test_a_hand_edit_marks_an_open_proposal_on_the_field_stale() -> None:
    suggestion = proposed()
    by_hand(suggestion, 250)
    events.take(at=scene.LATER)
    suggestion.refresh_from_db()
    assert (suggestion.status, suggestion.stale_since) == ("queued", scene.LATER)
    assert "stale_facts" in suggestion.rules


def test_a_hand_edit_to_the_proposed_value_closes_the_proposal() -> None:
    suggestion = proposed()
    by_hand(suggestion, 310)
    events.take(at=scene.LATER)
    suggestion.refresh_from_db()
    assert suggestion.status == "superseded"
    assert not suggestion.items.get().question_open


def test_a_value_put_back_is_stale_no_longer() -> None:
    suggestion = proposed()
    by_hand(suggestion, 250)
    events.take(at=scene.LATER)
    assert suggestion.record_id is not None
    change("account", suggestion.record_id, at=scene.LATER, employees=240)
    events.take(at=scene.LATER)
    suggestion.refresh_from_db()
    assert suggestion.stale_since is None


def test_an_archived_record_blocks_what_was_open_on_it() -> None:
    suggestion = proposed()
    assert suggestion.record_id is not None
    change("account", suggestion.record_id, at=scene.LATER, archived_at=scene.LATER, employees=241)
    events.take(at=scene.LATER)
    suggestion.refresh_from_db()
    assert suggestion.status == "blocked"


def test_other_fields_and_older_news_disturb_nothing() -> None:
    scene.reviewer()
    scene.publish()
    account = scene.account()
    change("account", account.pk, at=NOW, employees=239)
    change("account", account.pk, at=NOW, employees=240)
    suggestion = scene.propose(account, at=scene.LATER, employees=310)
    change("account", account.pk, at=scene.LATER, region="Nordics")
    assert events.take(at=scene.LATER) == 0
    suggestion.refresh_from_db()
    assert suggestion.stale_since is None


def test_an_event_is_taken_once_per_consumer_even_by_two_workers() -> None:
    suggestion = proposed()
    by_hand(suggestion, 250)
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM records_recordevent WHERE kind = 'changed'")
        (event_id,) = cursor.fetchone()
        cursor.execute(events.CLAIM, [events.QUESTIONS, [event_id], NOW])
        assert cursor.fetchall() == [(event_id,)]
        cursor.execute(events.CLAIM, [events.QUESTIONS, [event_id], NOW])
        assert cursor.fetchall() == []
    assert events.take(at=scene.LATER) == 0
    assert EventReceipt.objects.filter(consumer=events.QUESTIONS).count() == 1


def test_an_executed_change_supersedes_only_what_says_the_same() -> None:
    scene.publish()
    sara = scene.reviewer()
    account = scene.account()
    employees = scene.propose(account, employees=310)
    region = scene.propose(account, region="Nordics")
    scene.approve(employees, sara)
    scene.run(employees)
    events.take(at=scene.LATER)
    region.refresh_from_db()
    assert (region.status, region.stale_since) == ("queued", None)
    assert User.objects.filter(pk=sara.pk).exists()
