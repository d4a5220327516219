"""Models in every state: in use with an alarm, compared, retired, and forms with mistakes."""

from __future__ import annotations

from django.urls import reverse

from scoring.models import TrainedModel
from tests.look.state import State
from tests.models_pages import kit
from tests.security.world import World


def states(world: World) -> list[State]:
    status = TrainedModel.Status
    used = kit.a_model(7, status.CHAMPION)
    kit.looked(used)
    beside = kit.a_model(8, status.CHALLENGER)
    gone = kit.a_model(6, status.RETIRED)
    mine = kit.a_model(9, trainer=world.people["admin"])
    here = reverse("approvals:model", args=[used.pk])
    return [
        State("a model in use", here),
        State("a model that is compared", reverse("approvals:model", args=[beside.pk])),
        State("a model that is retired", reverse("approvals:model", args=[gone.pk])),
        State("a model I trained", reverse("approvals:model", args=[mine.pk])),
        State("422, retired without a word", f"{here}retire", post={"why": ""}, status=422),
        State("422, reviewed yesterday", f"{here}review", post={"review_due": "2020-01-01"}, status=422),
        State("409, put in use again", f"{here}use", post={"why": "Again."}, status=409),
    ]
