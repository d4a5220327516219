"""May we? Each way of saying yes and no, and each refusal."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from approvals.models import Decision, Execution, Suggestion
from approvals.rules.attention import Attention
from approvals.services import decisions
from approvals.services.recording import AlreadyDecided, Closed
from approvals.services.standing import NotYours, OwnProposal
from crmgov.kernel.refusals import Invalid, NotFound
from crmgov.people.models import Delegation, Role, User
from crmgov.records.models import ChangeSet, FieldChange
from crmgov.records.services import holds
from tests.decisions import scene
from tests.world import NOW, a_team, a_user, an_opportunity, change

pytestmark = pytest.mark.django_db


def test_an_approved_suggestion_is_written_as_ai_approved_by_a_person() -> None:
    sara, account = scene.reviewer(), scene.account()
    scene.publish()
    suggestion = scene.propose(account, employees=310)
    assert suggestion.status == "queued", suggestion.rules

    scene.approve(suggestion, sara)
    execution = scene.run(suggestion)

    assert execution.status == Execution.Status.SUCCEEDED, execution.note
    account.refresh_from_db()
    assert account.employees == 310
    change_set = ChangeSet.objects.get(execution_id=execution.pk)
    assert change_set.actor_type == "human_approved_ai"
    assert change_set.authority_label == "Approved by Sara Okafor"
    assert (change_set.agent_label, change_set.suggestion_id) == ("Enricher", suggestion.pk)
    assert account.provenance["employees"]["approved_by"] == "Sara Okafor"
    assert "locked" not in account.provenance["employees"]


def test_a_decision_keeps_what_was_seen_when_and_on_what_evidence() -> None:
    sara = scene.reviewer()
    scene.publish()
    suggestion = scene.propose(scene.account(), employees=310)
    seen = scene.digest(suggestion)
    looked = Attention(visible_ms=41_000, opened=("ticket 4",))
    decision = scene.approve(suggestion, sara, attention=looked, note="Checked on their site.")
    assert (decision.digest, decision.evidence_opened, decision.visible_ms) == (seen, ["ticket 4"], 41_000)
    assert decision.shown_at is not None
    assert decision.shown_at < decision.decided_at
    assert decision.payload == [
        {
            "record_type": "account",
            "record_id": str(suggestion.record_id),
            "edits": [{"field": "employees", "old": 240, "new": 310}],
        }
    ]


def test_approving_some_writes_only_those_and_closes_the_rest() -> None:
    sara, account = scene.reviewer(), scene.account()
    scene.publish()
    suggestion = scene.propose(account, employees=310, region="Nordics")
    decision = scene.approve(suggestion, sara, taken=["employees"])
    scene.run(suggestion)
    account.refresh_from_db()
    assert (account.employees, account.region) == (310, "Benelux")
    assert (decision.kind, decision.taken) == ("approve_some", ["employees"])
    assert dict(suggestion.items.values_list("field", "taken")) == {"employees": True, "region": False}


def test_approving_with_an_edit_writes_the_edited_value() -> None:
    sara, account = scene.reviewer(), scene.account()
    scene.publish()
    suggestion = scene.propose(account, employees=310)
    decision = scene.approve(suggestion, sara, edits={"employees": "315"})
    execution = scene.run(suggestion)
    account.refresh_from_db()
    assert account.employees == 315
    assert (decision.kind, decision.edits) == ("approve_edited", {"employees": 315})
    assert execution.payload_digest == decision.payload_digest


def test_an_edit_that_is_no_possible_value_names_the_field() -> None:
    sara = scene.reviewer()
    scene.publish()
    suggestion = scene.propose(scene.account(), employees=310)
    with pytest.raises(Invalid) as refused:
        scene.approve(suggestion, sara, edits={"employees": "many"})
    assert refused.value.errors == {"employees": "“many” is not a number."}
    suggestion.refresh_from_db()
    assert suggestion.status == "queued"


def test_nothing_ticked_and_fields_it_does_not_propose_are_refused() -> None:
    sara = scene.reviewer()
    scene.publish()
    suggestion = scene.propose(scene.account(), employees=310)
    with pytest.raises(Invalid, match="Nothing is ticked"):
        scene.approve(suggestion, sara, taken=[])
    with pytest.raises(Invalid, match="does not propose region"):
        scene.approve(suggestion, sara, edits={"region": "Nordics"})


def test_a_rejection_keeps_its_reason_and_executes_nothing() -> None:
    sara, account = scene.reviewer(), scene.account()
    scene.publish()
    suggestion = scene.propose(account, employees=310)
    with pytest.raises(Invalid, match="needs a reason"):
        scene.reject(suggestion, sara, reason_code="because")
    with pytest.raises(Invalid, match="other reason"):
        scene.reject(suggestion, sara, reason_code="other")
    decision = scene.reject(suggestion, sara, reason_code="bad_source", note="An old directory.")
    suggestion.refresh_from_db()
    assert (suggestion.status, decision.reason_code) == ("rejected", "bad_source")
    assert not Execution.objects.filter(suggestion=suggestion).exists()
    assert suggestion.items.get().question_open is False


def test_the_second_reviewer_learns_what_the_first_one_chose() -> None:
    sara, tom = scene.reviewer(), scene.reviewer("Tom Becker")
    scene.publish()
    suggestion = scene.propose(scene.account(), employees=310)
    seen = scene.digest(suggestion)
    scene.approve(suggestion, sara, seen_digest=seen)
    with pytest.raises(AlreadyDecided, match="Sara Okafor decided this one: approved") as refused:
        scene.approve(suggestion, tom, seen_digest=seen)
    assert (refused.value.status, refused.value.facts["by"]) == (409, "Sara Okafor")
    with pytest.raises(AlreadyDecided):
        scene.reject(suggestion, tom)
    assert Decision.objects.filter(suggestion=suggestion).count() == 1


def test_a_page_that_is_no_longer_true_cannot_be_approved() -> None:
    sara, account = scene.reviewer(), scene.account()
    scene.publish()
    suggestion = scene.propose(account, employees=310)
    seen = scene.digest(suggestion)
    change("account", account.pk, escalated=True)
    with pytest.raises(decisions.Changed):
        scene.approve(suggestion, sara, seen_digest=seen)
    scene.approve(suggestion, sara, seen_digest=scene.digest(suggestion))


def test_the_reading_a_decision_rests_on_is_kept() -> None:
    sara, account = scene.reviewer(), scene.account()
    scene.publish()
    suggestion = scene.propose(account, employees=310)
    change("account", account.pk, escalated=True)
    decision = scene.approve(suggestion, sara)
    reading = suggestion.readings.latest("id")
    suggestion.refresh_from_db()
    assert "escalated" in {finding["rule"] for finding in reading.findings}
    assert decision.digest == suggestion.digest


def test_what_changes_elsewhere_on_the_record_does_not_disturb_an_approval() -> None:
    sara, account = scene.reviewer(), scene.account()
    scene.publish()
    suggestion = scene.propose(account, employees=310)
    seen = scene.digest(suggestion)
    change("account", account.pk, region="Nordics")
    scene.approve(suggestion, sara, seen_digest=seen)
    assert scene.run(suggestion).status == "succeeded"


def test_a_field_that_moved_on_cannot_be_taken_and_the_rest_can() -> None:
    sara, account = scene.reviewer(), scene.account()
    scene.publish()
    suggestion = scene.propose(account, employees=310, region="Nordics")
    change("account", account.pk, employees=250)
    with pytest.raises(decisions.Stale) as refused:
        scene.approve(suggestion, sara)
    assert refused.value.facts["now"] == 250
    scene.approve(suggestion, sara, taken=["region"])
    scene.run(suggestion)
    account.refresh_from_db()
    assert (account.employees, account.region) == (250, "Nordics")


def test_what_the_gate_blocks_now_cannot_be_approved() -> None:
    sara, account = scene.reviewer(), scene.account()
    scene.publish()
    suggestion = scene.propose(account, employees=310)
    change("account", account.pk, archived_at=NOW)
    with pytest.raises(decisions.NowBlocked, match="archived"):
        scene.approve(suggestion, sara)


def test_only_who_is_in_the_queue_owns_the_account_or_is_admin_decides() -> None:
    scene.reviewer()
    scene.publish()
    owner = a_user("Priya Nair", Role.ACCOUNT_MANAGER, a_team())
    bystander = a_user("Jonas Weber", Role.ACCOUNT_MANAGER, a_team())
    auditor = a_user("Ida Holm", Role.AUDITOR)
    stranger = a_user("Lea Brun", Role.REVIEWER, a_team("South"))
    suggestion = scene.propose(scene.account(owner=owner.pk), employees=310)
    for person, refusal in ((bystander, NotYours), (auditor, NotYours), (stranger, NotFound)):
        with pytest.raises(refusal):
            scene.approve(suggestion, person)
        with pytest.raises(refusal):
            scene.reject(suggestion, person)
    scene.approve(suggestion, owner)


def test_a_delegate_decides_for_the_absent_until_it_ends() -> None:
    sara = scene.reviewer()
    scene.publish()
    tom = a_user("Tom Becker", Role.ACCOUNT_MANAGER, a_team())
    suggestion = scene.propose(scene.account(), employees=310)
    delegation = Delegation.objects.create(
        user=sara, delegate=tom, starts_at=NOW - timedelta(days=2), ends_at=NOW - timedelta(days=1)
    )
    with pytest.raises(NotYours):
        scene.approve(suggestion, tom)
    delegation.ends_at = NOW + timedelta(days=1)
    delegation.save()
    scene.approve(suggestion, tom)


def test_nobody_decides_their_own_proposal() -> None:
    sara = scene.reviewer()
    scene.publish()
    suggestion = scene.propose(scene.account(), user=sara, employees=310)
    with pytest.raises(OwnProposal, match="somebody else decides"):
        scene.approve(suggestion, sara)
    with pytest.raises(OwnProposal):
        scene.reject(suggestion, sara)
    scene.approve(suggestion, scene.reviewer("Tom Becker"))
    execution = scene.run(suggestion)
    assert ChangeSet.objects.get(execution_id=execution.pk).actor_type == "human"


def test_the_owner_of_the_agent_is_not_its_approver_while_somebody_else_may() -> None:
    scene.reviewer()
    scene.publish()
    olga = a_user("Olga Brandt", Role.ADMIN)
    suggestion = scene.propose(scene.account(), employees=310)
    with pytest.raises(OwnProposal, match="somebody else decides"):
        scene.approve(suggestion, olga)
    scene.reject(suggestion, olga)


def test_the_sole_possible_approver_waits_a_day_and_the_row_says_so() -> None:
    olga = a_user("Olga Brandt", Role.ADMIN)
    scene.publish()
    account = scene.account()
    suggestion = scene.propose(account, employees=310)
    User.objects.exclude(pk=olga.pk).update(is_active=False)
    # Somebody who was brought in by an import cannot log in and is no possible approver.
    imported = a_user("Sales Person", Role.ADMIN)
    imported.set_unusable_password()
    imported.save()
    with pytest.raises(OwnProposal, match="stays on screen a day"):
        scene.approve(suggestion, olga)
    a_day_later = NOW + timedelta(hours=24)
    decision = scene.approve(suggestion, olga, at=a_day_later)
    assert decision.sole_admin
    assert scene.run(suggestion, at=a_day_later).status == "succeeded"


def test_closed_suggestions_say_how_they_closed() -> None:
    sara, account = scene.reviewer(), scene.account()
    scene.publish()
    older = scene.propose(account, employees=310)
    scene.propose(account, employees=320)
    with pytest.raises(Closed, match="superseded"):
        scene.reject(older, sara)


def test_a_suggestion_at_level_suggest_opens_as_a_form_and_not_by_a_click() -> None:
    sara, account = scene.reviewer(), scene.account()
    suggestion = scene.propose(account, level="suggest", employees=310)
    assert suggestion.level == "suggest"
    with pytest.raises(decisions.OpensAsForm):
        scene.approve(suggestion, sara)


def test_a_hold_does_not_hinder_who_saw_it_and_stops_who_did_not() -> None:
    sara = scene.reviewer()
    scene.publish()
    manager = a_user("Priya Nair", Role.ACCOUNT_MANAGER, a_team())
    seen, unseen = scene.account("Seen", owner=manager.pk), scene.account("Unseen", owner=manager.pk)
    first, second = scene.propose(seen, employees=310), scene.propose(unseen, employees=310)
    until = NOW.date() + timedelta(days=30)
    holds.place(account_id=seen.pk, until=until, reason="Merger talks", user=manager, at=NOW)
    scene.approve(first, sara)
    scene.approve(second, sara)
    after = scene.LATER + timedelta(seconds=1)
    holds.place(account_id=unseen.pk, until=until, reason="Merger talks", user=manager, at=after)
    assert scene.run(first, at=after + timedelta(seconds=1)).status == "succeeded"
    stopped = Execution.objects.get(suggestion=second)
    assert stopped.status == "cancelled"
    assert "Merger talks" in stopped.note


def test_a_second_decision_by_raw_sql_meets_the_index() -> None:
    sara = scene.reviewer()
    scene.publish()
    suggestion = scene.propose(scene.account(), employees=310)
    decision = scene.approve(suggestion, sara)
    twin = Decision(
        suggestion=suggestion,
        kind="approve",
        person=sara,
        decider_label="Sara Okafor",
        digest=decision.digest,
        shown_at=NOW,
        decided_at=NOW,
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save(force_insert=True)


def test_creating_an_opportunity_is_decided_by_a_person_and_hangs_on_its_account() -> None:
    sara, account = scene.reviewer(), scene.account()
    scene.publish()
    suggestion = scene.propose_raw(
        {
            "record": {"type": "opportunity"},
            "action": "create_record",
            "items": [
                {"field": "name", "proposed": "Warehouse roll-out"},
                {"field": "account", "proposed": str(account.pk)},
                {"field": "amount", "proposed": "96000"},
                {"field": "currency", "proposed": "EUR"},
            ],
            "confidence": 0.9,
            "level": "draft",
        }
    )
    assert suggestion.status == "queued"
    with pytest.raises(Invalid, match="cannot be created without Name"):
        scene.approve(suggestion, sara, taken=["account"])
    scene.approve(suggestion, sara, edits={"amount": "90000"})
    execution = scene.run(suggestion)
    assert execution.status == "succeeded", execution.note
    suggestion.refresh_from_db()
    made = FieldChange.objects.filter(record_type="opportunity")
    assert {row.record_id for row in made} == {suggestion.record_id}
    assert {row.field: row.new for row in made}["amount"] == "90000.00"


def test_a_task_is_made_on_the_record_it_is_about() -> None:
    sara = scene.reviewer()
    scene.publish()
    deal = an_opportunity(team=a_team().pk)
    suggestion = scene.propose_raw(
        {
            "record": {"type": "opportunity", "id": str(deal.pk)},
            "action": "create_task",
            "items": [{"field": "title", "proposed": "Call the plant manager"}],
            "level": "draft",
            "confidence": 0.9,
        }
    )
    scene.approve(suggestion, sara)
    execution = scene.run(suggestion)
    assert execution.status == "succeeded", execution.note
    assert deal.tasks.get().title == "Call the plant manager"
    suggestion.refresh_from_db()
    assert suggestion.record_id == deal.pk


def test_the_status_and_the_open_question_close_together() -> None:
    sara = scene.reviewer()
    scene.publish()
    suggestion = scene.propose(scene.account(), employees=310)
    assert suggestion.items.get().question_open
    scene.approve(suggestion, sara)
    suggestion.refresh_from_db()
    assert suggestion.status == Suggestion.Status.APPROVED
    assert suggestion.closed_at == scene.LATER
    assert not suggestion.items.get().question_open
