"""The first admin is made over a link that works once."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse
from time_machine import TimeMachineFixture

from crmgov.people import first_admin
from crmgov.people.models import Role, User

FORM = {
    "name": "Ida Larsen",
    "email": "Ida@Example.com",
    "password": "a long sentence of words",
    "again": "a long sentence of words",
}


@pytest.mark.django_db(transaction=True)
def test_the_link_makes_one_admin_who_can_log_in_and_is_then_spent(client: Client) -> None:
    link = first_admin.link_path()
    assert client.get(link).status_code == 200

    assert client.post(link, FORM).status_code == 302

    admin = User.objects.get()
    assert (admin.role, admin.email, admin.is_superuser) == (Role.ADMIN, "ida@example.com", True)
    assert client.login(email="ida@example.com", password=FORM["password"])
    assert client.get(link).status_code == 404
    assert client.post(link, {**FORM, "email": "second@example.com"}).status_code == 404


@pytest.mark.django_db
def test_an_invented_or_altered_token_is_not_found(client: Client) -> None:
    good = first_admin.link_path()
    invented = reverse("people:first_admin", kwargs={"token": "abc"})

    assert client.get(invented).status_code == 404
    assert client.get(good[:-3] + "xx/").status_code == 404


@pytest.mark.django_db
def test_a_link_of_yesterday_is_not_found(client: Client, time_machine: TimeMachineFixture) -> None:
    link = first_admin.link_path()
    time_machine.move_to(datetime.now(UTC) + timedelta(seconds=first_admin.MAX_AGE_SECONDS + 1))

    assert client.get(link).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"again": "another sentence"}, "differ"),
        ({"password": "password", "again": "password"}, "too common"),
        ({"email": "not an address"}, "valid email"),
    ],
)
def test_what_is_wrong_is_said_and_nobody_is_made(client: Client, change: dict[str, str], said: str) -> None:
    answer = client.post(first_admin.link_path(), {**FORM, **change})

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not User.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_people_with_the_link_one_becomes_admin() -> None:
    links = [first_admin.link_path(), first_admin.link_path()]
    barrier = threading.Barrier(2)
    statuses: list[int] = []

    def post(number: int) -> None:
        client = Client()
        barrier.wait()
        answer = client.post(links[number], {**FORM, "email": f"person{number}@example.com"})
        statuses.append(answer.status_code)
        connections.close_all()

    threads = [threading.Thread(target=post, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(statuses) == [302, 404]
    assert User.objects.filter(role=Role.ADMIN).count() == 1
