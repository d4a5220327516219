"""Sales people whom an import brought stand on records; only an admin's invitation lets them log in."""

from __future__ import annotations

import pytest
from django.core import mail
from django.test import Client

from crmgov.kernel.refusals import NotAllowed
from crmgov.people.models import Role, User
from crmgov.people.services import users
from tests.world import a_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def imported() -> User:
    return User.objects.create_user(
        "priya@crmgov.example", None, name="Priya Nair", role=Role.ACCOUNT_MANAGER
    )


def links_for(user: User) -> int:
    """Ask for the mail as anybody can, and count the links that came."""
    mail.outbox.clear()
    answer = Client().post("/session/password/reset/", {"email": user.email})
    assert answer.status_code == 302
    return sum("/reset/key/" in sent.body for sent in mail.outbox)


def test_whom_an_import_brought_gets_no_link(imported: User) -> None:
    assert links_for(imported) == 0


def test_whom_an_admin_invites_gets_one(imported: User) -> None:
    browser = Client()
    browser.force_login(a_user("Ana Ruiz", Role.ADMIN), backend="django.contrib.auth.backends.ModelBackend")
    sent = {"action": "invite", "_selected_action": [imported.pk]}
    assert browser.post("/admin/people/user/", sent).status_code == 302
    assert links_for(imported) == 1


def test_who_is_made_without_a_password_is_invited() -> None:
    made = users.create(
        email="ben@crmgov.example", name="Ben", role=Role.REVIEWER, teams=[], password=None, actor=None
    )
    assert links_for(made) == 1


def test_inviting_again_leaves_a_password_alone() -> None:
    sara = a_user()
    users.invite(user_id=sara.pk, actor=None)
    assert Client().login(email=sara.email, password="pass-word-1")


def test_only_an_admin_invites(imported: User) -> None:
    with pytest.raises(NotAllowed):
        users.invite(user_id=imported.pk, actor=a_user())
