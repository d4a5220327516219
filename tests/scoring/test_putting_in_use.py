"""Who may put a trained model in use, and what stays written about it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from crmgov.kernel.refusals import Invalid, NotAllowed, Refused
from crmgov.people.models import Role, User
from scoring.models import ModelEvent, Score, TrainedModel
from scoring.selectors import scores
from scoring.services import trained
from tests.scoring.test_trained import AT, KIND, a_model, a_score
from tests.world import a_user

pytestmark = pytest.mark.django_db(transaction=True)
LATER = AT + timedelta(hours=1)
GOOD = {"n": 900, "metrics": {"no_better_than_chance": False}}


def good(version: int = 1, trainer: User | None = None) -> TrainedModel:
    return a_model(version, card=GOOD, trainer=trainer)


def test_one_admin_trains_and_another_puts_in_use() -> None:
    ana, daniel = a_user("Ana Ruiz", Role.ADMIN), a_user("Daniel Osei", Role.ADMIN)
    model = good(trainer=ana)

    with pytest.raises(NotAllowed, match="ask Daniel Osei"):
        trained.put_in_use(model_id=model.pk, why="It is better.", user=ana, at=LATER)
    trained.put_in_use(model_id=model.pk, why="It is better.", user=daniel, at=LATER)

    model.refresh_from_db()
    assert (model.status, model.put_in_use_by, model.since) == ("champion", "Daniel Osei", LATER)
    assert [(one.kind, one.sole_admin) for one in ModelEvent.objects.all()] == [("put_in_use", False)]


def test_the_only_admin_may_do_both_a_day_later_and_the_row_says_so() -> None:
    ana = a_user("Ana Ruiz", Role.ADMIN)
    model = good(trainer=ana)

    with pytest.raises(NotAllowed, match="24 hours after"):
        trained.put_in_use(model_id=model.pk, why="It is better.", user=ana, at=LATER)
    trained.put_in_use(model_id=model.pk, why="It is better.", user=ana, at=AT + timedelta(hours=24))

    assert ModelEvent.objects.get().sole_admin


def test_the_next_version_retires_the_one_before_and_its_scores_no_longer_count() -> None:
    ana = a_user("Ana Ruiz", Role.ADMIN)
    first, second = good(1), good(2)
    trained.put_in_use(model_id=first.pk, why="The first.", user=ana, at=AT)
    a_score(first.pk, "0.7", first)

    trained.put_in_use(model_id=second.pk, why="It is better.", user=ana, at=LATER)

    first.refresh_from_db()
    assert (first.status, first.retired_at) == ("retired", LATER)
    assert scores.current(record_ids=[first.pk], kind=KIND) == {}
    assert [str(one.trained) for one in ModelEvent.objects.filter(kind="retired")] == ["Churn risk 1"]


def test_once_it_is_retired_the_rules_judge_again() -> None:
    ana = a_user("Ana Ruiz", Role.ADMIN)
    model = good()
    trained.put_in_use(model_id=model.pk, why="The first.", user=ana, at=AT)
    by_rules = a_score(model.pk, "0.2", None)
    a_score(model.pk, "0.7", model)

    trained.retire(model_id=model.pk, why="Its segment left us.", user=ana, at=LATER)

    assert scores.current(record_ids=[model.pk], kind=KIND) == {model.pk: by_rules}
    assert Score.objects.count() == 2


def test_what_is_no_better_than_chance_is_never_put_in_use() -> None:
    ana = a_user("Ana Ruiz", Role.ADMIN)
    model = a_model(card={"metrics": {"no_better_than_chance": True}})

    for verb in (trained.put_in_use, trained.put_beside):
        words = {"why": "Try it."} if verb is trained.put_in_use else {}
        with pytest.raises(Refused, match="no better than chance"):
            verb(model_id=model.pk, user=ana, at=LATER, **words)


def test_a_challenger_gives_way_to_the_next_one() -> None:
    ana = a_user("Ana Ruiz", Role.ADMIN)
    first, second = good(1), good(2)
    trained.put_beside(model_id=first.pk, user=ana, at=AT)

    trained.put_beside(model_id=second.pk, user=ana, at=LATER)

    assert list(TrainedModel.objects.order_by("version").values_list("status", flat=True)) == [
        "retired",
        "challenger",
    ]


def test_reviewers_decide_nothing_about_models() -> None:
    sara = a_user("Sara Lindqvist", Role.REVIEWER)

    with pytest.raises(NotAllowed):
        trained.put_in_use(model_id=good().pk, why="I like it.", user=sara, at=LATER)


@pytest.mark.parametrize(("until", "say"), [(AT.date(), "has passed"), (date(2028, 1, 1), "within a year")])
def test_a_review_is_due_on_a_day_to_come(until: date, say: str) -> None:
    ana = a_user("Ana Ruiz", Role.ADMIN)

    with pytest.raises(Invalid, match=say):
        trained.review(model_id=good().pk, until=until, owner=ana, purpose="", limits="", user=ana, at=AT)
