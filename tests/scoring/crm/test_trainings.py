"""Training on the own records: from what was known then, to what became of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection

from crmgov.kernel.refusals import NotAllowed
from crmgov.people.models import Role
from crmgov.records.models import Activity, EarlierChange, Stage
from scoring.features.schema import VERSION
from scoring.features.subjects import SUBJECTS
from scoring.models import ModelEvent, SegmentStanding, TrainedModel, Training
from scoring.selectors import examples
from scoring.selectors.examples import QUESTIONS
from scoring.services import outcomes, trainings
from scoring.services.turns import SPACE
from tests.world import NOW, a_user, change, create

from . import ground

pytestmark = pytest.mark.django_db
CHURN = QUESTIONS["churn"]


def found(question: str = "churn") -> list[examples.Example]:
    outcomes.rebuild()
    return examples.find(QUESTIONS[question], SUBJECTS[question], NOW)


def test_a_model_is_trained_on_what_became_of_customers() -> None:
    ground.customers(480, leaving=0.75)

    model = trainings.train(question="churn", at=NOW)

    card = model.card
    assert (model.kind, model.version, model.status, model.schema) == ("churn_risk", 1, "candidate", VERSION)
    assert card["positives"] >= 30
    assert card["metrics"]["auc"]["low"] > 0.6
    assert card["own"]["horizon_days"] == 90
    assert card["window"] is not None
    assert {row.segment for row in SegmentStanding.objects.filter(trained=model)} == {"small", "mid"}
    assert ModelEvent.objects.get(trained=model).kind == "trained"
    training = Training.objects.get()
    assert (training.status, training.rows_read, training.trained) == ("done", card["n"], model)


def test_too_few_outcomes_are_said_with_figures_and_leave_no_model() -> None:
    ground.customers(40, leaving=0.2)

    with pytest.raises(
        trainings.TooFewOutcomes, match=r"Of \d+ customers in 24 months \d+ churned within 90 days"
    ):
        trainings.train(question="churn", at=NOW)

    assert not TrainedModel.objects.exists()
    assert Training.objects.get().status == "failed"


def test_a_training_that_a_worker_took_first_is_said_to_be_at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def a_worker_has_it(name: str) -> Iterator[bool]:
        yield False

    monkeypatch.setattr(trainings, "turn", a_worker_has_it)

    with pytest.raises(trainings.AlreadyTraining, match="shown with its progress"):
        trainings.train(question="churn", at=NOW)

    assert Training.objects.get().status == "asked"


@pytest.mark.parametrize("question", ["lead", "win"])
def test_nothing_to_learn_from_is_a_sentence(question: str) -> None:
    with pytest.raises(trainings.TooFewOutcomes, match="A model needs 30 who did and 30 who did not"):
        trainings.train(question=question, at=NOW)


def test_each_record_gives_one_moment_and_the_same_one_again() -> None:
    ids = ground.customers(30)

    first, again = found(), found()

    assert first == again
    assert len({one.record_id for one in first}) == len(first) <= len(ids)


def test_who_had_left_by_then_is_no_example() -> None:
    account = create("account", at=NOW - timedelta(days=900), name="Gone", lifecycle="customer")
    assert len(found()) == 1
    change("account", account, at=NOW - timedelta(days=850), lifecycle="churned")

    assert found() == []


def test_who_left_within_the_horizon_counts_and_later_does_not() -> None:
    account = create("account", at=NOW - timedelta(days=900), name="Leaves", lifecycle="customer")
    (example,) = found()
    change("account", account, at=example.cut + timedelta(days=91), lifecycle="churned")
    assert [one.positive for one in found()] == [False]
    other = create("account", at=NOW - timedelta(days=900), name="Leaves soon", lifecycle="customer")
    (cut,) = [one.cut for one in found() if one.record_id == other]
    change("account", other, at=cut + timedelta(days=89), lifecycle="churned")

    assert {one.record_id: one.positive for one in found()} == {account: False, other: True}


def told(record_id: UUID, old: str, new: str, days: int) -> None:
    EarlierChange.objects.create(
        import_run_id=uuid4(), record_type="account", record_id=record_id, record_label="x", field="lifecycle",
        old=old, new=new, source="HubSpot", at=NOW - timedelta(days=days), taken_at=NOW, salt=b"s", commitment=b"c",
    )  # fmt: skip


def test_before_the_import_customers_count_only_where_histories_came_along() -> None:
    stays = create("account", at=NOW - timedelta(days=1), name="Stays", lifecycle="customer")
    Activity.objects.create(
        kind="call", account_id=stays, occurred_at=NOW - timedelta(days=1200), recorded_at=NOW
    )
    assert found() == []

    left = create("account", at=NOW - timedelta(days=1), name="Left", lifecycle="churned")
    told(left, "customer", "churned", 800)

    assert [one.record_id for one in found()] == [stays]


def test_deals_are_read_while_they_were_open() -> None:
    for name, kind in (("Offer", "open"), ("Won", "won")):
        Stage.objects.create(name=name, kind=kind)
    deal = create("opportunity", at=NOW - timedelta(days=90), name="A", stage="Offer")
    create("opportunity", at=NOW - timedelta(days=90), name="Still open", stage="Offer")
    change("opportunity", deal, at=NOW - timedelta(days=30), stage="Won")

    (example,) = found("win")

    assert (example.record_id, example.positive) == (deal, True)
    assert NOW - timedelta(days=90) <= example.cut < NOW - timedelta(days=30)


def test_leads_who_bought_are_positive() -> None:
    lead = create("contact", at=NOW - timedelta(days=900), last_name="Lind", lifecycle="mql")
    (example,) = found("lead")
    change("contact", lead, at=example.cut + timedelta(days=10), lifecycle="customer")

    assert [one.positive for one in found("lead")] == [True]


def test_a_worker_trains_what_an_admin_asked_for_once() -> None:
    admin = a_user("Ana Ruiz", Role.ADMIN)
    with pytest.raises(NotAllowed):
        trainings.ask(question="churn", user=a_user(), at=NOW)
    training = trainings.ask(question="churn", user=admin, at=NOW)
    with pytest.raises(trainings.AlreadyTraining):
        trainings.ask(question="churn", user=admin, at=NOW)

    assert trainings.go_on(training_id=training.pk, at=NOW) is None

    training.refresh_from_db()
    assert training.status == "failed"
    assert "churned within 90 days" in training.problem
    trainings.ask(question="churn", user=admin, at=NOW)


def test_the_turn_is_let_go() -> None:
    with pytest.raises(trainings.TooFewOutcomes):
        trainings.train(question="churn", at=NOW)

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = %s "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            [SPACE],
        )
        assert cursor.fetchone() == (0,)
