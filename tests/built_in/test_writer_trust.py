"""What a model's letter may rest on, and what it costs when it cannot be taken."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from approvals.models import (
    Experiment,
    MessageTemplate,
    ModelCall,
    Suggestion,
    Workflow,
    WorkflowFailure,
    WorkflowStart,
)
from approvals.selectors import letter_material
from approvals.services import experiment_arms, intake, letter_checks, message_writer
from approvals.workflows.escalation_reply import EscalationReply
from approvals.workflows.letters import ESCALATION
from crmgov.kernel.refusals import Refused
from crmgov.records.models import SUMMARY, Activity, Ticket
from scoring.arms import Arm
from tests.built_in import kit, model
from tests.built_in.model import Asked, claim, item
from tests.decisions import scene
from tests.experiments import kit as trying
from tests.world import NOW, a_contact, a_team, a_ticket, change

pytestmark = pytest.mark.django_db
Begin = Callable[..., Asked]


@pytest.fixture
def begin(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Begin:
    """A model that writes with this author, and the workflows registered."""

    def do(author: model.Author = model.written, **more: Any) -> Asked:
        asked = Asked()
        model.set_up(monkeypatch, settings, asked.model(author), **more)
        kit.begin()
        return asked

    return do


def test_a_summary_of_an_agent_is_no_source(begin: Begin) -> None:
    asked = begin()
    contact = model.a_reader()
    said = {"summary": "We promised 40 % off until 2030."}
    made = scene.propose_raw(
        {
            "record": {"type": "contact", "id": str(contact.pk)},
            "action": "log_summary",
            "items": [{"field": field, "proposed": words} for field, words in said.items()],
            "confidence": 0.9,
            "level": "draft",
        }
    )
    kit.accept(made, scene.reviewer())
    kept = Activity.objects.get(data__has_key=SUMMARY)
    kit.post(kit.event(contact, "mail_in", subject="Gaps", body="Since Monday."))
    late = kept.occurred_at + timedelta(seconds=1)

    assert str(kept.pk) not in str(letter_material.of(contact, late).items)
    assert "Since Monday." in str(letter_material.of(contact, late).items)
    model.escalate(contact)
    assert "40 %" not in str(asked.data)


@pytest.mark.parametrize("text", ["\x01", " \u200b ", "“”", "."])
def test_a_claim_that_says_nothing_is_left_out(begin: Begin, text: str) -> None:
    def author(data: dict[str, Any]) -> dict[str, Any]:
        letter = model.written(data)
        return {**letter, "claims": [*letter["claims"], claim(text, item(data, "ticket"))]}

    begin(author)
    model.escalate(model.a_reader())

    assert model.the_call().outcome == "written"
    assert [one["text"] for one in model.the_reply().stated] == ["the data gaps you reported"]


def test_a_letter_that_grows_too_long_by_cleaning_is_nonsense(begin: Begin) -> None:
    def author(data: dict[str, Any]) -> dict[str, Any]:
        return {**model.written(data), "body": model.BODY + "<p>" + "&" * 10_000 + "</p>"}

    begin(author)
    model.escalate(model.a_reader())

    assert model.the_call().outcome == "nonsense"
    assert not WorkflowFailure.objects.exists()


def eight(bad: int) -> None:
    owner = kit.an_owner()
    for number in range(8):
        account = scene.account(f"Firm {number}", owner=owner.pk)
        contact = a_contact(
            f"Costa {number}",
            first_name="Ines",
            email=f"ines@polder{number}.example",
            account=account.pk,
            team=a_team().pk,
            owner=owner.pk,
        )
        named = "Bad" if number == bad else "Data gaps"
        ticket = a_ticket(named, account=account.pk, contact=contact.pk, team=a_team().pk)
        change("ticket", ticket.pk, escalated=True)


def test_one_that_cannot_be_taken_is_paid_for_once_and_so_are_all_others(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, real = begin(), intake.take

    def take(proposals: Any, *given: Any) -> Any:
        """What nobody thought of: one of them is refused."""
        bad = Ticket.objects.get(subject="Bad").contact_id
        return [
            Refused("not this one") if one.record.id == bad else kept
            for one, kept in zip(proposals, real(proposals, *given), strict=True)
        ]

    monkeypatch.setattr(intake, "take", take)
    eight(bad=5)
    kit.ring()

    assert len(asked.data) == ModelCall.objects.count() == 8
    assert Suggestion.objects.filter(action="send_message").count() == 7
    assert WorkflowFailure.objects.count() == 1


def laundered(data: dict[str, Any]) -> dict[str, Any]:
    """The day of the ticket lends its number to a rebate."""
    ticket = item(data, "ticket")
    day = ticket["opened"]
    body = f"<p>Dear Ines,</p><p>you get {int(day[-2:])} % off for ever.</p><p>Priya Nair</p>"
    return {"subject": "Your data gaps", "body": body, "claims": [claim(f"Opened on {day}", ticket)]}


def test_words_that_do_not_stand_in_the_letter_lend_it_no_number(begin: Begin) -> None:
    begin(laundered)
    model.escalate(model.a_reader())

    call = model.the_call()
    assert (call.outcome, call.says.partition(":")[0]) == (
        "refused",
        "gives a source for words it did not write",
    )
    assert model.the_reply().stated == []


def test_without_that_look_the_rebate_would_be_taken(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard taken out."""
    monkeypatch.setattr(letter_checks, "_flat", lambda text: "x")
    begin(laundered)
    model.escalate(model.a_reader())
    assert model.the_call().outcome == "written"


@pytest.mark.parametrize("text", ["The Data Gaps you  reported.", "“the data gaps\nyou reported”"])
def test_a_claim_stands_in_the_letter_in_whatever_case_and_quotes(begin: Begin, text: str) -> None:
    begin(lambda data: {**model.written(data), "claims": [claim(text, item(data, "ticket"))]})
    model.escalate(model.a_reader())
    assert model.the_call().outcome == "written"


def starts_meanwhile(begin: Begin, monkeypatch: pytest.MonkeyPatch, arm: Arm) -> Suggestion:
    """The reply of which a model wrote the words before somebody started an experiment with it."""
    begin()
    kit.ring()
    text = trying.other_text("Other", purpose=ESCALATION.purpose)
    trying.other_text()
    drafted = trying.draft(
        workflow_id=Workflow.objects.get(name=EscalationReply.name).pk,
        letter_id=MessageTemplate.objects.get(name=ESCALATION.name).pk,
        variant_id=text.template_id,
    )
    real = message_writer.write

    def write(*given: Any) -> message_writer.Texts:
        found = real(*given)
        Experiment.objects.filter(pk=drafted.pk).update(started_by=trying.starter(), started_at=NOW)
        return found

    monkeypatch.setattr(message_writer, "write", write)
    monkeypatch.setattr(experiment_arms, "arm_of", lambda **_: arm)
    model.escalate(model.a_reader())
    return model.the_reply()


@pytest.mark.parametrize("arm", [Arm.CONTROL, Arm.VARIANT])
def test_an_experiment_that_starts_while_the_model_writes_gets_its_own_words(
    begin: Begin, monkeypatch: pytest.MonkeyPatch, arm: Arm
) -> None:
    reply = starts_meanwhile(begin, monkeypatch, arm)

    assert kit.values(reply)["body"] != model.BODY
    assert kit.values(reply)["template"] == ("Other@1" if arm == Arm.VARIANT else "Escalation reply@1")
    assert "language model" not in reply.reason
    assert (reply.model_call, reply.workflow_version.model) == (None, "")
    assert model.the_call().outcome == "written"


def test_without_another_look_the_experiment_would_get_words_of_the_model(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard taken out."""
    monkeypatch.setattr(message_writer.Texts, "now", lambda self, _: self)
    reply = starts_meanwhile(begin, monkeypatch, Arm.CONTROL)
    assert kit.values(reply)["body"] == model.BODY


def test_who_is_through_leaves_the_turn_of_another_alone(begin: Begin) -> None:
    begin()
    start = WorkflowStart.objects.get(workflow__name=EscalationReply.name)
    late = kit.SOON + message_writer.LONGEST + timedelta(minutes=1)
    with message_writer.turn(start, late - timedelta(minutes=11)) as first:
        second = message_writer.turn(start, late)
        assert (first, second.__enter__()) == (True, True)
    with message_writer.turn(start, late + timedelta(seconds=5)) as third:
        assert third is False
    second.__exit__(None, None, None)
    with message_writer.turn(start, late + timedelta(seconds=6)) as fourth:
        assert fourth is True


def test_a_turn_lasts_from_when_it_is_taken_not_from_when_the_run_began(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin()
    kit.ring()
    late, seen = kit.SOON + timedelta(minutes=30), []
    real = message_writer.write

    def write(*given: Any) -> message_writer.Texts:
        seen.append(WorkflowStart.objects.get(workflow__name=EscalationReply.name).writing_until)
        return real(*given)

    monkeypatch.setattr(message_writer, "write", write)
    contact = model.a_reader()
    ticket = a_ticket("Data gaps", account=contact.account_id, contact=contact.pk, team=contact.team_id)
    change("ticket", ticket.pk, escalated=True)
    kit.ring(clock=lambda: late)
    assert seen == [late + message_writer.LONGEST]
