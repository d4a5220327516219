"""Messages and their templates in every state: odd, edited, copied, approved, refused."""

from __future__ import annotations

from decimal import Decimal

from django.urls import reverse
from django.utils import timezone

from approvals.models import ModelCall, Suggestion
from tests.look.state import State
from tests.messages import scene as messages
from tests.security.world import World
from tests.world import a_team, a_ticket, change


def states(world: World) -> list[State]:
    """One with all that can be found in a text, one being edited, one to be copied, one approved."""
    at = timezone.now()
    found = messages.propose(messages.reader("odd@wharf.example"), body=messages.RUDE, at=at)
    sent = messages.propose(messages.reader("fine@wharf.example"), at=at)
    messages.approve(sent, world.people["reviewer"], at=at, edits={"subject": "Welcome on board"})
    written, stood_in = (by_model(outcome) for outcome in ("written", "timed_out"))
    waits, by_hand = (Suggestion.objects.get(pk=world.ids[name]) for name in ("message", "by_hand"))
    here, sign, write = (
        reverse(f"approvals:{name}", args=[world.ids["template"]])
        for name in ("template", "standing_sign", "template_write")
    )
    return [
        State("a template, filled in", f"{here}?contact=fine@wharf.example"),
        State("a template, for nobody", f"{here}?contact=Nobody"),
        State("422, signing for nothing", sign, post={"number": "1", "until": "2020-01-01"}, status=422),
        State("422, a template", write, post={"against": "1", "body": "{{ contact.name"}, status=422),
        _item("a message with something in it", found),
        _item("a message being edited", waits, "suggestion_edit"),
        _item("a message to copy", by_hand),
        _item("a message by a model", written),
        _item("a message by the template, for want of the model", stood_in),
        State(
            "a workflow whose messages a model writes",
            reverse("approvals:workflow", args=[written.workflow_version.workflow_id]),
        ),
        _item("a message approved", sent),
        _item("a message approved, on paper", sent, "decision"),
    ]


def by_model(outcome: str) -> Suggestion:
    """One that a model wrote, or was to write, with a source that is seen and one that went out of sight."""
    at = timezone.now()
    contact = messages.reader(f"{outcome}@wharf.example")
    tickets = [
        a_ticket(subject, account=contact.account_id, team=contact.team_id)
        for subject in ("Data gaps in the harbour feed since the outage of Monday", "Gone")
    ]
    claims = [
        {"text": "the gaps you reported are with me", "source": {"type": "ticket", "id": str(ticket.pk)}}
        for ticket in tickets
    ]
    suggestion = messages.propose(contact, claims=claims, model="openai:gpt-5-mini", at=at)
    change("ticket", tickets[1].pk, account=None, team=a_team("South").pk)
    call = ModelCall.objects.create(
        workflow=suggestion.workflow_version.workflow,
        contact_id=contact.pk,
        template="Escalation reply",
        model="openai:gpt-5-mini",
        outcome=outcome,
        says="" if outcome == "written" else "did not answer within 20 s",
        tokens_in=1_812,
        tokens_out=231,
        cost=Decimal("0.000915") if outcome == "written" else None,
        currency="EUR" if outcome == "written" else "",
        milliseconds=3_240,
        prompt_sha256="0" * 64,
        given=[["ticket", str(tickets[0].pk)], ["account", "name"], ["account", "industry"]],
        at=at,
    )
    Suggestion.objects.filter(pk=suggestion.pk).update(model_call=call)
    return suggestion


def _item(name: str, suggestion: Suggestion, step: str = "suggestion", query: str = "") -> State:
    return State(name, reverse(f"approvals:{step}", args=[suggestion.pk]) + query)
