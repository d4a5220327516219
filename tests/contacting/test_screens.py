"""The pages of suppressions and contact rules, as admins and auditors use them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import escape

from approvals.forms.contacting import ContactRulesForm
from crmgov.people.models import Role, User
from crmgov.records.models import Suppression
from crmgov.records.selectors.contact_rules import number_in_force
from crmgov.records.services import contact_rules, suppressions
from crmgov.records.services.suppressions import Target
from tests.world import NOW, a_user, an_account

pytestmark = pytest.mark.django_db
RULES = {
    "contact_limit": "3", "contact_days": "14", "account_limit": "off", "account_days": "7", "quiet_from": "21:00",
    "quiet_until": "07:30", "time_zone": "Europe/Berlin", "why": "Fewer, and later.", "against": "0",
}  # fmt: skip


def ana() -> User:
    return a_user("Ana Ruiz", Role.ADMIN)


def ben() -> User:
    return a_user("Ben Ode", Role.ADMIN)


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def a_suppression(value: str = "halden.example") -> Suppression:
    return suppressions.add_by_hand(
        target=Target("domain", value),
        reason="Asked <b>loudly</b>.",
        until=None,
        user=ana(),
        at=timezone.now(),
    )


def test_an_admin_suppresses_an_address_a_domain_and_an_account_until_the_end_of_a_day() -> None:
    an_account("Halden Marine Systems")
    later = timezone.now().date() + timedelta(days=30)
    client = as_(ana())
    for kind, value in (
        ("address", "A@b.example"),
        ("domain", "c.example"),
        ("account", "halden marine SYSTEMS"),
    ):
        sent = {"kind": kind, "value": value, "reason": "Asked.", "until_day": later.isoformat()}
        assert client.post("/suppressions/", sent).status_code == 302

    text = client.get("/suppressions/").content.decode()

    assert {str(one.value or one.account) for one in Suppression.objects.all()} == {
        "a@b.example", "c.example", "Halden Marine Systems",
    }  # fmt: skip
    ends = {one.until.date() for one in Suppression.objects.all() if one.until}
    assert ends == {later}
    assert all(name in text for name in ("a@b.example", "c.example", "Halden Marine Systems"))
    assert "c.example" not in client.get("/suppressions/?q=halden").content.decode()


@pytest.mark.parametrize(
    ("sent", "say"),
    [
        ({"kind": "address", "value": "nobody", "reason": "x"}, "is not an e-mail address"),
        ({"kind": "account", "value": "Nobody", "reason": "x"}, "There is no account of this name."),
        ({"kind": "account", "value": "Twins", "reason": "x"}, "several accounts of this name"),
        ({"kind": "domain", "value": "c.example", "reason": ""}, "Say why"),
        ({"kind": "domain", "value": "c.example", "reason": "x", "until_day": "2020-01-01"}, "has passed"),
        (
            {"kind": "domain", "value": "c.example", "reason": "x", "until_day": "9999-12-31"},
            "Within ten years",
        ),
    ],
)
def test_a_mistake_stands_beside_its_field_and_keeps_what_was_typed(sent: dict[str, str], say: str) -> None:
    an_account("Twins"), an_account("Twins")

    answer = as_(ana()).post("/suppressions/", sent)

    assert answer.status_code == 422
    assert say in answer.content.decode()
    assert sent["value"] in answer.content.decode()
    assert not Suppression.objects.exists()


def test_lifting_takes_two_pages_of_two_people() -> None:
    found, first, second = a_suppression(), as_(ana()), as_(ben())
    page = f"/suppressions/{found.pk}/"
    assert "Asked &lt;b&gt;loudly" in first.get(page).content.decode()

    empty = first.post(f"{page}ask", {"reason": " "})
    assert empty.status_code == 422
    assert empty.content.decode().count("Say why") == 1
    assert [first.get(f"{page}{verb}")["Location"] for verb in ("ask", "lift", "keep")] == [page] * 3
    assert first.post(f"{page}ask", {"reason": "A new contract."}).status_code == 302
    own, other = (client.get(page).content.decode() for client in (first, second))
    assert f"{page}lift" not in own
    assert "ask Ben Ode" in own
    assert f"{page}lift" in other
    assert first.post(f"{page}lift").status_code == 403
    assert "halden.example" in second.get("/suppressions/?view=asked").content.decode()

    assert second.post(f"{page}lift").status_code == 302

    assert "Lifted" in second.get(page).content.decode()
    assert second.post(f"{page}lift").status_code == 409
    assert "halden.example" in second.get("/suppressions/?view=over").content.decode()


@pytest.mark.parametrize("url", ["/suppressions/", "/contact-rules/"])
def test_the_rail_leads_here_and_says_so(url: str) -> None:
    assert f'href="{url}" aria-current="page"' in as_(ana()).get(url).content.decode()


def test_the_second_admin_may_say_no() -> None:
    found = a_suppression()
    page = f"/suppressions/{found.pk}/"
    as_(ana()).post(f"{page}ask", {"reason": "A new contract."})

    assert as_(ben()).post(f"{page}keep").status_code == 302

    found.refresh_from_db()
    assert (found.lift_asked_by, found.lifted_at) == (None, None)


def test_a_list_of_many_pages() -> None:
    for number in range(27):
        a_suppression(f"d{number}.example")
    client = as_(a_user("Ines Falk", Role.AUDITOR))

    first = client.get("/suppressions/")
    older = next(
        part.split('"')[0]
        for part in first.content.decode().split('href="')
        if part.startswith("/suppressions/?from")
    )

    assert "d26.example" in first.content.decode()
    assert "d0.example" in client.get(older).content.decode()
    assert "Suppress it" not in first.content.decode()


def test_the_rules_are_shown_changed_and_remembered() -> None:
    client = as_(ana())
    assert "4 in 7 days, the default" in client.get("/contact-rules/").content.decode()

    assert client.post("/contact-rules/", RULES).status_code == 302

    rules = contact_rules.in_force()
    assert (rules.contact.most, rules.contact.days, rules.account.most) == (3, 14, None)
    text = client.get("/contact-rules/").content.decode()
    assert "3 in 14 days" in text
    assert "as often as one likes" in text
    assert "Fewer, and later." in text


def test_rules_another_admin_saved_meanwhile_are_not_overwritten_unseen() -> None:
    first, second = as_(ana()), as_(ben())
    assert 'name="against" value="0"' in second.get("/contact-rules/").content.decode()
    first.post("/contact-rules/", RULES)

    late = second.post("/contact-rules/", {**RULES, "contact_limit": "9", "why": "More."})

    text = late.content.decode()
    assert late.status_code == 409
    assert "Somebody changed these rules meanwhile" in text
    assert "3 in 14 days" in text
    assert 'value="9"' in text
    assert contact_rules.in_force().contact.limit == 3
    now = number_in_force()
    assert f'name="against" value="{now}">Put mine into force' in text
    assert second.post("/contact-rules/", {**RULES, "contact_limit": "9", "against": now}).status_code == 302
    assert contact_rules.in_force().contact.limit == 9


def test_saving_what_is_in_force_says_so_and_keeps_no_row() -> None:
    client = as_(ana())
    client.post("/contact-rules/", RULES)
    now = number_in_force()

    again = client.post("/contact-rules/", {**RULES, "why": "Once more.", "against": now})

    assert again.status_code == 422
    assert "Nothing differs from the rules in force" in again.content.decode()
    assert number_in_force() == now


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("contact_limit", "lots"),
        ("contact_days", "0"),
        ("time_zone", "Mars"),
        ("quiet_from", "25:00"),
        ("why", ""),
    ],
)
def test_a_rule_nobody_can_keep_is_refused(name: str, value: str) -> None:
    answer = as_(ana()).post("/contact-rules/", {**RULES, name: value})

    assert answer.status_code == 422
    text = answer.content.decode()
    assert f'id="id_{name}_error"' in text
    label = str(ContactRulesForm.base_fields[name].label)
    assert f"<b>This needs another look</b></p><p>{escape(label)}</p>" in text
    assert text.count(" autofocus") == 1
    assert text.index(" autofocus") > text.index(f'name="{name}"')
    assert contact_rules.in_force().contact.limit is None


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles", "Europe/Berlin"])
def test_until_the_end_of_a_day_is_that_day_for_every_viewer(zone: str) -> None:
    User.objects.filter(pk=ana().pk).update(time_zone="Pacific/Auckland")
    User.objects.filter(pk=ben().pk).update(time_zone=zone)
    day = date(NOW.year + 2, 1, 10)

    as_(ana()).post(
        "/suppressions/",
        {"kind": "domain", "value": "c.example", "reason": "x", "until_day": day.isoformat()},
    )

    found = Suppression.objects.get()
    assert f"{found.until:%d %H:%M}" == "10 23:59"
    for url in ("/suppressions/", f"/suppressions/{found.pk}/"):
        assert f"10 Jan {day.year}" in as_(ben()).get(url).content.decode()
