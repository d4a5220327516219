"""A model put to records at moments of the past, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from crmgov.kernel.refusals import Refused
from scoring.features.schema import Subject
from scoring.models import TrainedModel
from scoring.selectors import features, schemas
from scoring.selectors.populations import POPULATIONS

if TYPE_CHECKING:
    from scoring.learning.scorers import Scorer

PAGE = 5_000


class FeaturesChanged(Refused):
    """The features changed since this model was trained. Train a new version."""


def opened(model: TrainedModel) -> tuple[Subject, Scorer]:
    """The features it reads and the model itself. Raises FeaturesChanged, NotLoadable for its file."""
    from scoring.learning.scorers import Scorer

    subject = schemas.subject(POPULATIONS[model.kind].question)
    if subject.version != model.schema:
        raise FeaturesChanged(
            f"This model was trained on features {model.schema}, and these are {subject.version}. Train a new version."
        )
    return subject, Scorer(bytes(model.file), registered=model.sha256)


def read(subject: Subject, scorer: Scorer, ids: Sequence[UUID], cuts: Sequence[datetime]) -> tuple[Any, Any]:
    """The table of these records as of their moments, and what the model says of each, as an array."""
    table = table_at(subject, ids, cuts)
    return table, scorer.predictor.predict(table)


def table_at(subject: Subject, ids: Sequence[UUID], cuts: Sequence[datetime]) -> Any:
    from scoring.learning.scorers import table_of

    columns: dict[str, list[Any]] = {name: [] for name in subject.names}
    for start in range(0, len(ids), PAGE):
        found = features.read(subject, ids[start : start + PAGE], cuts[start : start + PAGE])
        for name, values in found.columns.items():
            columns[name] += values
    return table_of(columns, {name: str(one.kind) for name, one in subject.by_name().items()})
