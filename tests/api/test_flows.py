"""From what is posted to what stands in the records: whole stories over HTTP, with every promise checked at the end."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from approvals.models import Suggestion
from approvals.services import decisions, executions, gate, invariants, taking_up
from crmgov.people.models import User
from crmgov.records.models import Account, ChangeSet, Contact, FieldChange, RecordEvent
from tests.intake.kit import body, item, may_execute
from tests.world import an_account

from .caller import Caller, said
from .happenings import URL as EVENTS
from .happenings import accept, event
from .test_batches import BATCH

pytestmark = pytest.mark.django_db


def approve(number: int, reviewer: User) -> None:
    suggestion, now = Suggestion.objects.get(number=number), timezone.now()
    decisions.approve(
        suggestion_id=suggestion.pk,
        seen_digest=gate.digest_of(suggestion),
        reviewer=reviewer,
        at=now,
        shown_at=now,
    )


def everything_runs() -> None:
    """What the worker does by and by."""
    executions.drain(at=timezone.now())
    taking_up.take_up(at=timezone.now())


def assert_promises_kept() -> None:
    found = {one.invariant: one.examples for one in invariants.check_all(at=timezone.now()) if one.violations}
    assert found == {}


def results(answer: Any) -> list[Any]:
    assert answer.status_code == 200, answer.content
    return said(answer)["results"]  # type: ignore[no-any-return]


def test_a_form_becomes_a_lead_that_agents_work_on(caller: Caller, sara: User) -> None:
    """Form, lead, enrichment in a batch, decision, ledger: each step starts from what the one before answered."""
    form = event(id="f-1", source="website", person={"email": "ida@berg.example", "first_name": "Ida"})
    waiting = said(caller.post(form, path=EVENTS))
    accept(Suggestion.objects.get(pk=waiting["suggestion"].rpartition("/")[2]), sara)
    everything_runs()
    lead = said(caller.get(waiting["suggestion"]))["record"]["id"]

    about = {"record": {"type": "contact", "id": lead}, "level": "draft"}
    first = {**body(an_account()), **about}
    told = results(
        caller.post(
            [
                {**first, "items": [item("title", None, "Fleet manager")]},
                {**first, "items": [item("last_name", None, "Berg")]},
                {**first, "items": [item("title", None, "Fleet manager", source="a call")]},
            ],
            path=BATCH,
            key="run-1",
        )
    )
    assert [line["code"] for line in told] == [201, 201, 200]
    for line in told[:2]:
        suggestion = Suggestion.objects.get(number=line["suggestion"]["number"])
        if suggestion.level == "suggest":
            accept(suggestion, sara)
        else:
            approve(suggestion.number, sara)
    everything_runs()

    contact = Contact.objects.get(pk=lead)
    assert (contact.first_name, contact.last_name, contact.title) == ("Ida", "Berg", "Fleet manager")
    assert [one.subject for one in contact.activities.all()] == ["Contact us"]
    changed = FieldChange.objects.filter(record_id=lead).values_list("field", flat=True)
    assert {"email", "first_name", "last_name", "title"} <= set(changed)
    kinds = RecordEvent.objects.filter(record_id=lead).order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["created", "activity", "changed", "changed"]
    call = said(caller.post(event(kind="call", person={"email": "IDA@berg.example"}), path=EVENTS))
    assert (call["status"], call["record"]["id"]) == ("appended", lead)
    assert_promises_kept()


def test_a_batch_that_may_run_ends_in_the_ledger(caller: Caller, sara: User) -> None:
    team = caller.agent.teams.get()
    may_execute(caller.agent)
    accounts = [an_account(f"Account {n}", team=team.pk, employees=n) for n in range(25)]
    sent = [body(a, item("employees", a.employees, 1_000 + n)) for n, a in enumerate(accounts)]
    sent += [
        body(accounts[0], item("employees", 0, 77)),
        body(accounts[1], item("name", accounts[1].name, "X")),
    ]
    told = results(caller.post(sent, path=BATCH))
    everything_runs()

    statuses = [line["suggestion"]["status"] for line in told]
    assert statuses[:25] == ["approved"] * 25
    assert set(statuses[25:]) <= {"approved", "queued"}
    now = dict(Account.objects.values_list("name", "employees"))
    assert all(now[f"Account {n}"] == 1_000 + n for n in range(1, 25))
    by_suggestion = ChangeSet.objects.filter(suggestion_id__isnull=False)
    assert by_suggestion.filter(actor_type="ai", authority="policy").count() >= 24
    # Of two that may both run on one field, the second meets what the first wrote and is stale.
    ended = [said(caller.get(line["suggestion"]["url"]))["execution"] for line in (told[0], told[25])]
    assert sorted(one["status"] for one in ended if one) == ["stale", "succeeded"]
    assert_promises_kept()
