"""Labels for texts with a model that reads them, a ticket it raised, and forms with mistakes."""

from __future__ import annotations

from django.urls import reverse
from django.utils import timezone

from scoring.services import text_labels
from tests.look.state import State
from tests.security.world import World
from tests.texts import kit
from tests.world import a_ticket


def states(world: World) -> list[State]:
    at, label = timezone.now(), reverse("approvals:text_label", args=["complaint"])
    raised, said = a_ticket(kit.ANGRY), a_ticket("The courier waited for four weeks")
    kit.trained(at=at)
    text_labels.say(
        label="complaint",
        positive=True,
        record_type="ticket",
        record_id=said.pk,
        user=world.people["admin"],
        at=at,
    )
    return [
        State("labels, one read by a model", reverse("approvals:text_labels")),
        State("a label that a model reads", label),
        State("a label that nobody labeled", reverse("approvals:text_label", args=["fault"])),
        State("a ticket that a model raised", reverse("approvals:ticket", args=[raised.pk])),
        State("a ticket that somebody labeled", reverse("approvals:ticket", args=[said.pk])),
        State(
            "422, a label without a meaning", f"{label}edit", post={"meaning": "", "seen": "0"}, status=422
        ),
        State(
            "422, a topic that is there",
            reverse("approvals:text_label_new"),
            post={"name": "Fault", "meaning": "Something broke.", "active": "on"},
            status=422,
        ),
    ]
