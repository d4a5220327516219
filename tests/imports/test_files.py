"""Reading CSV: what comes out of awkward files, and the sentence for what cannot be read."""

from __future__ import annotations

import json
import os
import tracemalloc
from pathlib import Path

import pytest

from crmgov.records.imports.files import LONGEST_HEADINGS, LONGEST_ROW, Unreadable, open_csv

SPECTRUM = Path(__file__).parents[3] / "shared" / "data" / "csv_spectrum"
# location_coordinates differs from its own JSON upstream.
CASES = ("comma_in_quotes", "empty", "empty_crlf", "escaped_quotes", "json", "newlines", "newlines_crlf",
         "quotes_and_newlines", "simple", "simple_crlf", "utf8")  # fmt: skip


def read(path: Path, *, encoding: str = "") -> list[dict[str, str]]:
    return [row.cells for row in open_csv(path, encoding=encoding).rows()]


def a_file(folder: Path, content: str | bytes) -> Path:
    path = folder / "file.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.skipif(
    not SPECTRUM.is_dir() and os.environ.get("CI") != "true",
    reason="the csv_spectrum cases are not beside this checkout (with CI=true they must be)",
)
@pytest.mark.parametrize("case", CASES)
def test_awkward_files_parse_as_expected(case: str) -> None:
    expected = json.loads((SPECTRUM / f"json__{case}.json").read_text(encoding="utf-8"))

    assert read(SPECTRUM / f"csvs__{case}.csv") == expected


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_the_one_of_the_heading_line(tmp_path: Path, delimiter: str) -> None:
    path = a_file(tmp_path, f'id{delimiter}"a,b;c"{delimiter}name\n1{delimiter}2{delimiter}x, y; z\n')

    if delimiter == "\t":
        assert read(path) == [{"id": "1", "a,b;c": "2", "name": "x, y; z"}]
    else:
        assert open_csv(path).headings == ("id", "a,b;c", "name")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_byte_order_mark_names_the_encoding(tmp_path: Path, encoding: str) -> None:
    path = a_file(tmp_path, "id,name\n1,Ærø\n".encode(encoding))

    assert read(path) == [{"id": "1", "name": "Ærø"}]


def test_another_encoding_is_named_by_the_person(tmp_path: Path) -> None:
    path = a_file(tmp_path, "id,name\n1,Ærø\n".encode("cp1252"))

    with pytest.raises(Unreadable, match="is not utf-8"):
        read(path)
    assert read(path, encoding="cp1252") == [{"id": "1", "name": "Ærø"}]


def test_a_row_knows_the_line_it_starts_on(tmp_path: Path) -> None:
    path = a_file(tmp_path, 'id,note\n1,"one\ntwo\nthree"\n\n2,x\n3,"a\nb"\n4,y\n')

    assert [(row.line, row.cells["id"]) for row in open_csv(path).rows()] == [
        (2, "1"), (6, "2"), (7, "3"), (9, "4"),
    ]  # fmt: skip


def test_a_row_that_does_not_fit_the_headings_says_so(tmp_path: Path) -> None:
    path = a_file(tmp_path, "id,name\n1\n2,b,c\n3,d\n")

    assert [row.problem for row in open_csv(path).rows()] == [
        "It has 1 cells where the heading line has 2.",
        "It has 3 cells where the heading line has 2.",
        "",
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "has no heading line"),
        ("\n1,2\n", "has no heading line"),
        ("id,name,id\n1,2,3\n", "The heading “id” stands twice"),
        ('id,name\n1,"open\n2,x\n', "cannot be read in the row that starts at line 2"),
        (b"id,name\n1,\xff\n", "is not utf-8"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, content: str | bytes, sentence: str) -> None:
    with pytest.raises(Unreadable, match=sentence):
        read(a_file(tmp_path, content))


def test_a_missing_file_and_an_unknown_encoding_are_said(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="There is no file"):
        open_csv(tmp_path / "none.csv")
    with pytest.raises(Unreadable, match="“klingon” is no encoding"):
        open_csv(a_file(tmp_path, "id\n1\n"), encoding="klingon")


def test_more_columns_than_anybody_could_choose_for_are_refused_at_once(tmp_path: Path) -> None:
    many = a_file(tmp_path, ",".join(f"c{place}" for place in range(100_000)) + "\n")
    with pytest.raises(Unreadable, match=r"file\.csv has 100,000 columns, and 2,000 is the most"):
        open_csv(many)

    most = a_file(tmp_path, ",".join(f"c{place}" for place in range(2_000)) + "\n")
    assert len(open_csv(most).headings) == 2_000
    with pytest.raises(Unreadable, match="The heading “c7” stands twice"):
        open_csv(a_file(tmp_path, "c7,a,b,c7,a\n"))


@pytest.mark.parametrize("endless", ["x" * 40_000_000, '"' + "x,y\n" * 10_000_000, "x," * 20_000_000])
def test_a_row_without_end_is_refused_and_not_read_into_memory(tmp_path: Path, endless: str) -> None:
    path = a_file(tmp_path, f"id,name\n1,a\n{endless}")
    headless = tmp_path / "headless.csv"
    headless.write_text(endless)
    del endless
    tracemalloc.start()

    with pytest.raises(Unreadable, match="starts at line 3"):
        read(path)
    with pytest.raises(Unreadable, match="starts at line 1"):
        open_csv(headless)

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10 * LONGEST_ROW


def test_a_long_row_within_the_limit_is_read(tmp_path: Path) -> None:
    names = ",".join(f"c{place}" for place in range(8))
    cells = ",".join(["x" * (LONGEST_HEADINGS - 100)] * 7)

    assert len(read(a_file(tmp_path, f"{names}\n" + f"{cells},1\n" * 3))) == 3
