"""A template is written in versions; what cannot be sent is refused with its line."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from approvals.models import StandingApproval, TemplateVersion
from approvals.services import templates_kept
from approvals.templatetags import phrases
from crmgov.kernel.refusals import Invalid, NotAllowed
from crmgov.people.models import Role, User
from tests.decisions import scene as decided
from tests.desk import browsing
from tests.messages import scene
from tests.world import NOW, a_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("body", "say"),
    [
        ("Dear {{ contact.firstname }}", "There is no merge field contact.firstname"),
        ("Hello\nDear {{ contact.first_name", "Line 2"),
        ("{% load x %}", "Line 1"),
        ("<p>Hi <img src=https://evil.example/x.gif></p>", "1 image"),
        ("", "needs a text"),
        ("Hello\nlog in\u200b here", "Line 2 holds zero width space (U+200B) after “log in”"),
    ],
)
def test_what_cannot_be_filled_in_or_sent_is_refused(body: str, say: str) -> None:
    with pytest.raises(Invalid) as refused:
        scene.template(by=decided.admin(), body=body)

    assert say in refused.value.errors["body"]


@pytest.mark.parametrize(("sign", "name"), [("\u200b", "U+200B"), ("\u202e", "U+202E")])
def test_a_subject_with_what_nobody_sees_is_refused(sign: str, name: str) -> None:
    with pytest.raises(Invalid) as refused:
        templates_kept.make(
            name="Sly", purpose="onboarding", subject=f"Wel{sign}come", body="Hi.", why="a test",
            user=decided.admin(), at=NOW,
        )  # fmt: skip

    assert f"({name}) after “Wel”" in refused.value.errors["subject"]


def test_what_an_older_version_hides_is_counted_and_drawn() -> None:
    ana = decided.admin()
    version = scene.template(by=ana)
    TemplateVersion.objects.create(
        template=version.template, number=2, subject="Wel\u202ecome", body="Hi.", why="a test", saved_by=ana,
        saved_at=NOW,
    )  # fmt: skip

    page = browsing.at(ana).get(browsing.url("template", version.template_id))

    assert "1 hidden character" in browsing.text(page)
    assert "right-to-left override (U+202E) once in the subject" in browsing.text(page)
    assert "\u202e" not in page.content.decode()


def test_only_admins_write() -> None:
    with pytest.raises(NotAllowed):
        scene.template(by=decided.reviewer())


def test_of_two_who_write_the_next_version_one_is_told_and_keeps_the_text() -> None:
    ana = decided.admin()
    version = scene.template(by=ana)
    client = browsing.at(ana)
    form = {"against": "1", "subject": "Mine", "body": "My text", "why": "a test"}
    templates_kept.save(
        template_id=version.template_id,
        against=1,
        subject="Theirs",
        body="Their text",
        why="x",
        user=ana,
        at=NOW,
    )

    answer = client.post(browsing.url("template_write", version.template_id), form)

    assert answer.status_code == 409
    said = browsing.text(answer)
    assert "Their text" in said
    assert "My text" in said
    again = client.post(browsing.url("template_write", version.template_id), form | {"against": "2"})
    assert again.status_code == 302
    assert TemplateVersion.objects.count() == 3


def test_the_page_fills_it_in_for_a_contact_one_may_see_and_shows_what_changed() -> None:
    ana = decided.admin()
    version = scene.template(by=ana)
    _next(version, ana)
    reader = scene.reader(title="")
    page = f"{browsing.url('template', version.template_id)}?contact={reader.email}"

    answer = browsing.at(ana).get(page)
    inside = browsing.at(ana).get(
        browsing.url("template_preview", version.template_id), {"contact": str(reader.pk)}
    )

    assert "Hello Ines" in browsing.text(answer)
    assert "has no value for contact.title" in browsing.text(answer)
    assert "<del>" in answer.content.decode()
    assert "Dear Ines" in browsing.text(inside)
    assert "sandbox" in inside["Content-Security-Policy"]


def test_a_link_to_a_host_that_nobody_listed_is_said_when_it_is_kept() -> None:
    ana = decided.admin()
    listed = scene.template(by=ana, body="For {{ account.name }}: see https://demo.example/start")
    client = browsing.at(ana)
    address = reverse("approvals:template_write", args=[listed.template_id])
    elsewhere = {
        "against": "1",
        "subject": "Welcome",
        "body": '<p>See <a href="https://files.example.net/q3">our page</a>.</p>',
        "why": "The figures moved.",
    }

    before = browsing.text(client.get(reverse("approvals:template", args=[listed.template_id])))
    after = browsing.text(client.post(address, elsewhere, follow=True))

    assert "list of hosts" not in before
    assert "It leads to files.example.net, not on the list of hosts." in after
    assert "Each message of it waits for a person" in after
    assert "Version 2 is kept" in after


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("ines", "Dear Ines"),
        ("cos polder", "Dear Ines"),
        ("INES.COSTA@", "Dear Ines"),
        (
            "example",
            "Type the address of the one you mean: Bo Costa (bo@quay.example), Ines Costa (ines.costa@",
        ),
        ("nobody", "There is no contact with “nobody” in name or address"),
        ("e", "There is no contact with “e” in name or address"),
    ],
)
def test_filling_in_finds_a_contact_by_parts_and_names_whom_it_may_mean(typed: str, says: str) -> None:
    ana = decided.admin()
    version = scene.template(by=ana)
    scene.reader()
    scene.reader("bo@quay.example", first_name="Bo")
    page = browsing.at(ana).get(reverse("approvals:template", args=[version.template_id]), {"contact": typed})
    inside = browsing.at(ana).get(
        reverse("approvals:template_preview", args=[version.template_id]), {"contact": typed}
    )

    assert says in browsing.text(page) + browsing.text(inside)


def test_signing_on_the_page_names_who_and_until_when() -> None:
    ana, olga = decided.admin(), a_user("Olga Brandt", Role.ADMIN)
    User.objects.filter(pk=olga.pk).update(time_zone="America/Los_Angeles")
    User.objects.filter(pk=ana.pk).update(time_zone="Pacific/Auckland")
    version = scene.template(by=ana)
    sign = browsing.url("standing_sign", version.template_id)

    mine = browsing.at(ana).get(browsing.url("template", version.template_id))
    wrong = browsing.at(olga).post(sign, {"number": "1", "until": "2020-01-01", "why": "They asked."})
    whole = {"number": "1", "until": _soon(), "why": "They asked.", "segments": "*", "lifecycles": "*"}
    nobody = browsing.at(olga).post(sign, {**whole, "lifecycles": []})
    mixed = browsing.at(olga).post(sign, {**whole, "segments": ["*", "none"]})
    assert StandingApproval.objects.count() == 0, "nothing ticked is not everybody"
    right = browsing.at(olga).post(sign, whole)

    assert "You wrote this version, so another admin signs: ask Olga Brandt." in browsing.text(mine)
    assert [wrong.status_code, nobody.status_code] == [422, 422]
    assert "They asked." in wrong.content.decode()
    assert "or “Every stage”." in browsing.text(nobody)
    assert "This needs another look Stages" in browsing.text(nobody)
    assert nobody.content.decode().count(' tabindex="-1" autofocus') == 1
    assert mixed.status_code == 422
    assert "“Every segment” is ticked with others" in browsing.text(mixed)
    assert right.status_code == 302
    approval = StandingApproval.objects.get()
    page = browsing.text(browsing.at(ana).get(browsing.url("template", version.template_id)))
    assert "Signed by Olga Brandt" in page
    assert f"until the end of {phrases.day(date.fromisoformat(whole['until']))}" in page
    assert "nothing went out under it" in page
    listed = browsing.text(browsing.at(ana).get(reverse("approvals:templates")))
    assert "Welcome" in listed
    assert f"stands until {phrases.day(date.fromisoformat(whole['until']))}" in listed
    ended = browsing.at(ana).post(browsing.url("standing_end", approval.pk))
    assert ended.status_code == 302
    assert StandingApproval.objects.get().ended_by == ana


def _soon() -> str:
    return (timezone.localdate() + timedelta(days=20)).isoformat()


def _next(version: TemplateVersion, user: Any) -> TemplateVersion:
    return templates_kept.save(
        template_id=version.template_id,
        against=1,
        subject="Hello {{ contact.first_name }}",
        body="Dear {{ contact.first_name }}, {{ contact.title }}",
        why="Shorter.",
        user=user,
        at=NOW,
    )
