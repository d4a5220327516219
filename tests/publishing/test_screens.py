"""What people see of a score: a number only where it was shown to hold, why it is so, and what to press."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.test import Client

from crmgov.people.models import Role, User
from crmgov.records.models import Account
from scoring.models import Score
from tests.world import NOW, a_team, a_user, an_account

from . import kit

pytestmark = pytest.mark.django_db
CARD = {
    "threshold": {"at": 0.4},
    "reliability": [
        {
            "low": 0.1,
            "high": 0.3,
            "n": 120,
            "predicted": 0.2,
            "actual": {"low": 0.12, "mid": 0.18, "high": 0.26},
        }
    ],
}


def priya() -> User:
    return a_user("Priya Nair", Role.ACCOUNT_MANAGER, a_team())


def page(url: str, user: User | None = None) -> Any:
    client = Client()
    client.force_login(user or priya())
    return client.get(url)


def text_of(account: Account, user: User | None = None) -> str:
    return str(page(f"/accounts/{account.pk}/", user).content.decode())


def mine(number: int = 1, segment: str = "mid", **more: Any) -> list[Account]:
    return kit.customers(number, segment, owner=priya().pk, **more)


def test_a_validated_score_says_of_how_many_and_what_would_change_it() -> None:
    model = kit.a_model(card=CARD)
    kit.standing(model)
    (account,) = mine()
    kit.a_score(account.pk, "0.18", model)

    said = text_of(account)

    assert "18 of 100 like this left." in said
    assert "Validated on 412 outcomes of the segment mid." in said
    assert "Of 120 with a score between 10 and 30, 12 to 26 of 100 left." in said
    # logit(0.18) less 0.8 is -2.32: 9 of 100.
    assert "About 9 of 100 without this: No login for 30 days" in said


@pytest.mark.parametrize("state", [None, kit.STANDS_DOWN])
def test_no_number_is_shown_where_it_is_not_validated(state: str | None) -> None:
    model = kit.a_model()
    if state:
        kit.standing(model, "mid", state, "31 of 100 left, 18 were expected.")
    (account,) = mine()
    kit.a_score(account.pk, "0.77", model)

    said = text_of(account)

    assert "Not validated" in said
    assert "77 of 100" not in said
    assert "No login for 30 days" in said, "the signs are still told"
    assert ("31 of 100 left, 18 were expected." in said) is bool(state)


def test_points_by_rules_are_no_number_either() -> None:
    (account,) = mine()
    Score.objects.create(
        kind=kit.KIND, record_type="account", record_id=account.pk, segment="mid", value="0.77",
        reasons=[{"criterion": "quiet", "points": 15, "say": "Quiet for 60 days."}],
        model="baseline-churn", model_version="1", scored_at=NOW,
    )  # fmt: skip

    said = text_of(account)

    assert "Signs by written rules" in said
    assert "77 of 100" not in said
    assert "Quiet for 60 days." in said


def test_the_owner_says_otherwise_with_one_press() -> None:
    model = kit.a_model()
    kit.standing(model)
    (account,) = mine()
    kit.a_score(account.pk, "0.8", model)
    client = Client()
    client.force_login(priya())
    said = text_of(account)
    assert "You see it otherwise?" in said

    client.post(f"/accounts/{account.pk}/view", {"view": "healthy", "note": ""})

    account.refresh_from_db()
    assert account.owner_view == "healthy"
    assert "You see it otherwise?" not in text_of(account, a_user("Sara Okafor", Role.REVIEWER, a_team()))


def test_the_list_shows_who_is_likeliest_to_leave_within_rights_and_where_it_is_validated() -> None:
    model = kit.a_model()
    kit.standing(model)
    kit.standing(model, "small", kit.STANDS_DOWN)
    first, second = mine(2)
    (unproven,) = mine(1, "small")
    foreign = an_account("Foreign Ferries", team=a_team("South").pk, segment="mid", lifecycle="customer")
    for account, value, segment in (
        (second, "0.3", "mid"), (first, "0.81", "mid"), (unproven, "0.9", "small"), (foreign, "0.95", "mid"),
    ):  # fmt: skip
        kit.a_score(account.pk, value, model, segment)

    answer = page("/scores/churn/")

    assert [line["account"] for line in answer.context["lines"]] == [first.name, second.name]
    said = answer.content.decode()
    assert "81 of 100" in said
    assert "Not listed, because scores are not validated there: small." in said
    assert [line["says"] for line in page("/scores/churn/?band=25").context["lines"]] == ["30 of 100"]
    assert page("/scores/churn/?segment=small").context["empty"]["title"] == "Nothing matches"


def test_only_whoever_may_read_the_card_is_led_from_the_list_to_it() -> None:
    model = kit.a_model()
    kit.standing(model)
    (account,) = mine()
    kit.a_score(account.pk, "0.8", model)

    for user, led in ((priya(), False), (a_user("Ana Ruiz", Role.ADMIN), True)):
        assert (f"/models/{model.pk}/" in page("/scores/churn/", user).content.decode()) is led


def test_the_export_is_the_same_list_and_holds_no_formula() -> None:
    model = kit.a_model()
    kit.standing(model)
    bad = an_account("=cmd()", team=a_team().pk, segment="mid", lifecycle="customer", owner=priya().pk)
    kit.a_score(bad.pk, "0.6", model)

    answer = page("/scores/churn/export")

    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert [row[1] for row in rows] == ["account", "'=cmd()"]
    assert rows[1][4] == "0.6000"


def test_pages_of_the_list_ask_as_often_for_one_account_as_for_many(
    django_assert_max_num_queries: Any,
) -> None:
    model = kit.a_model()
    kit.standing(model)
    for place, account in enumerate(mine(26)):
        kit.a_score(account.pk, f"0.{50 + place}", model)
    client = Client()
    client.force_login(priya())
    client.get("/scores/churn/")

    with django_assert_max_num_queries(12):
        answer = client.get("/scores/churn/")

    assert len(answer.context["lines"]) == 25
    older = client.get(answer.context["older_url"]).context["lines"]
    assert [line["says"] for line in older] == ["50 of 100"]


@pytest.mark.parametrize(
    ("role", "says"), [("admin", "Train one on what became"), ("reviewer", "An admin trains one")]
)
def test_without_a_model_it_says_what_to_do(role: str, says: str) -> None:
    said = page("/scores/churn/", a_user(f"New {role}", role)).content.decode()

    assert "No model is in use" in said
    assert says in said
