"""Which trained model counts: put in use, put beside, retired, reviewed. Each is a person's word and stays written."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction

from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound, Refused
from crmgov.people import admins, policy
from crmgov.people.models import User
from scoring.models import ModelEvent, TrainedModel

Status = TrainedModel.Status
# A quarter: the review cycle where nobody says otherwise.
REVIEWED_EVERY = timedelta(days=91)
LONGEST_WHY = 500
WHY = "Say why, for whoever asks later."


class SecondPersonNeeded(NotAllowed):
    """Who trained a model does not put it in use alone."""


class NotBetterThanChance(Refused):
    """What this model says is no better than chance, so nothing may be decided by it."""


class InUse(Refused):
    """This model is in use already."""


class Beside(Refused):
    """This model scores beside the one in use already."""


class Retired(Refused):
    """This model is retired already."""


def put_in_use(*, model_id: UUID, why: str, user: User, at: datetime) -> TrainedModel:
    """Its scores count from the next run on; the one before is retired.

    Raises NotAllowed, NotFound, Invalid, InUse, NotBetterThanChance, SecondPersonNeeded.
    """
    with transaction.atomic(durable=True):
        model = _locked(model_id, user)
        said = _said(why)
        if model.status == Status.CHAMPION:
            raise InUse
        if is_chance(model):
            raise NotBetterThanChance
        if refused := why_not(model, user, at):
            raise SecondPersonNeeded(refused)
        before = (
            TrainedModel.objects.filter(kind=model.kind, status=Status.CHAMPION).defer("file", "card").first()
        )
        if before is not None:
            _retire(before, f"Version {model.version} came in its place.", user, at)
        alone = model.trainer_id == user.pk
        model.status, model.since, model.retired_at = Status.CHAMPION, at, None
        model.put_in_use_by, model.why = str(user), said
        model.save(update_fields=["status", "since", "retired_at", "put_in_use_by", "why"])
        _tell(model, ModelEvent.Kind.PUT_IN_USE, said, user, at, sole_admin=alone)
    return model


def put_beside(*, model_id: UUID, user: User, at: datetime) -> TrainedModel:
    """It scores in shadow from now on and is compared; the challenger before is retired.

    Raises NotAllowed, NotFound, InUse, Beside, NotBetterThanChance.
    """
    with transaction.atomic(durable=True):
        model = _locked(model_id, user)
        if model.status == Status.CHAMPION:
            raise InUse
        if model.status == Status.CHALLENGER:
            raise Beside
        if is_chance(model):
            raise NotBetterThanChance
        before = (
            TrainedModel.objects.filter(kind=model.kind, status=Status.CHALLENGER)
            .defer("file", "card")
            .first()
        )
        if before is not None:
            _retire(before, f"Version {model.version} is compared instead.", user, at)
        model.status, model.retired_at = Status.CHALLENGER, None
        model.save(update_fields=["status", "retired_at"])
        _tell(model, ModelEvent.Kind.PUT_BESIDE, "", user, at)
    return model


def retire(*, model_id: UUID, why: str, user: User, at: datetime) -> TrainedModel:
    """Its scores no longer count; where it was in use the rules judge again.

    Raises NotAllowed, NotFound, Invalid, Retired.
    """
    with transaction.atomic(durable=True):
        model = _locked(model_id, user)
        said = _said(why)
        if model.status == Status.RETIRED:
            raise Retired
        _retire(model, said, user, at)
    return model


def review(
    *, model_id: UUID, until: date, owner: User, purpose: str, limits: str, user: User, at: datetime
) -> None:
    """Keep who looks after it, what it is for and not for, and when somebody looks again.

    Raises NotAllowed, NotFound, Invalid.
    """
    with transaction.atomic(durable=True):
        model = _locked(model_id, user)
        if until <= at.date():
            raise Invalid(
                "That day has passed. Choose a day after today.", {"review_due": "Choose a day after today."}
            )
        if until > at.date() + timedelta(days=366):
            say = "Choose a day within a year: what customers do changes."
            raise Invalid(say, {"review_due": say})
        model.review_due, model.owner = until, owner
        model.purpose, model.limits = purpose.strip(), limits.strip()
        model.save(update_fields=["review_due", "owner", "purpose", "limits"])
        _tell(model, ModelEvent.Kind.REVIEWED, f"Next review {until.isoformat()}.", user, at)


def why_not(model: TrainedModel, user: User, at: datetime) -> str:
    """Return why this person may not put it in use yet; empty where they may."""
    if model.trainer_id != user.pk:
        return ""
    other = admins.other_than(user.pk)
    if other is not None:
        return f"You trained it, so another admin puts it in use: ask {other}."
    if at < model.trained_at + admins.SOLE_ADMIN_WAITS:
        return "You trained it and nobody else is an admin, so you may put it in use 24 hours after the training."
    return ""


def is_chance(model: TrainedModel) -> bool:
    """Whether its card says that it cannot tell one from the other."""
    return bool(model.card.get("metrics", {}).get("no_better_than_chance", True))


def _locked(model_id: UUID, user: User) -> TrainedModel:
    """The model, with everything of its kind locked in one order. Raises NotAllowed, NotFound."""
    if not policy.may(user, policy.Act.ADMINISTER):
        raise NotAllowed("Admins decide which model counts.")
    kind = TrainedModel.objects.filter(pk=model_id).values_list("kind", flat=True).first()
    if kind is None:
        raise NotFound
    of_kind = (
        TrainedModel.objects.select_for_update(of=("self",)).filter(kind=kind).defer("file").order_by("pk")
    )
    return next(model for model in of_kind if model.pk == model_id)


def _retire(model: TrainedModel, why: str, user: User, at: datetime) -> None:
    model.status, model.retired_at = Status.RETIRED, at
    model.save(update_fields=["status", "retired_at"])
    _tell(model, ModelEvent.Kind.RETIRED, why, user, at)


def _tell(
    model: TrainedModel,
    kind: ModelEvent.Kind,
    why: str,
    user: User,
    at: datetime,
    *,
    sole_admin: bool = False,
) -> None:
    ModelEvent.objects.create(trained=model, kind=kind, why=why, by=str(user), sole_admin=sole_admin, at=at)


def _said(why: str) -> str:
    if not why.strip():
        raise Invalid(WHY, {"why": WHY})
    return why.strip()[:LONGEST_WHY]
