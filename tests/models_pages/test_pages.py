"""Models on screen: what judges, how far each version may be believed, training one and putting one in use."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from crmgov.people.models import Role
from scoring.models import ModelEvent, TrainedModel, Training
from scoring.services import trainings
from tests.models_pages import kit
from tests.records_pages.kit import browser_of
from tests.world import NOW, a_user

pytestmark = pytest.mark.django_db
LIST = "/models/"
Status = TrainedModel.Status


@pytest.fixture
def ana() -> Client:
    return browser_of(a_user("Ana Ruiz", Role.ADMIN))


def page(model: TrainedModel, step: str = "") -> str:
    return reverse(f"approvals:model{step}", args=[model.pk])


def text(answer: object) -> str:
    return " ".join(answer.content.decode().split())  # type: ignore[attr-defined]


def test_without_a_model_it_says_what_judges_and_what_to_do(ana: Client) -> None:
    said = text(ana.get(LIST))

    assert said.count("rules judge") == 2
    assert "nothing judges" in said
    assert "A training learns from outcomes on record: who left and who stayed." in said
    assert said.count("Train a version") == 3


def test_a_card_says_segment_by_segment_what_may_be_believed(ana: Client) -> None:
    model = kit.a_model(2, Status.CHAMPION)
    kit.looked(model)

    said = text(ana.get(page(model)))

    for word in ("holds", "stands down", "not proven", "AUC", "in use", "alarm", "Fewer logins are recorded"):
        assert word in said, word
    assert "61 outcomes: 20.1 % predicted, 34.4 % happened." in said


def test_the_card_comes_as_json_too(ana: Client) -> None:
    model = kit.a_model()

    answer = ana.get(page(model, "_card"))

    assert answer.json() == model.card
    assert answer["Content-Disposition"] == 'attachment; filename="churn_risk-1.json"'


def test_put_in_use_by_the_other_admin_with_a_reason() -> None:
    trainer, other = a_user("Ana Ruiz", Role.ADMIN), a_user("Daniel Osei", Role.ADMIN)
    model = kit.a_model(trainer=trainer)

    mine = text(browser_of(trainer).get(page(model)))
    refused = browser_of(other).post(page(model, "_use"), {"why": " "})
    answer = browser_of(other).post(page(model, "_use"), {"why": "It beats the rules."}, follow=True)

    assert "another admin puts it in use: ask Daniel Osei" in mine
    assert refused.status_code == 422
    assert "Say why, for whoever asks later." in text(refused)
    assert "Churn risk 1 is in use." in text(answer)
    model.refresh_from_db()
    assert (model.status, model.why) == ("champion", "It beats the rules.")


def test_a_review_that_is_wrong_keeps_what_was_typed(ana: Client) -> None:
    model = kit.a_model()

    answer = ana.post(page(model, "_review"), {"purpose": "For renewals only", "review_due": "2020-01-01"})

    assert answer.status_code == 422
    assert "For renewals only" in text(answer)
    assert not ModelEvent.objects.filter(kind="reviewed").exists()


def test_an_overdue_review_shows(ana: Client) -> None:
    model = kit.a_model(1, Status.CHAMPION)
    TrainedModel.objects.filter(pk=model.pk).update(review_due=(timezone.now() - timedelta(days=1)).date())

    assert "overdue" in text(ana.get(LIST))
    assert "review overdue" in text(ana.get(page(model)))


def test_a_training_is_asked_for_and_its_failure_is_a_sentence_with_figures(ana: Client) -> None:
    asked = ana.post("/models/train/churn", follow=True)
    training = Training.objects.get()
    again = ana.post("/models/train/churn")
    trainings.go_on(training_id=training.pk, at=NOW)

    said = text(ana.get(LIST))

    assert "A training waits for a worker" in text(asked)
    assert again.status_code == 409
    assert "A model needs 30 who did and 30 who did not" in said
    assert "came to nothing" in said


def test_nothing_of_another_name_is_trained(ana: Client) -> None:
    assert ana.post("/models/train/horoscope").status_code == 404


def test_auditors_read_and_press_nothing() -> None:
    reader = browser_of(a_user("Uma Audit", Role.AUDITOR))
    model = kit.a_model()

    said = text(reader.get(page(model)))

    assert "Put it in use" not in said
    assert "Train a version" not in text(reader.get(LIST))
    assert reader.post(page(model, "_retire"), {"why": "I may not."}).status_code == 403
