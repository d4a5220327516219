"""Which model counts, and that what was trained stays as it was trained."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction

from crmgov.people.models import User
from scoring.models import Score, TrainedModel
from scoring.selectors import scores, trained

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
KIND = Score.Kind.CHURN_RISK


def a_model(
    version: int = 1, status: str = "candidate", *, card: object = None, trainer: User | None = None
) -> TrainedModel:
    return TrainedModel.objects.create(
        kind=KIND,
        version=version,
        status=status,
        method="logistic",
        schema="1",
        card=card or {"n": 2},
        file=b"file",
        sha256="0" * 64,
        trained_at=AT,
        trained_by=str(trainer or "Ana Ruiz"),
        trainer=trainer,
        review_due=date(2027, 2, 18),
        since=AT,
    )


def a_score(record_id: UUID, value: str, model: TrainedModel | None) -> Score:
    return Score.objects.create(
        kind=KIND,
        record_type="account",
        record_id=record_id,
        value=value,
        trained=model,
        model=model.name if model else "baseline-churn",
        model_version=str(model.version) if model else "1",
        scored_at=AT,
    )


def test_the_model_in_use_counts_and_the_rules_count_where_there_is_none() -> None:
    record = uuid4()
    by_rules = a_score(record, "0.2", None)
    challenger = a_model(1, "challenger")
    a_score(record, "0.9", challenger)

    assert scores.current(record_ids=[record], kind=KIND) == {record: by_rules}

    champion = a_model(2, "champion")
    learned = a_score(record, "0.4", champion)
    assert trained.in_use(KIND) == champion
    assert scores.current(record_ids=[record], kind=KIND) == {record: learned}


def test_two_models_in_use_of_one_kind_are_refused() -> None:
    a_model(1, "champion")

    with pytest.raises(IntegrityError, match="one_trained_model_in_use_per_kind"), transaction.atomic():
        a_model(2, "champion")


@pytest.mark.parametrize("change", [{"card": {}}, {"file": b"x"}, {"sha256": "y"}, {"version": 7}])
def test_what_was_trained_stays(change: dict[str, object]) -> None:
    model = a_model()

    with pytest.raises(IntegrityError, match="stays as it was trained"), transaction.atomic():
        TrainedModel.objects.filter(pk=model.pk).update(**change)


def test_its_status_and_owner_may_change() -> None:
    model = a_model()

    TrainedModel.objects.filter(pk=model.pk).update(status="retired", purpose="For renewals.")

    model.refresh_from_db()
    assert (model.status, model.purpose) == ("retired", "For renewals.")
