"""Files nobody wants: every row becomes a record or a sentence, and nothing is half-imported."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest

from crmgov.kernel.refusals import Refused
from crmgov.records.imports.catalog import GOVERNED, LISTS, PARTS, FieldPlan, plan_of
from crmgov.records.imports.files import Unreadable
from crmgov.records.models import (
    Account,
    ChangeSet,
    Contact,
    ExternalId,
    ImportRefusal,
    ImportRun,
    RecordEvent,
)
from crmgov.records.rules.values import Kind
from crmgov.records.services import imports
from tests.imports.files import four, take, write
from tests.imports.naughty import NAUGHTY
from tests.world import an_account

pytestmark = pytest.mark.django_db
OBJECTS = sorted({*GOVERNED, *LISTS} - set(PARTS))
SHUFFLED = (
    "Umsatz (alt)",
    "phone",
    "Last name",
    "E-Mail",
    "id",
    "Bemerkung",
    "lead score",
    "Time zone",
    "title",
)
MAPPING = {
    "external_id": "id",
    "numbers": {"decimal": ",", "thousands": "."},
    "country": "DE",
    "fields": {
        "last_name": "Last name",
        "email": {"column": "E-Mail"},
        "phone": "phone",
        "lead_score": "lead score",
        "time_zone": "Time zone",
        "title": "title",
    },
}
# What is wrong in a bad row: column, value, reason, and whether the row is taken without it.
BAD = (
    ("E-Mail", "jürgen(at)müller.de", "invalid_email", True),
    ("phone", "Büro: 030 12", "invalid_phone", True),
    ("lead score", "1.234,5", "invalid_lead_score", True),
    ("Time zone", "Mitteleuropa", "invalid_time_zone", True),
    ("id", "", "no_external_id", False),
)


def rows_of(path: Path, headings: Sequence[str], rows: Iterable[Sequence[str]], **how: str) -> Path:
    """Write a CSV file; `how` are its encoding and delimiter."""
    with path.open("w", encoding=how.get("encoding", "utf-8"), newline="", errors="surrogatepass") as text:
        csv.writer(text, delimiter=how.get("delimiter", ",")).writerows([headings, *rows])
    return path


def test_a_shuffled_windows_file_names_each_of_its_200_bad_rows(tmp_path: Path) -> None:
    good = {
        "Umsatz (alt)": "1.200,50 €",
        "phone": "030 123456",
        "Last name": "Grüßner",
        "Bemerkung": "ruft „später“ an",
        "lead score": "12,5",
        "Time zone": "Europe/Berlin",
        "title": "Geschäftsführer",
    }
    rows, expected = [], []
    for number in range(1, 1001):
        row = {**good, "id": f"K-{number}", "E-Mail": f"k{number}@müller.de"}
        if number % 5 == 0:
            column, value, reason, taken = BAD[number // 5 % 5]
            row[column] = value
            expected.append((number + 1, column, value, reason, taken))
        rows.append([row[heading] for heading in SHUFFLED])
    path = rows_of(tmp_path / "kontakte.csv", SHUFFLED, rows, encoding="cp1252", delimiter=";")

    done = take(path, "contacts", MAPPING, encoding="cp1252")

    assert len(expected) == 200
    assert four(done) == (960, 0, 0, 40)
    assert done.report.refused == {"no_external_id": 40}
    named = (
        ImportRefusal.objects.filter(run=done.run).exclude(reason__startswith="normalized_").order_by("line")
    )
    assert [(one.line, one.column, one.value, one.reason, one.row_taken) for one in named] == expected
    assert all(one.say for one in named)
    assert done.report.reported["normalized_phone"] == 920
    first = Contact.objects.get(email="k1@müller.de")
    assert (first.last_name, first.phone, str(first.lead_score)) == ("Grüßner", "+4930123456", "12.50")
    assert first.extra["Bemerkung"] == "ruft „später“ an"
    assert first.extra["Umsatz (alt)"] == "1.200,50 €"


@pytest.mark.parametrize("content", ["id,last name\n", "id,last name", "\ufeffid,last name\r\n"])
def test_a_header_alone_is_nothing_to_do(tmp_path: Path, content: str) -> None:
    path = tmp_path / "people.csv"
    path.write_text(content, encoding="utf-8", newline="")

    done = take(path, "contacts")

    assert (four(done), done.report.read) == ((0, 0, 0, 0), 0)
    assert done.run is not None
    assert done.run.status == "done"


@pytest.mark.parametrize("object_name", OBJECTS)
def test_a_header_alone_is_nothing_to_do_for_any_object(tmp_path: Path, object_name: str) -> None:
    headings = ["id", *plan_of(object_name).fields]

    assert take(rows_of(tmp_path / "x.csv", headings, []), object_name).report.read == 0


def fitting(planned: FieldPlan, number: int) -> str:
    """A cell that fits a required field, another one in each row where it is free."""
    if planned.refers:
        return "there"
    return {
        Kind.MOMENT: f"2026-03-31T09:{number % 60:02}:{number // 60:02}Z",
        Kind.DATE: (date(2000, 1, 1) + timedelta(days=number)).isoformat(),
        Kind.DECIMAL: "1.5",
        Kind.CHOICE: next(iter(planned.spec.choices), ""),
    }.get(planned.spec.kind, "EUR" if planned.spec.format == "currency" else f"Fitting {number}")


@pytest.fixture
def there(tmp_path: Path) -> None:
    """One of each kind to refer to, under the external id “there”."""
    for name, column in (("accounts", "name"), ("contacts", "last name"), ("opportunities", "name")):
        take(write(tmp_path / "there.csv", [f"id,{column}", "there,There"]), name)


@pytest.mark.usefixtures("there")
@pytest.mark.parametrize("object_name", OBJECTS)
def test_naughty_strings_in_every_column_of_every_object(tmp_path: Path, object_name: str) -> None:
    """Each text once in each column, in a row of its own whose other cells fit."""
    plan = plan_of(object_name)
    headings = ["id", *plan.fields, "unknown"]
    rows: list[list[str]] = []
    for at in headings:
        for text in NAUGHTY:
            number = len(rows)
            cells = {name: fitting(known, number) for name, known in plan.fields.items() if known.required}
            hangs = {"account": "there"} if object_name in {"tasks", "activities"} else {}
            cells |= {**hangs, "id": f"row {number}", at: text}
            rows.append([cells.get(heading, "") for heading in headings])
    path = rows_of(tmp_path / "naughty.csv", headings, rows)

    done = take(path, object_name)

    assert done.report.read == len(rows)
    new, _, unchanged, _ = four(done)
    if object_name not in {"consents", "suppressions", "buying_roles"}:
        # In a column that is not required a bad value costs the value, not the row.
        assert new + unchanged > len(NAUGHTY)


@pytest.mark.parametrize("object_name", OBJECTS)
def test_rows_that_are_naughty_throughout_and_the_same_again(tmp_path: Path, object_name: str) -> None:
    headings = ["id", *plan_of(object_name).fields, "unknown"]
    rows = [[text] * len(headings) for text in NAUGHTY]

    path = rows_of(tmp_path / "naughty.csv", headings, rows)

    first = take(path, object_name)
    second = take(path, object_name)

    assert first.report.read == len(rows)
    new, changed, unchanged, refused = four(first)
    assert four(second) == (0, 0, new + changed + unchanged, refused)


@pytest.mark.parametrize("formula", [text for text in NAUGHTY if text[:1] in "=+-@\t" and len(text) > 2])
def test_a_formula_is_text_like_any_other(tmp_path: Path, formula: str) -> None:
    take(rows_of(tmp_path / "a.csv", ["id", "name", "note"], [["1", f"x {formula}", formula]]), "accounts")

    account = Account.objects.get()
    assert (account.name, account.extra["note"]) == (f"x {formula}".strip(), formula.strip())


def test_a_zero_byte_refuses_its_row_and_no_other(tmp_path: Path) -> None:
    rows = [["1", "Lind\x00"], ["2", "Berg"], ["\x003", "Haugen"]]

    done = take(rows_of(tmp_path / "p.csv", ["id", "last name"], rows), "contacts")

    assert four(done) == (1, 0, 0, 2)
    named = ImportRefusal.objects.filter(run=done.run).order_by("line")
    assert [(one.line, one.column, one.reason) for one in named] == [
        (2, "last name", "unreadable_text"),
        (4, "id", "unreadable_text"),
    ]


def test_the_same_external_id_twice(tmp_path: Path) -> None:
    done = take(write(tmp_path / "p.csv", ["id,last name", "1,Lind", "1,Berg", "1,Lind"]), "contacts")

    assert (four(done), Contact.objects.get().last_name) == ((1, 0, 1, 1), "Lind")
    one = ImportRefusal.objects.get(run=done.run)
    assert (one.line, one.column, one.value, one.reason) == (3, "id", "1", "repeated_external_id")


@pytest.mark.parametrize("chunk", [1, 2, 5000])
def test_parents_in_a_circle_within_one_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    """Only the row that closes the circle goes without its parent, wherever a chunk ends."""
    monkeypatch.setattr(imports, "CHUNK", chunk)
    path = write(tmp_path / "a.csv", ["id,name,parent", "1,A,B", "2,B,C", "3,C,A", "4,D,A"])

    done = take(path, "accounts")

    assert four(done) == (4, 0, 0, 0)
    assert dict(Account.objects.values_list("name", "parent__name")) == {
        "A": "B",
        "B": "C",
        "C": None,
        "D": "A",
    }
    one = ImportRefusal.objects.get(run=done.run)
    assert (one.line, one.column, one.reason, one.row_taken) == (4, "parent", "door_circle", True)
    assert four(take(path, "accounts")) == (0, 0, 4, 0)


def test_parents_in_a_circle_over_two_files(tmp_path: Path) -> None:
    take(write(tmp_path / "a.csv", ["id,name,parent", "1,A,B", "2,B,"]), "accounts")

    done = take(write(tmp_path / "b.csv", ["id,name,parent", "2,B,A"]), "accounts")

    assert four(done) == (0, 0, 1, 0)
    assert dict(Account.objects.values_list("name", "parent__name")) == {"A": "B", "B": None}
    assert done.report.reported == {"door_circle": 1}


def test_an_owner_who_does_not_exist(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", ["id,name,owner", "1,A,Nobody Here", "2,B,"])

    done = take(path, "accounts")

    assert four(done) == (2, 0, 0, 0)
    one = ImportRefusal.objects.get(run=done.run)
    assert (one.line, one.column, one.value, one.reason) == (2, "owner", "Nobody Here", "unknown_owner")
    assert Account.objects.get(name="A").extra == {"owner": "Nobody Here"}


def test_an_owner_a_mapping_requires_refuses_the_row(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", ["id,name,owner", "1,A,Nobody Here", "2,B,"])
    fields = {"name": "name", "owner": {"column": "owner", "required": True}}

    done = take(path, "accounts", {"external_id": "id", "fields": fields})

    assert four(done) == (0, 0, 0, 2)
    assert done.report.refused == {"unknown_owner": 1, "no_owner": 1}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "no heading line"),
        (b"\n\n\n", "no heading line"),
        (b",,,\n1,2,3,4\n", "no heading line"),
        (b"id,name,name\n1,A,B\n", "stands twice"),
        (b'id,name\n1,"A\n', "cannot be read"),
        (b"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00", "."),
        (b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", "."),
        (b"\xff\xfe\x00\xd8", "."),
        (b"id,name\n1,\xff\n", "is not utf-8"),
        (b"\x00" * 4096, "."),
    ],
)
def test_what_is_no_table_is_refused_and_leaves_nothing(
    tmp_path: Path, content: bytes, sentence: str
) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(content)

    with pytest.raises(Refused, match=sentence):
        take(path, "accounts")

    assert not Account.objects.exists()
    assert not ChangeSet.objects.exists()


def test_a_file_that_breaks_in_its_last_row_leaves_no_row(tmp_path: Path) -> None:
    rows = "\n".join(f"{number},Name {number}" for number in range(6_000))
    path = tmp_path / "a.csv"
    path.write_bytes(f'id,name\n{rows}\n6000,"never closed'.encode())

    with pytest.raises(Unreadable, match="row that starts at line"):
        take(path, "accounts")

    for model in (Account, ExternalId, ChangeSet, RecordEvent, ImportRefusal):
        assert not model.objects.exists(), model
    assert ImportRun.objects.get().status == "failed"


def test_a_bad_row_takes_no_good_one_with_it(tmp_path: Path) -> None:
    """Whatever the door sends back, the rows beside it are written."""
    an_account("Twin")
    an_account("Twin")
    lines = [
        "id,last name,account,lead score",
        "1,Lind,Twin,",
        "2,Berg,,-5",
        "3,,,",
        "4,Haugen,,50",
        "5,Sol,,1e400",
    ]

    done = take(write(tmp_path / "p.csv", lines), "contacts")

    assert four(done) == (4, 0, 0, 1)
    assert done.report.refused == {"empty_row": 1}
    assert done.report.reported == {"unknown_account": 1, "invalid_lead_score": 2}
