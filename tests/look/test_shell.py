"""The frame: navigation shows only what works and only to those who may, times are the viewer's, errors are ours."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from crmgov import shell
from crmgov.people.models import Role, User


def request_of(user: User | AnonymousUser, path: str = "/") -> HttpRequest:
    request = RequestFactory().get(path)
    request.user = user
    return request


def person(role: str, **fields: object) -> User:
    return User(email=f"{role}@example.com", name="Sara Okafor", role=role, **fields)


def names(request: HttpRequest) -> list[str]:
    return [place.name for group in shell.nav(request)["nav"]["groups"] for place in group.places]


def test_a_place_without_an_address_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    places = (
        shell.Place("Here", "account_login", "user"),
        shell.Place("Nowhere", "approvals:nowhere", "user"),
    )
    monkeypatch.setattr(shell, "RAIL", (shell.Group("", places), shell.Group("Empty", places[1:])))
    assert names(request_of(person(Role.ADMIN))) == ["Here"]
    assert len(shell.nav(request_of(person(Role.ADMIN)))["nav"]["groups"]) == 1


def test_administration_is_for_admins_on_the_staff() -> None:
    assert "Administration" in names(request_of(person(Role.ADMIN, is_staff=True)))
    assert "Administration" not in names(request_of(person(Role.ADMIN)))
    assert "Administration" not in names(request_of(person(Role.REVIEWER, is_staff=True)))


def test_nobody_signed_in_sees_no_places() -> None:
    assert names(request_of(AnonymousUser())) == []


def test_the_place_one_is_in_is_marked() -> None:
    path = reverse("admin:index") + "people/user/"
    groups = shell.nav(request_of(person(Role.ADMIN, is_staff=True), path))["nav"]["groups"]
    assert [place.name for group in groups for place in group.places if place.current] == ["Administration"]


@pytest.mark.parametrize(
    ("zone", "shown"), [("Europe/Berlin", "Europe/Berlin"), ("Mars/Olympus", "UTC"), ("", "UTC")]
)
def test_times_are_in_the_zone_of_the_viewer(zone: str, shown: str) -> None:
    seen: list[str] = []

    def page(request: HttpRequest) -> HttpResponse:
        seen.append(str(timezone.get_current_timezone()))
        return HttpResponse()

    shell.ViewerZone(page)(request_of(person(Role.REVIEWER, time_zone=zone)))
    assert seen == [shown]
    assert str(timezone.get_current_timezone()) == "UTC"


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("403.html", "Your role does not allow this"),
        ("403_csrf.html", "too old to be sent safely"),
        ("404.html", "There is nothing at this address"),
        ("409.html", "Somebody was faster"),
        ("422.html", "cannot be taken as it is"),
        ("400.html", "could not be read"),
    ],
)
@pytest.mark.parametrize("user", [AnonymousUser(), person(Role.REVIEWER)], ids=["outside", "inside"])
@pytest.mark.django_db
def test_errors_speak_our_words_inside_and_outside(
    template: str, says: str, user: User | AnonymousUser
) -> None:
    if isinstance(user, User):
        user = User.objects.create_user(user.email, name=user.name, role=user.role)
    html = render_to_string(template, request=request_of(user))
    assert says in html
    assert ('id="rail"' in html) == user.is_authenticated


def test_a_crash_names_the_request_for_the_log() -> None:
    import structlog

    with structlog.contextvars.bound_contextvars(request_id="7c1f"):
        answer = shell.server_error(request_of(AnonymousUser()))
    assert answer.status_code == 500
    assert b"<code>7c1f</code>" in answer.content


def test_htmx_gets_a_fragment_not_a_page_in_a_page() -> None:
    request = request_of(person(Role.REVIEWER))
    request.htmx = True  # type: ignore[attr-defined]
    html = render_to_string("404.html", request=request)
    assert "<html" not in html
    assert "There is nothing at this address" in html
