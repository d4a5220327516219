"""An import in the browser from the first file to the report: what is seen is what is done."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from approvals.models import Conflict
from approvals.services import events
from crmgov.records.models import Account, Import, RememberedMapping
from tests.decisions import scene
from tests.desk.browsing import HTMX, shown, url
from tests.world import change

from .kit import (
    account_csv,
    ana,
    begin,
    begin_again,
    browser_of,
    check,
    choose,
    confirm,
    control,
    imported,
    olga,
    read,
    run,
    upload,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def browser() -> Client:
    return browser_of(ana())


def test_from_a_file_to_its_report(browser: Client) -> None:
    found = begin(browser, upload("accounts.csv", account_csv(3)))
    page = read(browser.get(f"/imports/{found.pk}/"))
    assert "accounts.csv" in page
    assert "First say which columns become what in accounts.csv." in page

    assert choose(browser, found).status_code == 302
    assert "Reads every row" in read(browser.get(f"/imports/{found.pk}/"))
    assert check(browser, found).status == Import.Status.READY
    assert not Account.objects.exists()

    preview = read(browser.get(f"/imports/{found.pk}/"))
    assert "Writes 3 new records." in preview
    assert "Firm 2" in preview
    assert "Benelux" in preview

    assert confirm(browser, found).status_code == 302
    running = read(browser.get(f"/imports/{found.pk}/"))
    assert "0 of 3 rows" in running
    assert run(found).status == Import.Status.DONE
    report = read(browser.get(f"/imports/{found.pk}/"))
    assert "3 rows read" in report
    assert "Confirmed by Ana Ruiz" in report
    assert Account.objects.count() == 3
    assert "accounts.csv" in read(browser.get("/imports/"))


OWN_WORDS = "id,Company Name,Website,Headcount,Industry\nA1,Halden Marine,https://www.halden-marine.com/about,240,Shipping\n"


def test_headings_in_their_own_words_say_what_the_file_is_whatever_its_name(browser: Client) -> None:
    found = begin(browser, upload("user_imp.csv", OWN_WORDS))
    page = browser.get(f"/imports/{found.pk}/files/{found.files.get().pk}/")
    assert 'value="accounts" selected' in page.content.decode()
    assert choose(browser, found).status_code == 302
    check(browser, found)
    confirm(browser, found)
    run(found)

    halden = Account.objects.get(name="Halden Marine")
    assert (halden.domain, halden.employees, halden.industry) == ("halden-marine.com", 240, "Shipping")


AMBIGUOUS = 'id,name,renewal_date,annual_value\nA1,Halden,03/04/2027,"1,200"\nA2,Polder,05/06/2027,"3,400"\n'


def test_what_the_file_does_not_tell_is_asked_and_nothing_is_guessed(browser: Client) -> None:
    found = begin(browser, upload("amb.csv", AMBIGUOUS))
    here = f"/imports/{found.pk}/files/{found.files.get().pk}/"
    page = read(browser.get(here))
    assert "03/04/2027 is 3 Apr 2027" in page
    assert "03/04/2027 is 4 Mar 2027" in page
    assert "1,200 is 1,200" in page
    assert "1,200 is 1.2" in page

    refused = choose(browser, found)
    assert refused.status_code == 422
    assert "Say which is meant." in read(refused)
    assert 'id="dates-error"' in refused.content.decode()

    assert choose(browser, found, dates="month", numbers=".").status_code == 302
    check(browser, found)
    assert "4 Mar 2027" in read(browser.get(f"/imports/{found.pk}/"))
    confirm(browser, found)
    run(found)
    halden = Account.objects.get(name="Halden")
    assert str(halden.renewal_date) == "2027-03-04"
    assert halden.annual_value == 1200


def test_an_answer_and_the_choices_stay_when_one_comes_back(browser: Client) -> None:
    found = begin(browser, upload("amb.csv", AMBIGUOUS))
    choose(browser, found, dates="day", numbers=",", **{control(found, "annual_value"): "ignore"})
    page = browser.get(f"/imports/{found.pk}/files/{found.files.get().pk}/").content.decode()
    assert 'name="dates" value="day" checked' in page
    assert 'name="numbers" value="," checked' in page
    chosen = found.runs.get().mapping
    assert chosen["ignore"] == ["annual_value"]
    assert "dates" not in RememberedMapping.objects.get().mapping["fields"]["renewal_date"]


def test_the_next_file_of_a_source_starts_from_the_last_one(browser: Client) -> None:
    first = begin(browser, upload("firmen.csv", "nr,firma,alt\n1,Halden,x\n"))
    assert choose(browser, first).status_code == 422
    said = {
        control(first, "firma"): "field:name",
        "identity": control(first, "nr"),
        control(first, "alt"): "ignore",
    }
    assert choose(browser, first, **said).status_code == 302

    found = begin_again(browser, "firma,region,nr\nPolder,Benelux,2\n")
    page = read(browser.get(f"/imports/{found.pk}/files/{found.files.get().pk}/?object=accounts"))
    assert "Set as Ana Ruiz did for the last accounts of this source" in page
    assert "New since then: region. No longer there: alt." in page
    assert choose(browser, found).status_code == 302
    fields = found.runs.get().mapping["fields"]
    assert {name: spec["column"] for name, spec in fields.items()} == {"name": "firma", "region": "region"}


def test_two_columns_for_one_field_are_refused_where_they_stand(browser: Client) -> None:
    found = begin(browser, upload("accounts.csv", "id,name,other\n1,Halden,Polder\n"))
    answer = choose(browser, found, **{control(found, "other"): "field:name"})
    assert answer.status_code == 422
    assert "Another column is Name already." in read(answer)
    assert not found.runs.exists()


def test_a_choice_is_taken_back_and_a_file_removed(browser: Client) -> None:
    found = begin(browser, upload("accounts.csv", account_csv(1)))
    choose(browser, found)
    step = found.runs.get()
    assert browser.post(f"/imports/{found.pk}/steps/{step.pk}/leave_out").status_code == 302
    assert not found.runs.exists()
    assert browser.post(f"/imports/{found.pk}/files/{found.files.get().pk}/remove").status_code == 302
    page = read(browser.get(f"/imports/{found.pk}/"))
    assert "No file yet" in page
    assert "Add a file first." in page


def test_one_unreadable_file_keeps_none_of_the_others_out(browser: Client) -> None:
    bad = upload("report.csv", b"PK\x03\x04 a workbook")
    found = begin(browser, bad, upload("accounts.csv", account_csv(1)))
    page = read(browser.get(f"/imports/{found.pk}/"))
    assert "report.csv is no CSV file: it is an Excel workbook" in page
    assert [file.name for file in found.files.all()] == ["accounts.csv"]


def test_without_a_source_or_a_file_the_form_says_what_is_missing(browser: Client) -> None:
    answer = browser.post("/imports/new", {"adapter": "csv"})
    assert answer.status_code == 422
    assert "name a new one" in read(answer)
    assert "Choose one or more files." in read(answer)
    assert not Import.objects.exists()


def test_what_changed_since_the_preview_is_a_409_with_the_page_as_it_is(browser: Client) -> None:
    imported(browser, account_csv(2))
    found = begin_again(browser, account_csv(2, region="Nordics"))
    choose(browser, found)
    check(browser, found)
    change("account", Account.objects.order_by("name")[0].pk, at=timezone.now(), region="DACH")

    answer = confirm(browser, found)

    assert answer.status_code == 409
    assert "Check the import again" in read(answer)
    assert "Changed rows" in read(browser.get(f"/imports/{found.pk}/?step=1&fate=changed"))
    found.refresh_from_db()
    assert found.status == Import.Status.READY
    check(browser, found)
    preview = read(browser.get(f"/imports/{found.pk}/"))
    assert "Changes 2, 1 of which hold a conflict for a person to settle" in preview
    assert confirm(browser, found).status_code == 302
    run(found)
    report = read(browser.get(f"/imports/{found.pk}/"))
    assert "1 value is in conflict with what people wrote here." in report


def test_a_second_press_on_confirm_is_no_error(browser: Client) -> None:
    found = begin(browser, upload("accounts.csv", account_csv(2)))
    choose(browser, found)
    check(browser, found)
    seen = str(Import.objects.get().fingerprint)
    for _ in range(2):
        assert browser.post(f"/imports/{found.pk}/confirm", {"seen": seen}).status_code == 302
    run(found)
    assert browser.post(f"/imports/{found.pk}/confirm", {"seen": seen}).status_code == 302
    assert Account.objects.count() == 2
    other = browser_of(olga()).post(f"/imports/{found.pk}/confirm", {"seen": seen})
    assert other.status_code == 409
    assert "Ana Ruiz has confirmed this import already." in read(other)


def test_the_report_counts_its_open_conflicts_and_links_to_them_alone(browser: Client) -> None:
    imported(browser, account_csv(3))
    for account in Account.objects.order_by("name")[:2]:
        change("account", account.pk, at=timezone.now(), region="DACH")
    scene.publish()
    elsewhere = scene.account("Elsewhere")
    scene.propose(elsewhere, employees=90)
    scene.propose(elsewhere, agent=scene.an_agent("Scout"), employees=95)
    found = begin_again(browser, account_csv(3, region="Nordics"))
    choose(browser, found)
    check(browser, found)
    assert confirm(browser, found).status_code == 302
    run(found)
    events.take(at=timezone.now())

    report = browser.get(f"/imports/{found.pk}/")
    assert "2 values are in conflict" in read(report)
    assert f'href="/conflicts/?import={found.pk}"' in report.content.decode()
    listed = read(browser.get(f"/conflicts/?import={found.pk}"))
    assert "Firm 1" in listed
    assert "Elsewhere" not in listed
    assert "Elsewhere" in read(browser.get("/conflicts/"))
    assert "Elsewhere" in read(browser.get("/conflicts/?import=nonsense"))

    for conflict in Conflict.objects.filter(kind="import"):
        signed = shown(browser, conflict, "conflict")
        here = {"list": f"import={found.pk}", "shown": signed, "claim": conflict.claims.get(origin="ours").pk}
        settled = browser.post(url("conflict_settle", conflict), here)
        assert settled["Location"] == f"/conflicts/?import={found.pk}"
    assert "in conflict" not in read(browser.get(f"/imports/{found.pk}/"))


def test_a_preview_filters_by_what_becomes_of_a_row(browser: Client) -> None:
    imported(browser, account_csv(3))
    found = begin_again(browser, account_csv(2) + "A9,New one,Nordics\n,No id,Nordics\n")
    choose(browser, found)
    check(browser, found)
    shown = {
        fate: read(browser.get(f"/imports/{found.pk}/?step=1&fate={fate}")).partition("Confirm the import")[0]
        for fate in ("new", "unchanged", "refused")
    }
    assert "New one" in shown["new"]
    assert "Firm 1" not in shown["new"]
    assert "Firm 1" in shown["unchanged"]
    assert "Nothing in id says which row this is." in shown["refused"]


def test_progress_is_a_piece_of_the_page_until_it_is_through(browser: Client) -> None:
    found = begin(browser, upload("accounts.csv", account_csv(3)))
    choose(browser, found)
    check(browser, found)
    confirm(browser, found)
    here = f"/imports/{found.pk}/progress"
    assert browser.get(here).status_code == 302
    piece = browser.get(here, headers=HTMX)
    assert "<html" not in piece.content.decode()
    assert "0 of 3 rows" in read(piece)
    Import.objects.filter(pk=found.pk).update(rows_done=1)
    later = browser.get(f"{here}?said=0", headers=HTMX).content.decode()
    assert 'data-announce="30 % done"' in later
    assert "data-announce" not in browser.get(f"{here}?said=30", headers=HTMX).content.decode()
    Import.objects.filter(pk=found.pk).update(rows_done=0)
    run(found)
    assert browser.get(here, headers=HTMX)["HX-Refresh"] == "true"


def test_a_stopped_import_says_why_and_is_taken_up_again(browser: Client) -> None:
    found = begin(browser, upload("accounts.csv", account_csv(3)))
    choose(browser, found)
    check(browser, found)
    confirm(browser, found)
    Import.objects.filter(pk=found.pk).update(status="failed", problem="The disk is full.", rows_done=2)
    page = read(browser.get(f"/imports/{found.pk}/"))
    assert "Stopped after 2 rows." in page
    assert "The disk is full." in page
    Import.objects.filter(pk=found.pk).update(rows_done=0)
    assert browser.post(f"/imports/{found.pk}/again").status_code == 302
    assert run(found).status == Import.Status.DONE


def test_a_discarded_import_stays_in_the_list_and_wrote_nothing(browser: Client) -> None:
    found = begin(browser, upload("accounts.csv", account_csv(3)))
    assert browser.post(f"/imports/{found.pk}/discard").status_code == 302
    assert "Discarded" in read(browser.get("/imports/"))
    assert "Discarded before anything was written." in read(browser.get(f"/imports/{found.pk}/"))
    assert not Account.objects.exists()


def test_the_list_filters_and_says_what_to_do_next(browser: Client) -> None:
    assert "Nothing has been imported yet" in read(browser.get("/imports/"))
    imported(browser, account_csv(1), name="done.csv", source="erp")
    begin(browser, upload("open.csv", account_csv(1)), source="shop")
    done = read(browser.get("/imports/?status=done"))
    assert "done.csv" in done
    assert "open.csv" not in done
    shop = Import.objects.get(source__name="shop").source_id
    assert "done.csv" not in read(browser.get(f"/imports/?source={shop}"))
    assert "No import fits" in read(browser.get(f"/imports/?source={shop}&status=failed"))
    assert browser.get("/imports/?source=²&status=x&from=zzz").status_code == 200


def test_a_file_with_more_than_a_thousand_columns_is_mapped_and_imported(browser: Client) -> None:
    names = [f"column {number}" for number in range(1200)]
    content = f"id,name,{','.join(names)}\n1,Halden,{','.join('x' for _ in names)}\n"
    found = begin(browser, upload("accounts.csv", content))
    assert choose(browser, found).status_code == 302
    assert check(browser, found).status == Import.Status.READY


def test_a_file_is_read_otherwise_than_it_looks(browser: Client) -> None:
    found = begin(browser, upload("accounts.csv", "id;name,region\nA1;Halden,Benelux\n"))
    file = found.files.get()
    here = f"/imports/{found.pk}/files/{file.pk}/"
    assert browser.post(f"{here}read", {"encoding": "cp1252", "delimiter": "comma"}).status_code == 302
    file.refresh_from_db()
    assert file.headings == ["id;name", "region"]
    assert "Windows-1252, comma. A person said so." in read(browser.get(here))
    assert browser.post(f"{here}read", {"encoding": "cp1252", "delimiter": "semicolon"}).status_code == 302
    file.refresh_from_db()
    assert file.headings == ["id", "name,region"]
    for said in (
        {"encoding": "klingon", "delimiter": "comma"},
        {"encoding": "utf-8"},
        {"encoding": "utf-16", "delimiter": "tab"},
    ):
        refused = browser.post(f"{here}read", said)
        assert refused.status_code == 422
        assert 'role="alert"' in refused.content.decode()
