"""The files of an export: nothing a spreadsheet would run, safe folders, a zip, and no query per row."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import example, given
from hypothesis import strategies as st

from crmgov.kernel.refusals import Invalid
from crmgov.records.imports.adapters.sheets import as_written, neutral
from crmgov.records.models import Activity, Export
from crmgov.records.services import exports
from crmgov.records.services.export_queries import first_of_several, ids_in
from tests.exports import small
from tests.imports.files import an_admin, take
from tests.world import NOW, a_contact, an_account, an_opportunity

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


@given(st.text(alphabet="'=+-@\t\r a1(|"))
@example("'=x")
@example("''=x")
@example("'")
def test_what_was_made_harmless_can_always_be_undone(text: str) -> None:
    safe = neutral(text)

    assert as_written(safe) == text
    harmless = set(safe) <= set("+-0123456789 ()./,")
    assert not safe.startswith(DANGEROUS) or harmless


@pytest.mark.parametrize(
    "text", ["-5.00", "+47 22 33 44 55", "+1-800-555-0100", "-71001", "", "plain", "'quoted'"]
)
def test_numbers_and_plain_text_are_untouched(text: str) -> None:
    assert neutral(text) == text


def test_formulas_go_out_harmless_and_numbers_as_they_are(db: None, tmp_path: Path) -> None:
    an_account(
        small.FORMULA,
        region="@SUM(1)",
        **{"extra.ERP number": "-71001", "extra.Note": "-1+cmd|' /C calc'!A0"},
    )
    an_opportunity("+1+1|x", amount="5.00", next_step="\u200b=1")

    _out(tmp_path / "out", "hubspot")

    company = _rows(tmp_path / "out" / "companies.csv")[0]
    assert company["Company name"] == f"'{small.FORMULA}"
    assert company["crmgov_region"] == "'@SUM(1)"
    assert company["ERP number"] == "-71001"
    assert company["Note"] == "'-1+cmd|' /C calc'!A0"
    deal = _rows(tmp_path / "out" / "deals.csv")[0]
    assert (deal["Deal name"], deal["Amount"]) == ("'+1+1|x", "5.00")
    for path in (tmp_path / "out").iterdir():
        for row in _rows(path):
            for cell in row.values():
                assert not cell.startswith(DANGEROUS) or neutral(cell) == cell, (path.name, cell)


def test_an_export_goes_into_an_empty_folder_only(db: None, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.csv").write_text("keep me", encoding="utf-8")

    with pytest.raises(Invalid, match="not empty"):
        _out(tmp_path / "out", "csv")

    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine.csv"]
    assert not Export.objects.exists()


def test_an_export_that_breaks_leaves_no_file(
    db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any) -> Any:
        raise OSError("the disk is full")

    monkeypatch.setattr(exports, "history", broken)

    with pytest.raises(OSError, match="disk"):
        _out(tmp_path / "out", "csv")

    assert list((tmp_path / "out").iterdir()) == []
    assert not Export.objects.exists()


def test_a_zip_holds_the_same_files(db: None, tmp_path: Path) -> None:
    an_account("Halden")
    stream = io.BytesIO()
    made = exports.export(
        export_format="salesforce", source_name=small.SOURCE, user=an_admin(), at=NOW, into=stream
    )
    _out(tmp_path / "out", "salesforce")

    with zipfile.ZipFile(io.BytesIO(stream.getvalue())) as archive:
        assert (
            sorted(archive.namelist())
            == sorted(made.counts)
            == sorted(p.name for p in (tmp_path / "out").iterdir())
        )
        assert archive.read("Account.csv") == (tmp_path / "out" / "Account.csv").read_bytes()


def test_twenty_rows_cost_the_queries_of_one(db: None, tmp_path: Path) -> None:
    an_admin()
    _people(1)
    with CaptureQueriesContext(connection) as few:
        _out(tmp_path / "few", "salesforce")
    _people(20)
    with CaptureQueriesContext(connection) as many:
        _out(tmp_path / "many", "salesforce")

    assert len(many) <= len(few)


def test_an_id_is_found_by_its_record_whatever_the_statistics_say(db: None) -> None:
    """Walking all ids of a source that Postgres believes to be new made an export quadratic."""
    source = exports.hand_out_ids(small.SOURCE)
    one = ids_in(source).filter(kind__in=["contact"], record_id=an_account("Halden").pk)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")

    plan = first_of_several(one).explain()

    assert "external_id_of_record" in plan
    assert "external_id_is_unique_in_its_source" not in plan


def test_the_command_says_what_it_wrote(db: None, tmp_path: Path) -> None:
    an_account("Halden")
    said = io.StringIO()
    an_admin()

    call_command(
        "export_crm", str(tmp_path / "out"), format="hubspot", source=small.SOURCE, json=True, stdout=said
    )

    assert "companies.csv: 1 rows" in said.getvalue()
    told = json.loads(said.getvalue().splitlines()[-1])
    assert told["files"]["companies.csv"] == 1
    assert Export.objects.get(pk=told["export"]).counts == told["files"]


@pytest.mark.parametrize("since", ["yesterday", "2026-13-01"])
def test_the_command_names_a_time_it_cannot_read(db: None, tmp_path: Path, since: str) -> None:
    an_admin()
    with pytest.raises(CommandError, match=since):
        call_command("export_crm", str(tmp_path / "out"), format="csv", changes_since=since)


def test_the_command_takes_a_time_and_the_last_export(db: None, tmp_path: Path) -> None:
    an_account("Halden")
    an_admin()
    for name, since in (("first", ""), ("last", "last"), ("time", "2026-11-19T00:00Z")):
        call_command(
            "export_crm", str(tmp_path / name), format="csv", changes_since=since, stdout=io.StringIO()
        )

    assert (tmp_path / "first" / "crmgov_accounts.csv").exists()
    assert not list((tmp_path / "last").iterdir())
    assert (tmp_path / "time" / "crmgov_accounts.csv").exists()


def _people(count: int) -> None:
    for place in range(count):
        account = an_account(f"Company {count}-{place}", **{"extra.ERP number": "1"})
        a_contact(
            f"Person {count}-{place}", account=str(account.pk), email=f"p{count}-{place}@halden.example"
        )


@pytest.mark.parametrize("export_format", ["hubspot", "salesforce", "csv"])
def test_what_senders_tell_makes_no_headings(db: None, tmp_path: Path, export_format: str) -> None:
    account = an_account("Halden", **{"extra.=cmd|' /C calc'!A0": "kept"})
    for kind in ("page_view", "call"):
        Activity.objects.bulk_create(
            Activity(
                kind=kind, account=account, occurred_at=NOW, recorded_at=NOW,
                data={f"=cmd|' /C calc'!A{number}{key}": key for key in range(50)},
            )
            for number in range(40)
        )  # fmt: skip

    _out(tmp_path / "out", export_format)

    for path in (tmp_path / "out").iterdir():
        with path.open(encoding="utf-8", newline="") as text:
            headings = next(csv.reader(text))
        assert len(headings) < 100, path.name
        assert [heading for heading in headings if heading.startswith(DANGEROUS)] == [], path.name


@pytest.mark.parametrize(
    "whole",
    ["{", "[1]", '"a"', '{"a": NaN}', '{"a": 1e999}', '{"a": "\\u0000"}', '{"a": "\\ud800"}', "[" * 50_000],
)
def test_data_that_cannot_be_stored_refuses_its_row(db: None, tmp_path: Path, whole: str) -> None:
    a_contact(email="maya@lind.example")
    path = tmp_path / "list.csv"
    with path.open("w", encoding="utf-8", newline="") as text:
        out = csv.writer(text)
        out.writerow(["id", "kind", "contact", "occurred at", "crmgov_data"])
        out.writerow(["1", "call", "maya@lind.example", "2026-03-01", whole])
        out.writerow(
            ["2", "call", "maya@lind.example", "2026-03-01", '{"a": "\\\\u0000", "b": {"c": [1, null]}}']
        )

    imported = take(path, "activities")

    assert imported.report.refused == {"invalid_data": 1}
    assert Activity.objects.get().data == {"a": "\\u0000", "b": {"c": [1, None]}}


def _out(folder: Path, export_format: str) -> Export:
    return exports.export(
        export_format=export_format, source_name=small.SOURCE, user=an_admin(), at=NOW, into=folder
    )


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
