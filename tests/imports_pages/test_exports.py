"""The way back out: one zip, everything or what changed here since the last one."""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from crmgov.records.models import Account, Export
from tests.world import change

from .kit import account_csv, ana, browser_of, imported, read

pytestmark = pytest.mark.django_db(transaction=True)
HERE = "/imports/export"


@pytest.fixture
def browser() -> Client:
    return browser_of(ana())


def files(answer: Any) -> dict[str, str]:
    assert answer.status_code == 200
    with zipfile.ZipFile(BytesIO(b"".join(answer))) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_a_get_shows_the_form_and_hands_nothing_out(browser: Client) -> None:
    page = browser.get(HERE)
    assert page.status_code == 200
    assert "Nothing has been exported yet" in read(page)
    assert not Export.objects.exists()


def test_everything_and_then_only_what_changed_here(browser: Client) -> None:
    imported(browser, account_csv(3), source="erp")
    said = {"format": "csv", "source": "erp", "extent": "all"}

    whole = browser.post(HERE, said)
    assert whole["Content-Type"] == "application/zip"
    assert 'filename="crmgov-csv-' in whole["Content-Disposition"]
    accounts = files(whole)["crmgov_accounts.csv"]
    assert all(f"Firm {number}" in accounts for number in (1, 2, 3))

    change("account", Account.objects.get(name="Firm 2").pk, at=timezone.now(), region="DACH")
    changed = files(browser.post(HERE, {**said, "extent": "changes"}))["crmgov_accounts.csv"]
    assert "Firm 2" in changed
    assert "Firm 1" not in changed
    page = read(browser.get(HERE))
    assert "What changed since the one before" in page
    assert "Ana Ruiz" in page


def test_without_a_source_the_form_says_so(browser: Client) -> None:
    answer = browser.post(HERE, {"format": "hubspot", "extent": "all"})
    assert answer.status_code == 422
    assert "name a new one" in read(answer)
    assert not Export.objects.exists()


def test_what_was_exported_is_imported_again_without_saying_anything(browser: Client) -> None:
    from .kit import begin, check, upload

    imported(browser, account_csv(2), source="erp")
    accounts = files(browser.post(HERE, {"format": "csv", "source": "erp", "extent": "all"}))[
        "crmgov_accounts.csv"
    ]
    found = begin(browser, upload("crmgov_accounts.csv", accounts), source="erp")
    page = read(browser.get(f"/imports/{found.pk}/"))
    assert "Our own accounts" in page
    assert "Say what the columns are" not in page
    check(browser, found)
    assert "Writes nothing" in read(browser.get(f"/imports/{found.pk}/"))
