"""File names, headings and cells are anybody's: shown as they are, never run, and every bad row is named."""

from __future__ import annotations

import csv
import re
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadhandler import (
    FileUploadHandler,
    MemoryFileUploadHandler,
    TemporaryFileUploadHandler,
)
from django.test import Client, override_settings

from crmgov.records.models import Account, ImportFile
from tests.world import a_user

from .kit import (
    BAD,
    GOOD,
    ana,
    begin,
    browser_of,
    check,
    choose,
    confirm,
    control,
    messy,
    pages,
    read,
    run,
    upload,
)

pytestmark = pytest.mark.django_db(transaction=True)
EVIL = "<script>alert(1)</script>"
RTL = "\u202e"


@pytest.fixture
def browser() -> Client:
    return browser_of(ana())


def test_evil_names_headings_and_cells_stay_words_on_every_page(browser: Client) -> None:
    head = f'id,name,"{EVIL}","=cmd|{RTL}x","{{{{ 7*7 }}}}"'
    rows = f'1,"{EVIL}","{EVIL}","=1+1","x{RTL}y"\n,"{EVIL}",a,b,c\n'
    found = begin(browser, upload(f"<b>{EVIL[:8]}.csv", f"{head}\n{rows}"), source=EVIL)
    step = f"/imports/{found.pk}/?step=1&fate=refused"
    here = f"/imports/{found.pk}/"
    seen = [browser.get(path) for path in ("/imports/", "/imports/new", here)]
    seen.append(browser.get(f"{here}files/{found.files.get().pk}/?object=accounts"))
    assert "⟨U+202E⟩" in read(seen[-1])
    assert choose(browser, found).status_code == 302
    check(browser, found)
    seen += [browser.get(here), browser.get(step)]
    assert "=1+1" in read(seen[-2])
    confirm(browser, found)
    seen.append(browser.get(here))
    run(found)
    seen += [browser.get(here), browser.get(f"{here}revert"), browser.get("/imports/export")]
    for page in seen:
        html = page.content.decode()
        assert page.status_code == 200
        assert EVIL not in html
        assert "<b>" + EVIL[:8] not in html
        assert RTL not in html


def test_every_bad_row_of_a_messy_file_is_named_on_screen_and_in_the_download(browser: Client) -> None:
    content, bad = messy()
    found = begin(browser, upload("kunden.csv", content))
    page = read(browser.get(f"/imports/{found.pk}/"))
    assert "Windows-1252, semicolon" in page
    assert choose(browser, found).status_code == 302
    chosen = found.runs.get().mapping
    assert set(chosen["fields"]) == {"employees", "name", "renewal_date", "annual_value", "region"}
    check(browser, found)
    assert lines(browser, f"/imports/{found.pk}/?step=1&fate=refused") == bad
    assert f"{BAD} rows are refused" in read(browser.get(f"/imports/{found.pk}/"))

    confirm(browser, found)
    run(found)

    assert Account.objects.count() == GOOD
    assert lines(browser, f"/imports/{found.pk}/?step=1&fate=refused") == bad
    step = found.runs.get()
    answer = browser.get(f"/imports/{found.pk}/steps/{step.pk}/refused.csv")
    assert answer["Content-Disposition"] == 'attachment; filename="refused-1-accounts.csv"'
    rows = list(csv.DictReader(StringIO(b"".join(answer).decode())))
    assert [int(row["line"]) for row in rows] == bad
    assert {row["reason"] for row in rows} == {
        "no_external_id", "no_name", "wrong_number_of_cells", "repeated_external_id",
    }  # fmt: skip
    assert all(row["what is wrong"] for row in rows)


def lines(browser: Client, url: str) -> list[int]:
    """The lines that a list of rows names, over all its pages."""
    return [
        int(line)
        for html in pages(browser, url)
        for line in re.findall(r"Line </span>([\d,]+)<", html.replace(",", ""))
    ]


def test_the_download_holds_no_formula(browser: Client) -> None:
    found = begin(browser, upload("=a.csv", 'id,name,=x\n1,A,1\n1,"=HYPERLINK(""http://x"")",2\n'))
    assert choose(browser, found).status_code == 302
    check(browser, found)
    step = found.runs.get()
    answer = browser.get(f"/imports/{found.pk}/steps/{step.pk}/refused.csv")
    rows = list(csv.reader(StringIO(b"".join(answer).decode())))
    assert len(rows) == 2
    assert rows[1][0] == "'=a.csv"
    assert not [cell for cell in rows[1] if cell.startswith(("=", "+", "@"))]


def test_odd_posts_are_refused_with_a_sentence_and_never_break(browser: Client) -> None:
    found = begin(browser, upload("accounts.csv", "id,name\n1,Halden\n"))
    here = f"/imports/{found.pk}/files/{found.files.get().pk}/"
    for said in (
        {"object": "nothing"},
        {"object": "accounts", "identity": "c99"},
        {"object": "accounts", "identity": "c0", control(found, "name"): "field:password"},
        {"object": "accounts", "identity": "c0", control(found, "name"): "field:"},
        {"object": "users", "identity": "", control(found, "name"): "field:is_superuser"},
        {},
    ):
        assert browser.post(here, said).status_code in (302, 422), said
    for path in (
        "?step=²&fate=x",
        "?step=99999999999999999999",
        "?from=zz",
        "revert?from=zz",
        "progress?said=²",
    ):
        assert browser.get(f"/imports/{found.pk}/{path}").status_code in (200, 302), path
    assert browser.get("/imports/?status=%27&source=99999999999999999999").status_code == 200


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("empty.csv", b"", "empty"),
        ("book.csv", b"PK\x03\x04xxxx", "Excel workbook or a ZIP archive"),
        ("nul.csv", b"id,name\n1,a\x00b\n", "zero bytes"),
        ("twice.csv", b"id,name,name\n1,a,b\n", "stands twice"),
        ("page.csv", b"<!DOCTYPE html><html></html>", "web page"),
    ],
)
def test_a_file_that_is_none_is_said_in_words(browser: Client, name: str, content: bytes, says: str) -> None:
    found = begin(browser, upload(name, content))
    page = read(browser.get(f"/imports/{found.pk}/"))
    assert says in page
    assert "No file yet" in page


def test_headings_only_is_an_import_of_nothing(browser: Client) -> None:
    found = begin(browser, upload("accounts.csv", "id,name\n"))
    assert choose(browser, found).status_code == 302
    check(browser, found)
    assert "Writes nothing" in read(browser.get(f"/imports/{found.pk}/"))


def test_headings_longer_than_the_ledgers_column_are_kept_apart(browser: Client) -> None:
    long = "How satisfied are you with " + "x" * 150
    found = begin(browser, upload("accounts.csv", f'id,name,{long} a,{long} b\n1,Halden,"first","second"\n'))
    assert choose(browser, found).status_code == 302
    check(browser, found)
    confirm(browser, found)
    run(found)
    kept = Account.objects.get().extra
    assert sorted(kept.values()) == ["first", "second"]
    assert all(name.startswith("How satisfied are you with xxx") for name in kept)


@override_settings(IMPORT_MAX_BYTES=1 << 20)
def test_a_file_larger_than_the_limit_is_not_kept_and_said(browser: Client) -> None:
    large = upload("large.csv", b"id,name\n" + b"1,Halden\n" * 200_000)
    sent = {"adapter": "csv", "new_source": "erp", "uploads": [large]}
    answer = browser.post("/imports/new", sent)
    assert answer.status_code == 422
    assert "large.csv is larger than 1 MB, the most this installation takes." in read(answer)
    assert not ImportFile.objects.exists()

    found = begin(browser, upload("accounts.csv", "id,name\n1,Halden\n"))
    large.seek(0)
    page = browser.post(f"/imports/{found.pk}/files/add", {"uploads": [large]}, follow=True)
    assert "large.csv is larger than 1 MB" in read(page)
    assert found.files.count() == 1


@override_settings(IMPORT_MAX_BYTES=1 << 20)
def test_files_that_are_too_much_together_are_left_out_and_said(browser: Client) -> None:
    half = b"id,name\n" + b"1,Halden\n" * 70_000
    sent = {
        "adapter": "csv",
        "new_source": "erp",
        "uploads": [upload("one.csv", half), upload("two.csv", half)],
    }

    answer = browser.post("/imports/new", sent)

    assert answer.status_code == 422
    assert "two.csv was left out: files handed in at once have 1 MB together at most." in read(answer)
    assert "one.csv was left out" not in read(answer)


@pytest.mark.parametrize(
    "path", ["/imports/new", f"/imports/{UUID(int=1)}/files/add", "/session/login/", "/nonsense", "/imports/"]
)
def test_nobody_but_an_admin_at_an_import_has_a_file_stored(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored: list[str] = []
    for handler in (MemoryFileUploadHandler, TemporaryFileUploadHandler):
        _watch(handler, stored, monkeypatch)
    outsiders = [
        Client(enforce_csrf_checks=True),
        Client(),
        browser_of(a_user()),
        browser_of(a_user("Al", "auditor")),
    ]
    if path not in {"/imports/new", f"/imports/{UUID(int=1)}/files/add"}:
        outsiders.append(browser_of(ana()))

    for size in (1 << 10, 3 << 20):
        for client in outsiders:
            client.post(path, {"uploads": [upload("large.csv", b"x" * size)]})
        body = b'--b\r\nContent-Disposition: form-data; name="f"; filename="f.csv"\r\n\r\n' + b"x" * size
        Client().generic(
            "POST", path, body + b"\r\n--b--\r\n", content_type="multipart/form-data; boundary=b"
        )

    assert stored == []
    browser_of(ana()).post(
        "/imports/new", {"adapter": "csv", "new_source": "erp", "uploads": [upload("a.csv", "id\n")]}
    )
    assert stored == ["a.csv"]


def _watch(handler: type[FileUploadHandler], stored: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Note each file whose bytes the handler is given to keep."""
    keep = handler.receive_data_chunk

    def kept(self: Any, raw_data: bytes, start: int) -> bytes | None:
        stored.append(str(self.file_name))
        return keep(self, raw_data, start)

    monkeypatch.setattr(handler, "receive_data_chunk", kept)
