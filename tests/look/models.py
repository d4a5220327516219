"""Models in every state: in use with an alarm, compared, retired, and forms with mistakes."""

from __future__ import annotations

from django.urls import reverse

from scoring.models import TrainedModel
from scoring.services import trainings
from tests.look.state import State
from tests.models_pages import kit
from tests.security.world import World
from tests.world import NOW


def states(world: World) -> list[State]:
    status = TrainedModel.Status
    used = kit.a_model(7, status.CHAMPION)
    kit.looked(used)
    beside = kit.a_model(8, status.CHALLENGER)
    gone = kit.a_model(6, status.RETIRED)
    mine = kit.a_model(9, trainer=world.people["admin"])
    here = reverse("approvals:model", args=[used.pk])
    trainings.ask(question="churn", user=world.people["admin"], at=NOW)
    failed = trainings.ask(question="win", user=world.people["admin"], at=NOW)
    trainings.go_on(training_id=failed.pk, at=NOW)
    return [
        State("trainings at work and come to nothing", reverse("approvals:models")),
        State("409, trained twice at once", "/models/train/churn", post={}, status=409),
        State("a model in use", here),
        State("a model that is compared", reverse("approvals:model", args=[beside.pk])),
        State("a model that is retired", reverse("approvals:model", args=[gone.pk])),
        State("a model I trained", reverse("approvals:model", args=[mine.pk])),
        State("422, retired without a word", f"{here}retire", post={"why": ""}, status=422),
        State("422, reviewed yesterday", f"{here}review", post={"review_due": "2020-01-01"}, status=422),
        State("409, put in use again", f"{here}use", post={"why": "Again."}, status=409),
    ]
