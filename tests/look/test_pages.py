"""The pages of the frame answer as real requests do: under the real middleware, policy and addresses."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from crmgov.people.models import Role, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewer() -> User:
    return User.objects.create_user("rui@example.com", "correct horse", name="Rui Tan", role=Role.REVIEWER)


def test_signing_in_out_and_changing_the_password(client: Client, reviewer: User) -> None:
    login = reverse("account_login")
    refused = client.post(login, {"login": reviewer.email, "password": "wrong"})
    assert 'role="alert"' in refused.content.decode()

    assert client.post(login, {"login": reviewer.email, "password": "correct horse"}).status_code == 302
    form = client.get(reverse("account_change_password")).content.decode()
    assert 'id="rail"' in form
    assert "Rui Tan" in form

    client.post(reverse("account_logout"))
    assert client.get(reverse("help")).status_code == 302


@pytest.mark.parametrize(
    "address", ["account_login", "account_reset_password", "account_reset_password_done"]
)
def test_pages_before_login_are_ours_and_load_only_our_files(client: Client, address: str) -> None:
    page = client.get(reverse(address))
    html = page.content.decode()
    assert page.status_code == 200
    assert 'class="entrance"' in html
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert re.findall(r'(?:src|href)="(?!/|#|\?)[^"]*"', html) == []


def test_help_is_inside_the_frame(client: Client, reviewer: User) -> None:
    client.force_login(reviewer)
    html = client.get(reverse("help")).content.decode()
    assert "How to read these pages" in html
    assert "no track record" in html
    assert "Pause AI" not in html


def test_an_unknown_address_is_said_in_our_words(client: Client, reviewer: User) -> None:
    client.force_login(reviewer)
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert "There is nothing at this address" in answer.content.decode()


def test_a_form_without_its_key_is_refused_in_our_words(reviewer: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(reverse("account_login"), {"login": reviewer.email, "password": "correct horse"})
    assert answer.status_code == 403
    assert "too old to be sent safely" in answer.content.decode()
