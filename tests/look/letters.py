"""Messages and their templates in every state: odd, edited, copied, approved, refused."""

from __future__ import annotations

from django.urls import reverse
from django.utils import timezone

from approvals.models import Suggestion
from tests.look.state import State
from tests.messages import scene as messages
from tests.security.world import World


def states(world: World) -> list[State]:
    """One with all that can be found in a text, one being edited, one to be copied, one approved."""
    at = timezone.now()
    found = messages.propose(messages.reader("odd@wharf.example"), body=messages.RUDE, at=at)
    sent = messages.propose(messages.reader("fine@wharf.example"), at=at)
    messages.approve(sent, world.people["reviewer"], at=at, edits={"subject": "Welcome on board"})
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
        _item("a message approved", sent),
        _item("a message approved, on paper", sent, "decision"),
    ]


def _item(name: str, suggestion: Suggestion, step: str = "suggestion", query: str = "") -> State:
    return State(name, reverse(f"approvals:{step}", args=[suggestion.pk]) + query)
