"""Events of people nobody knows: a lead by decision of a person or the policy; until then they wait."""

from __future__ import annotations

import json
from datetime import timedelta
from threading import Barrier, Thread
from urllib.request import Request, urlopen

import pytest
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from approvals.models import Decision, Suggestion, WaitingEvent, Workflow, WorkflowVersion
from approvals.rules.policy import WorkflowLine
from approvals.rules.vocabulary import Level
from approvals.services import appending, decisions, executions, grants, leads, pauses, taking_up
from crmgov.people.models import Team, User
from crmgov.records.models import (
    Activity,
    Consent,
    Contact,
    ExternalId,
    MatchCandidate,
    RecordEvent,
    Suppression,
)
from tests.intake.kit import a_key, an_admin, an_agent, body, publish
from tests.world import a_contact, a_team, a_user, an_account

from .caller import Caller, refusal, said
from .happenings import IDA, URL, accept, event, named, post, results

pytestmark = pytest.mark.django_db


def may_make_leads(caller: Caller, level: Level = Level.EXECUTE) -> None:
    """The policy lets forms make leads, and an admin signed for it."""
    now = timezone.now()
    workflow = Workflow.objects.create(name=leads.WORKFLOW, agent=caller.agent, first_seen_at=now)
    version = WorkflowVersion.objects.create(workflow=workflow, version=leads.VERSION, first_seen_at=now)
    for group in ("identity", "firmographics"):
        grants.grant(
            agent=caller.agent,
            workflow_version=version,
            action="create_record",
            field_group=group,
            level=level.value,
            reason="Forms are what people say of themselves.",
            user=an_admin(),
            at=now,
        )
    publish(workflows=(WorkflowLine(leads.WORKFLOW, level),))


def test_an_unknown_person_becomes_a_lead_by_a_persons_decision(
    caller: Caller, sara: User, team: Team
) -> None:
    unknown = {"type": "contact", "external_id": {"source": "csv", "id": "C-1"}}
    sent = event(person=IDA, record=unknown, id="f-1", opt_out={"channel": "phone"})
    told, again = post(caller, sent), post(caller, sent)
    more = post(caller, event(kind="page_view", person={"email": "ida.berg@berg.example"}, id="f-2"))

    assert [one.status_code for one in (told, again, more)] == [202, 202, 202]
    assert len({said(one)["suggestion"] for one in (told, again, more)}) == 1
    suggestion = Suggestion.objects.get()
    assert (suggestion.action, suggestion.status, suggestion.title) == (
        "create_record",
        "queued",
        "New contact: Ida Berg",
    )
    assert said(caller.get(said(told)["suggestion"]))["status"] == "queued"
    assert taking_up.take_up(at=timezone.now()) == 0

    accept(suggestion, sara)
    assert taking_up.take_up(at=timezone.now()) == 2

    lead = Contact.objects.get()
    assert (lead.email, lead.team, lead.is_lead) == ("ida.berg@berg.example", team, True)
    assert {one.kind for one in lead.activities.all()} == {"form", "page_view"}
    assert lead.consents.get().state == Consent.State.OPTED_OUT
    assert said(post(caller, sent))["status"] == "already_there"
    assert said(post(caller, event(person=IDA, id="f-3")))["record"]["id"] == str(lead.pk)


def test_the_reviewer_may_correct_the_address(caller: Caller, sara: User) -> None:
    post(caller, event(person=IDA))
    accept(Suggestion.objects.get(), sara, email="ida@berg.example")

    assert taking_up.take_up(at=timezone.now()) == 1
    assert Contact.objects.get(email="ida@berg.example").activities.count() == 1


def test_a_policy_may_let_forms_make_leads(caller: Caller, sara: User) -> None:
    may_make_leads(caller)
    told = post(caller, [event(person=IDA, id="f-1"), event(person=IDA, id="f-2"), event(person=IDA)])

    assert [line["status"] for line in results(told)] == ["waiting"] * 3
    assert Suggestion.objects.get().status == "approved"
    executions.drain(at=timezone.now())
    assert taking_up.take_up(at=timezone.now()) == 3
    assert Contact.objects.get().activities.count() == 3
    assert Decision.objects.get().policy_version is not None


@pytest.mark.parametrize("by_policy", [True, False])
def test_a_lead_that_may_be_somebody_we_know_is_put_before_a_person(
    caller: Caller, sara: User, team: Team, by_policy: bool
) -> None:
    known = a_contact("Berg", first_name="Ida", email="ida@berg.example", team=team.pk)
    if by_policy:
        may_make_leads(caller)
    post(caller, event(person=IDA, id="f-1"))
    if by_policy:
        executions.drain(at=timezone.now())
    else:
        accept(Suggestion.objects.get(), sara)

    lead = Contact.objects.exclude(pk=known.pk).get()
    pair = MatchCandidate.objects.get()
    assert {pair.left_id, pair.right_id} == {known.pk, lead.pk}


def test_a_rejected_lead_says_so(caller: Caller, sara: User) -> None:
    post(caller, event(person=IDA, id="f-1"))
    suggestion, now = Suggestion.objects.get(), timezone.now()
    decisions.reject(suggestion_id=suggestion.pk, reviewer=sara, at=now, shown_at=now, reason_code="not_ours")

    assert taking_up.take_up(at=now) == 1
    assert "rejected the lead" in refusal(post(caller, event(person=IDA, id="f-1")), 409)["detail"]
    assert WaitingEvent.objects.get().said["subject"] == "Contact us"


def test_a_spoiled_event_holds_up_no_other(caller: Caller, sara: User) -> None:
    post(caller, [event(person=IDA, id=f"f-{n}") for n in range(3)])
    spoiled, *good = WaitingEvent.objects.order_by("pk")
    WaitingEvent.objects.filter(pk=spoiled.pk).update(said={"kind": "gone"})
    accept(Suggestion.objects.get(), sara)

    assert taking_up.take_up(at=timezone.now()) == 3
    assert Activity.objects.count() == len(good)
    spoiled.refresh_from_db()
    assert (spoiled.status, "log says why" in spoiled.note) == ("refused", True)
    assert WaitingEvent.objects.filter(status="waiting").count() == 0
    assert taking_up.take_up(at=timezone.now()) == 0


def test_a_rejected_lead_of_an_address_that_two_have_by_now_is_closed(
    caller: Caller, sara: User, team: Team
) -> None:
    post(caller, event(person=IDA, id="f-1", opt_out={"channel": "email"}))
    for name in ("Berg", "Berg-Lund"):
        a_contact(name, team=team.pk, email="ida.berg@berg.example")
    suggestion, now = Suggestion.objects.get(), timezone.now()
    assert taking_up.take_up(at=now) == 0
    decisions.reject(suggestion_id=suggestion.pk, reviewer=sara, at=now, shown_at=now, reason_code="not_ours")

    assert taking_up.take_up(at=now) == 1
    row = WaitingEvent.objects.get()
    assert (row.status, "2 contacts have this address" in row.note) == ("refused", True)
    assert set(Consent.objects.values_list("state", flat=True)) == {"opted_out"}
    assert Consent.objects.count() == 2


def test_an_opt_out_of_a_rejected_lead_suppresses_the_address(caller: Caller, sara: User) -> None:
    said_out = {"opt_out": {"channel": "email"}}
    post(caller, [event(person=IDA, **said_out), event(person=IDA, **said_out), event(person=IDA)])
    suggestion, now = Suggestion.objects.get(), timezone.now()
    decisions.reject(suggestion_id=suggestion.pk, reviewer=sara, at=now, shown_at=now, reason_code="not_ours")

    assert taking_up.take_up(at=now) == 3
    kept = Suppression.objects.get()
    assert (kept.kind, kept.value, kept.added_by) == ("address", "ida.berg@berg.example", caller.agent.name)


def test_an_event_whose_id_is_taken_by_now_is_closed(caller: Caller, sara: User, team: Team) -> None:
    post(caller, event(person=IDA, id="f-1"))
    other = an_account(team=team.pk)
    named(other, "f-1", kind="activity", source="elsewhere")
    ExternalId.objects.update(source=appending.source_of(caller.agent))
    accept(Suggestion.objects.get(), sara)

    assert taking_up.take_up(at=timezone.now()) == 1
    assert (WaitingEvent.objects.get().status, WaitingEvent.objects.get().note) == (
        "refused",
        taking_up.TAKEN,
    )


def test_a_blocked_lead_says_so_and_may_be_sent_again(caller: Caller, sara: User) -> None:
    paused = pauses.pause(
        scope="agent", target=caller.agent.name, reason="Wait.", user=an_admin(), at=timezone.now()
    )
    told = refusal(post(caller, event(person=IDA, id="f-1")), 422)
    assert "is paused" in told["/person"]
    assert not WaitingEvent.objects.exists()

    pauses.lift(pause_id=paused.pk, user=an_admin(), at=timezone.now())
    assert post(caller, event(person=IDA, id="f-1")).status_code == 202


def test_a_superseded_lead_hands_its_events_on(caller: Caller, sara: User) -> None:
    post(caller, event(person=IDA))
    first = Suggestion.objects.get()
    items = [{"field": i.field, "proposed": i.proposed} for i in first.items.all()]
    newer = {**body(an_account()), "record": {"type": "contact"}, "action": "create_record"}
    caller.post({**newer, "items": [*items, {"field": "phone", "proposed": "+49 30 901820"}]})
    first.refresh_from_db()
    assert first.status == "superseded"

    taking_up.take_up(at=timezone.now())
    accept(Suggestion.objects.get(status="queued"), sara)
    assert taking_up.take_up(at=timezone.now()) == 1
    assert Contact.objects.get().activities.count() == 1


def test_what_a_contact_cannot_hold_is_left_out_and_said(caller: Caller, sara: User) -> None:
    told = post(caller, event(person={**IDA, "phone": "call me"}))

    suggestion = Suggestion.objects.get()
    assert told.status_code == 202
    kept = set(suggestion.items.values_list("field", flat=True))
    assert kept == {"email", "first_name", "last_name", "source"} or "phone" in kept
    assert ("Phone is left out" in suggestion.reason) is ("phone" not in kept)


def test_an_agent_of_two_teams_says_which(team: Team, sara: User) -> None:
    caller = Caller(an_agent(team, a_team("South"), name="Forms"))
    assert "Say who shall see the lead: " in refusal(post(caller, event(person=IDA)), 422)["/person/team"]
    assert post(caller, event(person={**IDA, "team": team.pk})).status_code == 202


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("executes", [True, False])
def test_the_same_event_five_times_at_once_acts_once(
    live_server: LiveServer, known: bool, executes: bool
) -> None:
    team = a_team()
    a_user("Sara Okafor", "reviewer", team)
    caller = Caller(an_agent(team))
    if executes:
        may_make_leads(caller)
    if known:
        a_contact(team=team.pk, email="ida.berg@berg.example")
    secret = a_key(caller.agent, at=timezone.now() - timedelta(minutes=1)).secret
    sent = json.dumps(event(person=IDA, id="f-1", opt_out={"channel": "email"})).encode()
    barrier, told = Barrier(5), list[str]()

    def call() -> None:
        headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
        barrier.wait(timeout=20)
        request = Request(f"{live_server.url}{URL}", data=sent, headers=headers)  # noqa: S310
        with urlopen(request, timeout=60) as answer:  # noqa: S310
            told.append(json.load(answer)["status"])

    threads = [Thread(target=call) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert sorted(told) == (["already_there"] * 4 + ["appended"] if known else ["waiting"] * 5)
    executions.drain(at=timezone.now())
    taking_up.take_up(at=timezone.now())
    assert Suggestion.objects.count() == int(not known)
    assert WaitingEvent.objects.count() == int(not known)
    assert Activity.objects.count() == int(known or executes)
    assert RecordEvent.objects.filter(kind="activity").count() == int(known or executes)
