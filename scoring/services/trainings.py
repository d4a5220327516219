"""Training on the own records: examples from the past, features as of then, a model kept with its card."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog
from django.db import IntegrityError, connection, transaction

from crmgov.kernel.refusals import NotAllowed, Refused
from crmgov.people import policy
from crmgov.people.models import User
from scoring.features.schema import Subject
from scoring.models import ModelEvent, SegmentStanding, TrainedModel, Training
from scoring.selectors import examples, features, schemas
from scoring.selectors.examples import QUESTIONS, Example, Question

from . import outcomes
from .signals import training_asked
from .trained import REVIEWED_EVERY
from .turns import turn

if TYPE_CHECKING:
    from scoring.learning.cards import Segment
    from scoring.learning.training import Trained

CHUNK = 5_000
FEWEST = 30
# Versions of one kind are numbered one after the other.
LOCK = 7_201_502
LABEL, TIME, SEGMENT = "outcome", "cut_off", "segment"
YES, NO = "yes", "no"
OPERATOR = "an operator"
log = structlog.get_logger(__name__)


class TooFewOutcomes(Refused):
    """There are too few outcomes to learn from."""

    status = 422


class AlreadyTraining(Refused):
    """A training of this kind is at work or waits for a worker already. It is shown with its progress."""


def ask(*, question: str, user: User, at: datetime) -> Training:
    """Let a worker train a new version. Raises NotAllowed, AlreadyTraining."""
    if not policy.may(user, policy.Act.ADMINISTER):
        raise NotAllowed("Admins train models.")
    with transaction.atomic(durable=True):
        training = _asked(question, user, at)
        training_asked.send(sender=Training, training_id=training.pk)
    return training


def train(*, question: str, at: datetime) -> TrainedModel:
    """Train a new version here and now, for an operator. Raises TooFewOutcomes, AlreadyTraining, Unlearnable."""
    with transaction.atomic(durable=True):
        training = _asked(question, None, at)
    done = go_on(training_id=training.pk, at=at)
    if done is None:
        training.refresh_from_db()
        if not training.problem:
            # A worker found it waiting and was quicker.
            raise AlreadyTraining
        raise TooFewOutcomes(training.problem)
    return done


def _asked(question: str, user: User | None, at: datetime) -> Training:
    try:
        with transaction.atomic():
            return Training.objects.create(kind=QUESTIONS[question].kind, asked_by=user, asked_at=at)
    except IntegrityError as error:
        if "one_training_at_a_time_per_kind" not in str(error):
            raise
        raise AlreadyTraining from error


def go_on(*, training_id: UUID, at: datetime) -> TrainedModel | None:
    """Do what was asked for, unless somebody is at it or it is over. None where no model came of it."""
    with turn(f"training {training_id}") as ours:
        training = Training.objects.filter(pk=training_id, status__in=["asked", "running"]).first()
        if training is None or not ours:
            return None
        question = next(one for one in QUESTIONS.values() if one.kind == training.kind)
        Training.objects.filter(pk=training.pk).update(status="running", started_at=at, rows_read=0)
        try:
            return _train(training, question, at)
        except Refused as refused:
            _failed(training, refused.say, at)
        except Exception:
            _failed(training, "The training stopped for an error of ours. It stands in the log.", at)
            raise
    return None


def take_up() -> int:
    """Ring for every training that waits or whose worker died; ringing too often costs a look at a lock."""
    waiting = list(Training.objects.filter(status__in=["asked", "running"]).values_list("pk", flat=True))
    for training_id in waiting:
        training_asked.send(sender=Training, training_id=training_id)
    return len(waiting)


def _failed(training: Training, say: str, at: datetime) -> None:
    Training.objects.filter(pk=training.pk).update(status="failed", problem=say[:500], finished_at=at)


def _train(training: Training, question: Question, at: datetime) -> TrainedModel:
    outcomes.rebuild()
    subject = schemas.subject(question.name)
    # As of the asking: a training taken up again learns the same.
    found = examples.find(question, subject, training.asked_at)
    _require_enough(question, found)
    columns = _columns(training, subject, found)
    learned = _learned(question, columns)
    return _keep(training, question, subject, found, learned, at)


def _require_enough(question: Question, found: Sequence[Example]) -> None:
    positives = sum(one.positive for one in found)
    if min(positives, len(found) - positives) >= FEWEST:
        return
    who = question.who.removesuffix("s") if len(found) == 1 else question.who
    raise TooFewOutcomes(
        f"Of {len(found):,} {who} in {examples.MONTHS} months {positives:,} {question.did}. "
        f"A model needs {FEWEST} who did and {FEWEST} who did not. {question.advice}"
    )


def _columns(training: Training, subject: Subject, found: Sequence[Example]) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {name: [] for name in (LABEL, TIME, *subject.names)}
    Training.objects.filter(pk=training.pk).update(rows=len(found))
    for start in range(0, len(found), CHUNK):
        some = found[start : start + CHUNK]
        read = features.read(subject, [one.record_id for one in some], [one.cut for one in some])
        if len(read.ids) != len(some):
            raise Refused("Records went away while they were read. Train again.")
        columns[LABEL] += [YES if one.positive else NO for one in some]
        columns[TIME] += [one.cut for one in some]
        for name, values in read.columns.items():
            columns[name] += values
        Training.objects.filter(pk=training.pk).update(rows_read=start + len(some))
    return columns


def _learned(question: Question, columns: dict[str, list[Any]]) -> Trained:
    from scoring.learning import tables, training

    return training.train(
        tables.of_columns(columns),
        training.Question(name=question.name, label=LABEL, positive=YES, time=TIME, segment=SEGMENT),
    )


@transaction.atomic(durable=True)
def _keep(
    training: Training,
    question: Question,
    subject: Subject,
    found: Sequence[Example],
    learned: Trained,
    at: datetime,
) -> TrainedModel:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    of_kind = TrainedModel.objects.filter(kind=question.kind).order_by("-version")
    by = str(training.asked_by or OPERATOR)
    model = TrainedModel.objects.create(
        kind=question.kind,
        version=(of_kind.values_list("version", flat=True).first() or 0) + 1,
        method=learned.card["chosen"],
        schema=subject.version,
        card={**learned.card, "own": _own(question, subject, found)},
        file=learned.file,
        sha256=learned.sha256,
        trained_at=at,
        trained_by=by,
        trainer=training.asked_by,
        owner=training.asked_by,
        review_due=(at + REVIEWED_EVERY).date(),
    )
    chance = learned.card["metrics"]["no_better_than_chance"]
    SegmentStanding.objects.bulk_create(
        _standing(model, one, chance=chance, at=at) for one in learned.card["segments"]
    )
    ModelEvent.objects.create(trained=model, kind=ModelEvent.Kind.TRAINED, by=by, at=at)
    Training.objects.filter(pk=training.pk).update(status="done", trained=model, finished_at=at)
    log.info("model trained", kind=question.kind, version=model.version, rows=len(found))
    return model


def _own(question: Question, subject: Subject, found: Sequence[Example]) -> dict[str, Any]:
    """What the card of a model of the own records says beyond that of a foreign table."""
    return {
        "schema": subject.version,
        "horizon_days": question.horizon_days,
        "cut_offs": {"first": found[0].cut.isoformat(), "last": found[-1].cut.isoformat()},
        "sampling": "one past moment per record, drawn by its id",
        "means": {feature.name: feature.means for feature in subject.features},
    }


def _standing(model: TrainedModel, segment: Segment, *, chance: bool, at: datetime) -> SegmentStanding:
    # Out of fold it may fit, and not on what came later: the card says so by itself.
    calibrated = segment["calibrated"] and segment["enough"] and not segment["stands_down"] and not chance
    why = segment["sentence"]
    if chance:
        why = f"The whole model is no better than chance. {why}"
    standing = SegmentStanding.Standing
    return SegmentStanding(
        trained=model,
        segment="" if segment["name"] == "none" else segment["name"],
        standing=standing.CALIBRATED if calibrated else standing.NOT_PROVEN,
        why=why[:500],
        outcomes=segment["measures"]["n"],
        positives=segment["measures"]["positives"],
        since=at,
    )
