"""The owner says that a score is wrong: the value before returns and is locked, it counts, and is an example."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from approvals.models import ContestedChange, Execution
from approvals.services import contests, executions
from crmgov.people.models import Role, User
from crmgov.records.models import Account
from scoring.models import LabelCandidate, TrainedModel
from tests.world import a_team, a_user

from . import kit
from .kit import LATER

pytestmark = pytest.mark.django_db(transaction=True)


def priya() -> User:
    return a_user("Priya Nair", Role.ACCOUNT_MANAGER, a_team())


def a_written_score(view: str = "", at: datetime = LATER) -> tuple[Account, Execution]:
    model = kit.a_model()
    kit.standing(model)
    kit.let_run(model)
    (account,) = kit.customers(1, owner=priya().pk)
    kit.a_score(account.pk, "0.8", model)
    kit.publish(at)
    executions.drain(at=at)
    if view:
        kit.view(account, view, priya())
    return account, Execution.objects.get(status="succeeded")


def test_a_contested_score_comes_off_and_is_kept_as_an_example() -> None:
    account, execution = a_written_score("healthy")

    contests.contest(execution_id=execution.pk, user=priya(), at=LATER, reason="They renewed last week.")

    account.refresh_from_db()
    assert account.churn_score is None
    assert account.provenance["churn_score"]["locked"]
    example = LabelCandidate.objects.get()
    assert (example.record_id, example.kind, example.said) == (account.pk, "churn_risk", Decimal("0.8"))
    assert (example.why, example.by, example.label) == ("They renewed last week.", "Priya Nair", False)


def test_without_a_reason_nothing_happens() -> None:
    _, execution = a_written_score()

    with pytest.raises(contests.NoReason, match="Say why the score is wrong"):
        contests.contest(execution_id=execution.pk, user=priya(), at=LATER, reason="  ")

    assert not ContestedChange.objects.exists()
    assert not LabelCandidate.objects.exists()


def test_who_has_not_said_how_the_account_stands_gives_no_label() -> None:
    _, execution = a_written_score()

    contests.contest(execution_id=execution.pk, user=priya(), at=LATER, reason="Wrong account.")

    assert LabelCandidate.objects.get().label is None


def test_what_was_contested_waits_for_a_person_when_it_is_scored_again() -> None:
    account, execution = a_written_score()
    contests.contest(execution_id=execution.pk, user=priya(), at=LATER, reason="Wrong.")
    model = TrainedModel.objects.get()
    kit.a_score(account.pk, "0.9", model)

    kit.publish(LATER)
    executions.drain(at=LATER)

    account.refresh_from_db()
    assert account.churn_score is None
    assert "overwrites_verified" in kit.proposed()[-1].rules


def test_the_page_asks_for_the_reason() -> None:
    lately = timezone.now() - timedelta(hours=3)
    _, execution = a_written_score(at=lately)
    client = Client()
    client.force_login(priya())
    url = f"/done/{execution.pk}/contest"

    page = client.get("/done/?view=own").content.decode()
    refused = client.post(url, {"reason": ""})

    assert 'name="reason" maxlength="300" rows="3" required' in page
    assert refused.status_code == 422
    assert "Say why the score is wrong" in refused.content.decode()
    assert client.post(url, {"reason": "They renewed."}).status_code == 302
    assert LabelCandidate.objects.get().why == "They renewed."
