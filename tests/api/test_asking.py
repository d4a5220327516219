"""Asking what became of a suggestion, and who may ask."""

from __future__ import annotations

import pytest
from django.utils import timezone

from approvals.models import Suggestion
from approvals.services import decisions
from crmgov.kernel.ids import new_id
from crmgov.people.models import Team, User
from crmgov.records.models import Account
from tests.intake.kit import an_agent, body, item, may_execute

from .caller import URL, Caller, refusal, said

pytestmark = pytest.mark.django_db


def test_asking_again_brings_the_decision_with_its_edits(
    caller: Caller, sara: User, account: Account
) -> None:
    may_execute(caller.agent)
    told = said(
        caller.post(body(account, item("employees", 240, 310), item("region", None, "Kiel"), level="draft"))
    )
    waiting = said(caller.get(told["url"]))
    now = timezone.now()
    decisions.approve(
        suggestion_id=told["id"],
        seen_digest=Suggestion.objects.get().digest,
        reviewer=sara,
        at=now,
        shown_at=now,
        edits={"employees": "320"},
        note="Counted again.",
    )

    decided = said(caller.get(told["url"]))

    assert (waiting["status"], waiting["decision"], waiting["execution"]) == ("queued", None, None)
    assert waiting["due_at"] is not None
    assert decided["status"] == "approved"
    assert decided["decision"]["by"] == "person"
    assert (decided["decision"]["kind"], decided["decision"]["note"]) == ("approve_edited", "Counted again.")
    assert decided["decision"]["edits"] == {"employees": 320}
    assert decided["execution"]["status"] == "pending"
    assert "Sara" not in str(decided)


def test_asking_again_brings_the_reason_of_a_rejection(caller: Caller, sara: User, account: Account) -> None:
    told = said(caller.post(body(account, item("employees", 240, 310))))
    now = timezone.now()
    decisions.reject(
        suggestion_id=told["id"],
        reviewer=sara,
        at=now,
        shown_at=now,
        reason_code="bad_source",
        note="Old page.",
    )

    decision = said(caller.get(told["url"]))["decision"]

    assert (decision["kind"], decision["reason"], decision["note"]) == ("reject", "bad_source", "Old page.")


def test_another_agent_s_suggestion_does_not_exist(caller: Caller, team: Team, account: Account) -> None:
    told = said(caller.post(body(account, item("employees", 240, 310))))
    other = Caller(an_agent(team, name="Other"))

    refusal(other.get(told["url"]), 404)
    refusal(other.get(f"{URL}/{new_id()}"), 404)
    refusal(other.get(f"{URL}/17"), 404)


def test_who_added_evidence_may_ask_what_became_of_it(caller: Caller, team: Team, account: Account) -> None:
    caller.post(body(account, item("employees", 240, 310)))
    other = Caller(an_agent(team, name="Other"))
    told = said(other.post(body(account, item("employees", 240, 310))))

    assert said(other.get(told["url"]))["number"] == told["number"]
