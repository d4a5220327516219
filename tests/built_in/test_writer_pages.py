"""What people see of a model that writes: on the message, beside it, and on the page of its workflow."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from pydantic_ai.models.function import FunctionModel
from pytest_django import Settings

from approvals.models import ModelCall, Workflow
from approvals.rules.told import UNNAMED
from approvals.selectors import model_calls
from approvals.workflows.escalation_reply import EscalationReply
from crmgov.env.writer import Writer
from crmgov.records.models import Ticket
from tests.built_in import kit, model
from tests.built_in.model import Asked
from tests.built_in.test_writer import _slow
from tests.decisions import scene
from tests.desk import browsing
from tests.world import NOW, a_team, a_ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Ticket:
    model.set_up(monkeypatch, settings, Asked().model(model.written))
    kit.begin()
    contact = model.a_reader()
    kit.post(
        kit.event(contact, "login", at=NOW - timedelta(days=1)), kit.event(contact, "note", body="Calm.")
    )
    a_ticket("Known to all", account=contact.account_id, team=a_team().pk)
    return model.escalate(contact)


def page() -> Any:
    return browsing.at(scene.reviewer()).get(browsing.url("suggestion", model.the_reply()))


def workflow_page() -> str:
    workflow = Workflow.objects.get(name=EscalationReply.name)
    return browsing.text(browsing.at(scene.admin()).get(browsing.url("workflow", workflow)))


def test_the_message_says_which_model_wrote_it_and_from_where(answered: Ticket) -> None:
    said = browsing.text(page())

    call = model.the_call()
    assert f"the model {model.NAME} after the template ({call.tokens_in + call.tokens_out:,} tokens" in said
    assert f"EUR {call.cost:,.4f}" in said
    assert "the data gaps you reported Ticket: Data gaps" in said
    assert "Changed against Escalation reply, version 1" in said


def test_what_the_writer_did_not_see_is_marked_and_counted(answered: Ticket) -> None:
    # The template of the letter has an account in its context too.
    found = (one.get("account") for one in page().context)
    plate = next(one for one in found if one and "tickets" in one)

    assert {one["title"]: one["mark"] for one in plate["tickets"]} == {"Data gaps": "", "Known to all": ""}
    marks = {one["meta"][0] if one["meta"] else one["icon"]: one["mark"] for one in plate["timeline"]}
    keys = {one["label"]: one["mark"] for one in plate["keys"]}
    # Logins tell a letter nothing, and who owns the account stands in the template only.
    assert [one["mark"] for one in plate["timeline"] if one["icon"] == "login"] == [UNNAMED]
    assert [one["mark"] for one in plate["timeline"] if one["icon"] == "note"] == [""], marks
    assert (keys["Owner"], keys["Renewal"]) == (UNNAMED, "")
    unseen = [*keys.values(), *(one["mark"] for one in plate["timeline"])].count(UNNAMED)
    assert plate["blind"] == [{"text": f"The writer did not see {unseen} of these", "mark": UNNAMED}]


def test_a_template_that_stood_in_says_so_beside_the_message(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    model.set_up(monkeypatch, settings, FunctionModel(_slow))
    kit.begin()
    model.escalate(model.a_reader())

    said = browsing.text(page())

    assert f"Written by the template; the model {model.NAME} did not answer within 1 s" in said
    assert f"The model {model.NAME} did not answer within 1 s; this is the template's text." in said


def test_hostile_words_of_a_model_do_nothing_on_the_page(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    rude = "<script>alert(1)</script>\u202e"
    model.set_up(monkeypatch, settings, Asked().model(lambda data: {"cannot": rude}))
    kit.begin()
    model.escalate(model.a_reader())

    raw = page().content.decode()

    assert "<script>alert(1)" not in raw
    assert "\u202e" not in raw


def test_the_workflow_shows_calls_tokens_and_cost_of_four_weeks(answered: Ticket) -> None:
    call = model.the_call()
    for days, outcome, cost in ((1, "timed_out", None), (29, "written", 5)):
        ModelCall.objects.create(
            workflow=call.workflow, contact_id=call.contact_id, template="x", model="x", outcome=outcome,
            says="" if outcome == "written" else "x", tokens_in=1_000, cost=cost, currency="EUR" if cost else "",
            milliseconds=1, prompt_sha256="0" * 64, at=NOW - timedelta(days=days),
        )  # fmt: skip

    found = model_calls.lately(call.workflow, kit.SOON)

    assert found is not None
    assert (found.calls, found.unpriced, found.tokens_in) == (2, 1, call.tokens_in + 1_000)
    assert found.outcomes == [("Written", 1), ("No answer in time", 1)]
    assert found.costs == [("EUR", call.cost)]


def test_the_card_of_the_workflow_says_it_in_words(answered: Ticket) -> None:
    call = model.the_call()
    ModelCall.objects.create(
        workflow=call.workflow, contact_id=call.contact_id, template="x", model="x", outcome="written",
        tokens_in=1_200, tokens_out=300, milliseconds=1, prompt_sha256="0" * 64, at=timezone.now(),
    )  # fmt: skip

    said = workflow_page()

    assert "Language model 28 days" in said
    assert "Letters asked" in said
    assert "without a price" in said


def test_without_a_price_no_cost_is_made_up(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    model.set_up(monkeypatch, settings, Asked().model(model.written), Writer(model.NAME, seconds=1))
    kit.begin()
    model.escalate(model.a_reader())

    assert (model.the_call().cost, model.the_call().currency) == (None, "")


def test_no_word_of_what_was_asked_or_answered_is_kept(answered: Ticket) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(c)::text FROM approvals_modelcall c")
        (row,) = cursor.fetchone()

    for words in ("Data gaps", "Ines", "Polder", "Calm"):
        assert words not in row


def test_a_call_is_never_changed_or_removed(answered: Ticket) -> None:
    for sql in ("UPDATE approvals_modelcall SET cost = 0", "DELETE FROM approvals_modelcall"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
