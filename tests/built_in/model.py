"""A language model that answers with what a test says, and an escalation of which it writes the reply."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from pydantic_ai.messages import ModelMessage, ModelResponse, ToolCallPart, UserPromptPart
from pydantic_ai.models import Model
from pydantic_ai.models.function import AgentInfo, FunctionModel
from pytest_django import Settings

from approvals.models import ModelCall, Suggestion
from approvals.providers import language_model
from approvals.workflows.escalation_reply import EscalationReply
from crmgov.env.writer import Writer
from crmgov.records.models import Contact, Ticket
from tests.built_in import kit
from tests.decisions import scene
from tests.world import a_contact, a_team, a_ticket, change

NAME = "function:letters"
WRITER = Writer(NAME, seconds=1, price_in=Decimal(2), price_out=Decimal(10))
# From the data it was shown to the letter it gives back.
Author = Callable[[dict[str, Any]], dict[str, Any]]
BODY = (
    "<p>Dear Ines,</p><p>the data gaps you reported are with me until they are closed.</p><p>Priya Nair</p>"
)


class Asked:
    """What the model was asked: instructions and data, and how often."""

    def __init__(self) -> None:
        self.instructions: list[str] = []
        self.data: list[dict[str, Any]] = []

    def model(self, author: Author) -> Model:
        def write(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
            (prompt,) = [part for part in messages[0].parts if isinstance(part, UserPromptPart)]
            self.instructions.append(info.instructions or "")
            self.data.append(json.loads(str(prompt.content)))
            return letter(info, author(self.data[-1]))

        return FunctionModel(write)


def letter(info: AgentInfo, said: dict[str, Any]) -> ModelResponse:
    return ModelResponse(parts=[ToolCallPart(info.output_tools[0].name, said)])


def set_up(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, model: Model, writer: Writer = WRITER
) -> None:
    """The product as it runs with a model; only what answers is ours."""
    settings.MESSAGE_WRITER = writer
    monkeypatch.setattr(language_model, "model_of", lambda given: model)


def item(data: dict[str, Any], kind: str) -> dict[str, Any]:
    """The first item of a type that it was shown."""
    return next(one for one in data["items"] if one["type"] == kind)


def claim(text: str, one: dict[str, Any]) -> dict[str, Any]:
    return {"text": text, "source": {"type": one["type"], "id": one["id"]}}


def written(data: dict[str, Any]) -> dict[str, Any]:
    """A good letter: what it states is from the ticket."""
    stated = claim("the data gaps you reported", item(data, "ticket"))
    return {"subject": "Your data gaps", "body": BODY, "claims": [stated]}


def a_reader(**values: Any) -> Contact:
    owner = kit.an_owner()
    account = scene.account("Polder Freight", owner=owner.pk, **values)
    named = {"first_name": "Ines", "email": "ines.costa@polder.example", "owner": owner.pk}
    return a_contact("Costa", account=account.pk, team=a_team().pk, **named)


def escalate(contact: Contact, subject: str = "Data gaps", **values: Any) -> Ticket:
    """A ticket of theirs is escalated, and the workflows have taken note of it."""
    ticket = a_ticket(subject, account=contact.account_id, contact=contact.pk, team=contact.team_id, **values)
    change("ticket", ticket.pk, escalated=True)
    kit.ring()
    return ticket


def the_reply() -> Suggestion:
    (reply,) = kit.of(EscalationReply)
    return reply


def the_call() -> ModelCall:
    return ModelCall.objects.get()
