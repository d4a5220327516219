"""What comes in is anybody's: odd characters, endless numbers and deep nests get a sentence, never a crash."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from crmgov.people.models import Role
from crmgov.records.models import Account
from crmgov.records.selectors.cursors import Cursor
from tests.decisions import scene
from tests.decisions.test_conflicts import rivals
from tests.desk.browsing import shown
from tests.records_pages.kit import browser_of, last_change
from tests.world import a_team, a_user

pytestmark = pytest.mark.django_db

ENDLESS, DEEP = "9" * 5_000, "[" * 200_000


@pytest.fixture
def account() -> Account:
    scene.reviewer()
    return scene.account()


@pytest.fixture
def ana() -> Client:
    return browser_of(scene.admin())


def edited(account: Account, ana: Client, field: str, typed: str, seen: str) -> Any:
    sent = {f"was:{field}": "what it was", f"seen:{field}": seen, field: typed, "reason": "a call"}
    return ana.post(f"/accounts/{account.pk}/edit", sent)


@pytest.mark.parametrize(
    "address", ["/accounts/?segment=%00", "/accounts/?q=a%00b", "/inbox/?from=%00", "/?%00=1"]
)
def test_an_address_with_nul_is_refused_with_a_sentence(ana: Client, address: str) -> None:
    answer = ana.get(address)
    assert answer.status_code == 400
    assert "U+0000" in answer.content.decode()


@pytest.mark.parametrize(
    ("page", "typed"),
    [
        (
            "edit",
            {"was:region": "Benelux", "seen:region": '"Benelux"', "region": "DA\x00CH", "reason": "a call"},
        ),
        ("edit", {"was:region": "Benelux", "seen:region": '"Benelux"', "region": "DACH", "reason": "a\x00"}),
        ("hold", {"until": "2027-01-01", "reason": "a\x00"}),
        ("verify", {"field": "employees", "seen": "240", "reason": "a\x00"}),
    ],
)
def test_a_form_with_nul_is_refused_and_nothing_is_kept(
    account: Account, ana: Client, page: str, typed: dict[str, str]
) -> None:
    before = account.provenance
    assert ana.post(f"/accounts/{account.pk}/{page}", typed).status_code == 400
    account.refresh_from_db()
    assert (account.region, account.provenance) == ("Benelux", before)


def test_nul_is_refused_before_anybody_signed_in() -> None:
    assert Client().post("/session/login/", {"login": "a\x00", "password": "x"}).status_code == 400


@pytest.mark.parametrize("start", [ENDLESS, "9" * 19, "9" * 30, "²", "٣", "-1", "ü", ""])
def test_where_a_page_begins_may_be_anything(account: Account, ana: Client, start: str) -> None:
    change_set = last_change(account, "employees").change_set_id
    for address, more in (
        (f"/accounts/{account.pk}/", {"tab": "ledger"}),
        (f"/changes/{change_set}/", {}),
        ("/accounts/", {}),
        (f"/accounts/{account.pk}/", {"tab": "timeline"}),
        ("/inbox/", {}),
    ):
        assert ana.get(address, {**more, "from": start}).status_code == 200, address


@pytest.mark.parametrize("key", ["1e99999999", "NaN", "0001-01-01T00:00:00+23:00", "a"])
def test_a_cursor_written_by_hand_begins_at_the_start(account: Account, ana: Client, key: str) -> None:
    ours = str(Cursor((key, str(account.pk))))
    forged = f"{ours[:-1]}{'a' if ours[-1] != 'a' else 'b'}"
    assert Cursor.read(ours, length=2) == Cursor((key, str(account.pk)))
    assert Cursor.read(forged, length=2) is None
    for sort in ("name", "annual_value", "renewal_date"):
        answer = ana.get("/accounts/", {"sort": sort, "from": forged})
        assert account.name in answer.content.decode()


@pytest.mark.parametrize("seen", [DEEP, ENDLESS, '"garbage"', "[1]", '{"a": 1}', '"\\u0000"'])
def test_what_a_form_says_was_seen_may_be_anything(account: Account, ana: Client, seen: str) -> None:
    for field, typed in (("region", "DACH"), ("parent", ""), ("owner", ""), ("employees", "5")):
        assert edited(account, ana, field, typed, seen).status_code < 500
        sent = {"field": field, "seen": seen, "reason": "a call"}
        assert ana.post(f"/accounts/{account.pk}/verify", sent).status_code in (409, 422)
    account.refresh_from_db()
    assert account.employees == 240


@pytest.mark.parametrize("owner", ["²", ENDLESS, "9" * 19])
def test_an_owner_that_is_no_number_is_refused_at_the_field(
    account: Account, ana: Client, owner: str
) -> None:
    assert edited(account, ana, "owner", owner, "null").status_code == 422


@pytest.mark.parametrize(
    ("day", "say"),
    [
        ("9999-12-31", "within a year"),
        ("9999-12-30", "within a year"),
        ("0001-01-01", "Choose a date"),
    ],
)
def test_a_key_for_ever_is_refused_at_the_date(ana: Client, day: str, say: str) -> None:
    sent = {"scopes": ["suggestions:write"], "expires_on": day}
    answer = ana.post(f"/agents/{scene.an_agent().pk}/keys", sent)
    assert answer.status_code == 422
    assert say in answer.content.decode()


def test_a_claim_that_is_no_number_is_refused() -> None:
    conflict = rivals()[2]
    manager = browser_of(a_user("Max Weber", Role.ACCOUNT_MANAGER, a_team()))
    note = shown(manager, conflict, "conflict")
    for claim in ("²", ENDLESS, "9" * 19, ""):
        answer = manager.post(f"/conflicts/{conflict.pk}/settle", {"shown": note, "claim": claim})
        assert answer.status_code in (404, 409, 422)
