"""An import put back in the browser: the plan first, a reason, above 100 records a second admin."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from crmgov.people.models import Role
from crmgov.records.models import Account, Import, ImportRevert
from crmgov.records.services import import_whole_reverts
from tests.world import a_user, change

from .kit import account_csv, ana, browser_of, imported, olga, read

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def browser() -> Client:
    return browser_of(ana())


def alive() -> int:
    return Account.objects.filter(archived_at=None).count()


def test_the_plan_says_what_happens_to_each_record_before_anything_does(browser: Client) -> None:
    found = imported(browser, account_csv(3))
    edited = Account.objects.get(name="Firm 2")
    change("account", edited.pk, at=timezone.now(), region="DACH")

    plan = read(browser.get(f"/imports/{found.pk}/revert"))

    assert "Archives 2 records, at once." in plan
    assert "It was made by the import and changed since, so it stays." in plan
    assert alive() == 3


def test_up_to_a_hundred_records_go_back_at_once_with_a_reason(browser: Client) -> None:
    found = imported(browser, account_csv(3))
    here = f"/imports/{found.pk}/revert"

    refused = browser.post(here, {"reason": " "})
    assert refused.status_code == 422
    assert "the reason stands in the ledger" in read(refused)
    assert alive() == 3

    assert browser.post(here, {"reason": "The wrong file."}).status_code == 302
    report = read(browser.get(f"/imports/{found.pk}/"))
    assert "Put back by Ana Ruiz." in report
    assert "3 records archived." in report
    assert "“The wrong file.”" in report
    assert "Show the plan" not in report
    assert alive() == 0


def test_a_revert_that_stopped_says_why_and_can_be_proposed_again(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = imported(browser, account_csv(3))
    here = f"/imports/{found.pk}/revert"

    def broken(*_: object) -> None:
        raise RuntimeError("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(import_whole_reverts, "put_back", broken)
        assert browser.post(here, {"reason": "The wrong file."}).status_code == 302

    for page in (f"/imports/{found.pk}/", here):
        assert "Putting this import back stopped. The disk is full." in read(browser.get(page))
    assert browser.post(here, {"reason": "The wrong file."}).status_code == 302
    assert "Put back by Ana Ruiz." in read(browser.get(f"/imports/{found.pk}/"))
    assert alive() == 0


def test_above_a_hundred_records_a_second_admin_confirms(browser: Client) -> None:
    second = browser_of(olga())
    found = imported(browser, account_csv(101))
    here = f"/imports/{found.pk}/revert"
    assert "101 records need two people." in read(browser.get(here))

    assert browser.post(here, {"reason": "The wrong file."}).status_code == 302
    waiting = ImportRevert.objects.get(parent=found)
    mine = browser.get(here)
    assert "You proposed this, so another admin confirms it." in read(mine)
    assert "Confirm and put it back" not in read(mine)
    assert browser.post(f"/reverts/{waiting.pk}/confirm").status_code == 403
    assert "waits for a second admin" in read(browser.get(f"/imports/{found.pk}/"))
    assert alive() == 101

    assert "Confirm and put it back" in read(second.get(here))
    assert second.post(f"/reverts/{waiting.pk}/confirm").status_code == 302
    assert "The import is being put back" in read(second.get(f"/imports/{found.pk}/"))
    assert import_whole_reverts.go_on(revert_id=waiting.pk, at=timezone.now())
    assert "Put back by Ana Ruiz and Olga Brandt." in read(second.get(f"/imports/{found.pk}/"))
    assert alive() == 0


def test_a_plan_is_withdrawn_and_may_be_proposed_again(browser: Client) -> None:
    olga()
    found = imported(browser, account_csv(101))
    here = f"/imports/{found.pk}/revert"
    browser.post(here, {"reason": "The wrong file."})
    again = browser.post(here, {"reason": "Once more."})
    assert again.status_code == 409
    assert "proposed to put this import back already" in read(again)

    assert browser.post(f"/reverts/{ImportRevert.objects.get().pk}/withdraw").status_code == 302
    assert "Propose to put it back" in read(browser.get(here))
    assert Import.objects.get(pk=found.pk).status == Import.Status.DONE
    assert alive() == 101


def test_the_plan_is_walked_page_by_page_and_names_each_record_once(browser: Client) -> None:
    found = imported(browser, account_csv(101))
    url, names = f"/imports/{found.pk}/revert", []
    for _ in range(3):
        html = browser.get(url).content.decode()
        names += [line.partition("<")[0] for line in html.split("<bdi>Firm ")[1:]]
        url = html.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
    assert len(names) == len(set(names)) == 101


def test_what_has_no_ledger_is_named_as_staying(browser: Client) -> None:
    from .kit import begin, check, choose, confirm, run, upload

    imported(browser, account_csv(1))
    found = begin(browser, upload("activities.csv", "id,kind,account,occurred_at\n1,call,A1,2026-03-01\n"))
    assert choose(browser, found, "activities").status_code == 302
    check(browser, found)
    confirm(browser, found)
    run(found)
    plan = read(browser.get(f"/imports/{found.pk}/revert"))
    assert "What stays as it is" in plan
    assert "1 activities from activities.csv stay" in plan
    assert "Put it back" not in plan.partition("Put back")[2]


def test_an_auditor_reads_everything_and_may_press_nothing(browser: Client) -> None:
    found = imported(browser, account_csv(3))
    auditor = browser_of(a_user("Ines Falk", Role.AUDITOR))
    for path in ("/imports/", f"/imports/{found.pk}/", f"/imports/{found.pk}/revert"):
        page = auditor.get(path)
        assert page.status_code == 200
        main = page.content.decode().partition("<main")[2]
        assert '<form method="post"' not in main
        assert 'method="post"' not in main
    assert "New import" not in read(auditor.get("/imports/"))
