"""Two beats that ring at once, and a model that stands down while its scores are on their way."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction

from approvals.models import Execution, PublishedScore, Suggestion
from approvals.selectors import scores_moved
from approvals.services import executions
from approvals.services.publishing import Published

from . import kit
from .kit import LATER

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_publishers_at_once_propose_each_score_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the lock both read the same page before either has written, and the second breaks."""
    model = kit.a_model()
    kit.standing(model)
    kit.let_run(model)
    for account in kit.customers(20):
        kit.a_score(account.pk, "0.8", model)
    meet, counted = Barrier(2, timeout=30), scores_moved.counted

    def both_counted(*given: Any) -> dict[str, int]:
        found: dict[str, int] = counted(*given)
        meet.wait()
        return found

    monkeypatch.setattr(scores_moved, "counted", both_counted)

    def turn(_: int) -> Published:
        try:
            return kit.publish()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        turns = list(pool.map(turn, range(2)))

    assert sum(one.proposed for one in turns) == 20
    assert PublishedScore.objects.count() == Suggestion.objects.count() == 20


def test_a_batch_that_breaks_leaves_its_scores_news(monkeypatch: pytest.MonkeyPatch) -> None:
    model = kit.a_model()
    kit.standing(model)
    kit.let_run(model)
    (account,) = kit.customers(1)
    kit.a_score(account.pk, "0.8", model)

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("the power went out")

    with monkeypatch.context() as patched:
        patched.setattr(PublishedScore.objects, "bulk_create", broken)
        with pytest.raises(RuntimeError, match="the power went out"):
            kit.publish()

    assert not Suggestion.objects.exists()
    assert kit.publish(LATER).ran == 1


def test_a_model_that_stands_down_in_the_same_moment_writes_nothing_afterwards() -> None:
    model = kit.a_model()
    standing = kit.standing(model)
    kit.let_run(model)
    for account in kit.customers(3):
        kit.a_score(account.pk, "0.8", model)
    kit.publish()

    with transaction.atomic():
        standing.standing = kit.STANDS_DOWN
        standing.save()
    executions.drain(at=LATER)

    assert set(Execution.objects.values_list("status", flat=True)) == {"cancelled"}
