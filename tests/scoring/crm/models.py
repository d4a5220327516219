"""A model to score with, fitted without the hours of care a training takes: what it is worth is not the question."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import numpy as np

from scoring.features.subjects import SUBJECTS
from scoring.learning import encodings, pipelines
from scoring.learning.predictors import Predictor
from scoring.learning.scorers import table_of
from scoring.models import TrainedModel
from scoring.selectors import features

SEED = 7


def fitted(
    ids: Sequence[UUID], at: datetime, *, method: str = "logistic", status: str = "champion", version: int = 1
) -> TrainedModel:
    """A model in use that finds those at risk who log in less than most, with some noise."""
    subject = SUBJECTS["churn"]
    read = features.read(subject, ids, [at] * len(ids))
    table = table_of(read.columns, {one.name: str(one.kind) for one in subject.features})
    names = [column.name for column in table.columns if len(np.unique(column.values[~column.missing])) > 1]
    encoding = encodings.fitted(table, names)
    x, logins = encoding.matrix(table), table.column("logins_30").values
    luck = np.random.default_rng(SEED)
    y = (logins + luck.normal(0, 0.5 + logins.std() / 2, len(logins)) < np.median(logins)).astype(float)
    y[:2] = 0.0, 1.0
    model = pipelines.calibrated(pipelines.Name(method), encoding, seed=SEED).fit(x, y)
    file = Predictor(encoding, model, {}, "segment", x[:50]).file()
    assert hashlib.sha256(file.content).hexdigest() == file.sha256
    return TrainedModel.objects.create(
        kind="churn_risk", version=version, status=status, method=method, schema=subject.version,
        card={"threshold": {"at": 0.5}}, file=file.content, sha256=file.sha256, trained_at=at,
        trained_by="a test", review_due=at.date(), since=at,
    )  # fmt: skip
