"""What machines ask: is it there, may it get traffic, what are the numbers. And what logs must not tell."""

from datetime import timedelta

import pytest
import structlog
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from crmgov.env.logs import hide_tokens

BEAT = "INSERT INTO approvals_heartbeat (name, beat_at) VALUES ('worker', %s)"


def beat(seconds_ago: float) -> None:
    with connection.cursor() as cursor:
        cursor.execute(BEAT, [timezone.now() - timedelta(seconds=seconds_ago)])


def test_the_process_answers_without_a_database_under_any_name(client: Client) -> None:
    answer = client.get("/healthz", headers={"host": "10.0.0.7"})

    assert (answer.status_code, answer.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_it_is_ready_while_a_worker_beats(client: Client) -> None:
    beat(seconds_ago=5)

    answer = client.get("/readyz", headers={"host": "10.0.0.7"})

    assert answer.status_code == 200
    assert answer.json()["ready"] is True
    assert answer.json()["one_role"] is False


@pytest.mark.django_db
@pytest.mark.parametrize("seconds_ago", [None, 61])
def test_it_is_not_ready_without_a_beat_for_a_minute(client: Client, seconds_ago: float | None) -> None:
    if seconds_ago is not None:
        beat(seconds_ago)

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["reason"] == "No worker has beaten for a minute."


@pytest.mark.django_db
def test_probes_do_not_change_anything(client: Client) -> None:
    assert client.post("/healthz").status_code == 405
    assert client.post("/readyz").status_code == 405


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("token", "shown", "status"),
    [("", "", 200), ("s3cret", "", 404), ("s3cret", "Bearer wrong", 404), ("s3cret", "Bearer s3cret", 200)],
)
def test_numbers_are_for_the_bearer_of_the_token(
    client: Client, settings: Settings, token: str, shown: str, status: int
) -> None:
    settings.METRICS_TOKEN = token

    answer = client.get("/metrics", headers={"authorization": shown})

    assert answer.status_code == status
    assert (b"django_http_requests" in answer.content) is (status == 200)


def test_tokens_in_paths_are_not_logged() -> None:
    told = hide_tokens(
        structlog.get_logger(),
        "info",
        {
            "request": "GET /people/first-admin/abc:def/",
            "event": "Not Found: /session/password/reset/key/1-xyz/",
        },
    )
    link = hide_tokens(structlog.get_logger(), "info", {"request": "POST /p/WyJ:1vN:Zx-_/unsubscribe"})

    assert link == {"request": "POST /p/…/unsubscribe"}
    assert told == {
        "request": "GET /people/first-admin/…/",
        "event": "Not Found: /session/password/reset/key/…/",
    }
