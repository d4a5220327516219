"""Two admins who close the door on each other at one moment: one of them stays."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
from django.db import connections
from django.test import Client

from crmgov.people.models import Role, User
from crmgov.people.services import users
from tests.world import a_user

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 8


def at_once(*each: Callable[[], object]) -> list[object]:
    barrier = Barrier(len(each))

    def one(act: Callable[[], object]) -> object:
        barrier.wait(timeout=30)
        try:
            return act()
        except users.LastAdmin as refused:
            return refused
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(each)) as pool:
        return list(pool.map(one, each))


def admins() -> list[User]:
    return list(User.objects.filter(role=Role.ADMIN, is_active=True))


def test_by_the_service_one_stays() -> None:
    for number in range(ROUNDS):
        User.objects.update(is_active=False)
        ana, ben = (a_user(f"{name} {number}", Role.ADMIN) for name in ("Ana", "Ben"))
        told = at_once(
            partial(users.deactivate, user_id=ana.pk, actor=None),
            partial(users.set_role, user_id=ben.pk, role=Role.REVIEWER, actor=None),
        )
        assert len(admins()) == 1
        assert sum(isinstance(answer, users.LastAdmin) for answer in told) == 1


def test_by_the_admin_pages_one_stays() -> None:
    for number in range(ROUNDS):
        User.objects.update(is_active=False)
        people = [a_user(f"{name} {number}", Role.ADMIN) for name in ("Ana", "Ben")]
        browsers = []
        for person in people:
            browsers.append(Client())
            browsers[-1].force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        at_once(*(partial(step_down, *pair) for pair in zip(browsers, people, strict=True)))
        assert len(admins()) == 1


def step_down(browser: Client, person: User) -> int:
    sent = {
        "email": person.email,
        "name": person.name,
        "role": Role.REVIEWER,
        "is_active": "on",
        "time_zone": "UTC",
        "language": "en",
        "memberships-TOTAL_FORMS": "0",
        "memberships-INITIAL_FORMS": "0",
    }
    return browser.post(f"/admin/people/user/{person.pk}/change/", sent).status_code
