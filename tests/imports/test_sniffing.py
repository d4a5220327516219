"""How a file is written, found out from its bytes and cells; what they do not decide is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from crmgov.records.imports.files import Unreadable
from crmgov.records.imports.sniffing import Column, guess

LETTERS = "id,name\n1,Jörg Müller\n2,Ægir\n"


def file(tmp_path: Path, content: str | bytes, encoding: str = "utf-8") -> Path:
    path = tmp_path / "some.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def column(tmp_path: Path, *cells: str) -> Column:
    """What a column of these cells is taken for."""
    lines = "".join(f"{place}\t{cell}\n" for place, cell in enumerate(cells))
    return guess(file(tmp_path, f"id\tseen\n{lines}")).columns[1]


def numbers(tmp_path: Path, *cells: str) -> tuple[dict[str, str], tuple[dict[str, str], ...]]:
    lines = "".join(f"x\t{cell}\n" for cell in cells)
    found = guess(file(tmp_path, f"id\tamount\n{lines}"))
    return found.numbers, found.number_choices


@pytest.mark.parametrize(
    ("text", "written", "found", "why"),
    [
        ("id,name\n1,Jorg\n", "ascii", "utf-8", "plain ASCII"),
        (LETTERS, "utf-8", "utf-8", "valid UTF-8"),
        (LETTERS, "utf-8-sig", "utf-8-sig", "mark of UTF-8"),
        (LETTERS, "utf-16", "utf-16", "mark of UTF-16"),
        ("id,name\n1,Søren “the €”\n", "cp1252", "cp1252", "Windows-1252"),
        (LETTERS, "iso-8859-1", "iso-8859-1", "ISO-8859-1"),
        ("id,name\n1,Jörg\x81\x9d\n", "iso-8859-1", "iso-8859-1", "ISO-8859-1"),
    ],
)
def test_encodings_are_told_apart_and_the_reason_is_said(
    tmp_path: Path, text: str, written: str, found: str, why: str
) -> None:
    reading = guess(file(tmp_path, text, written))

    assert reading.encoding == found
    assert why in reading.why
    assert reading.headings == ("id", "name")


def test_utf_16_with_the_big_end_first_is_read_by_its_mark(tmp_path: Path) -> None:
    assert guess(file(tmp_path, b"\xfe\xff" + LETTERS.encode("utf-16-be"))).headings == ("id", "name")


def test_a_letter_behind_the_first_megabyte_still_decides(tmp_path: Path) -> None:
    content = b"id,name\n" + b"1,Jorg\n" * 200_000 + "2,Jörg\n".encode("cp1252")

    assert guess(file(tmp_path, content)).encoding == "iso-8859-1"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiters_are_found_even_where_headings_hold_others(tmp_path: Path, delimiter: str) -> None:
    line = delimiter.join(["id", '"Name, full; or short"', "note"])

    reading = guess(file(tmp_path, f"{line}\n"))

    assert (reading.delimiter, reading.headings) == (delimiter, ("id", "Name, full; or short", "note"))


@pytest.mark.parametrize(
    ("content", "say"),
    [
        (b"", "is empty"),
        (b"id,name\n1,a\x00b\n", "zero bytes"),
        ("id,name\n1,a\n".encode("utf-16-le"), "zero bytes"),
        (b"\xff\xfei\x00d\x00,", "breaks off"),
        (b"id,id\n1,2\n", "stands twice"),
        (b"\n1,2\n", "no heading line"),
        (b'id,name\n1,"open\n', "quotation mark"),
    ],
)
def test_what_is_no_table_is_said_in_a_sentence(tmp_path: Path, content: bytes, say: str) -> None:
    with pytest.raises(Unreadable, match=say):
        guess(file(tmp_path, content))


def test_a_header_alone_is_a_file_of_no_rows(tmp_path: Path) -> None:
    found = guess(file(tmp_path, "id,name"))

    assert [one.kind for one in found.columns] == ["empty", "empty"]


@pytest.mark.parametrize(
    ("cells", "kind", "pattern"),
    [
        (("2026-03-31", "2026-04-01"), "date", ""),
        (("2026-03-31T10:00:00Z", "2026-04-01 11:30"), "moment", ""),
        (("31/03/2026", "01/04/2026"), "date", "%d/%m/%Y"),
        (("03/31/2026", "04/01/2026"), "date", "%m/%d/%Y"),
        (("31.03.26", "01.04.26"), "date", "%d.%m.%y"),
        (("3/31/2026 9:05 PM", "4/1/2026 10:30 AM"), "moment", "%m/%d/%Y %I:%M %p"),
        (("31/03/2026 21:05:59", "01/04/2026 10:30:00"), "moment", "%d/%m/%Y %H:%M:%S"),
        (("2026/03/31", "2026/04/01"), "date", "%Y/%m/%d"),
        (("31-Mar-2026", "01-Apr-2026"), "date", "%d-%b-%Y"),
        (("March 31, 2026", "April 1, 2026"), "date", "%B %d, %Y"),
        (("31/03/2026", "01/04/2026", "n/a", ""), "date", "%d/%m/%Y"),
        (("170 123 456", "0171 99"), "text", ""),
        (("12.5", "7"), "number", ""),
        (("Lind", "Berg", "2026-03-31"), "text", ""),
        (("", ""), "empty", ""),
    ],
)
def test_columns_are_taken_for_what_most_of_their_cells_are(
    tmp_path: Path, cells: tuple[str, ...], kind: str, pattern: str
) -> None:
    assert column(tmp_path, *cells) == Column("seen", kind, pattern)


def test_days_and_months_that_could_be_either_are_asked(tmp_path: Path) -> None:
    asked = column(tmp_path, "03/04/2026", "11/12/2026 ", "01/01/2026")

    assert (asked.kind, asked.dates, asked.choices) == ("date", "", ("%d/%m/%Y", "%m/%d/%Y"))


def test_days_and_months_mixed_in_one_column_are_asked(tmp_path: Path) -> None:
    assert column(tmp_path, "31/03/2026", "03/31/2026").choices == ("%d/%m/%Y", "%m/%d/%Y")


def test_a_few_bad_rows_do_not_make_a_column_unsure(tmp_path: Path) -> None:
    good = [f"{day}/03/2026" for day in range(1, 29)] * 20

    assert column(tmp_path, *good, "03/31/2026").dates == "%d/%m/%Y"


@pytest.mark.parametrize(
    ("cells", "decimal", "thousands"),
    [
        (("1", "20"), ".", ""),
        (("1.5", "20"), ".", ""),
        (("1,5", "20"), ",", ""),
        (("1,234.50", "7.5"), ".", ","),
        (("1.234,50", "7,5"), ",", "."),
        (("1 234,50", "7,5"), ",", " "),
        (("1'234.50", "7.5"), ".", "'"),
        (("1,234,567", "12"), ".", ","),
        (("1.234.567", "12"), ",", "."),
        (("1,234", "0.5"), ".", ","),
        (("-12,5", "+0,25"), ",", ""),
    ],
)
def test_decimal_comma_and_point_are_told_apart(
    tmp_path: Path, cells: tuple[str, ...], decimal: str, thousands: str
) -> None:
    assert numbers(tmp_path, *cells) == ({"decimal": decimal, "thousands": thousands}, ())


@pytest.mark.parametrize("cells", [("1,234", "5,678"), ("1.234", "5.678"), ("1,5", "2.5")])
def test_numbers_that_could_be_either_are_asked(tmp_path: Path, cells: tuple[str, ...]) -> None:
    found, choices = numbers(tmp_path, *cells)

    assert found == {}
    assert choices == ({"decimal": ".", "thousands": ","}, {"decimal": ",", "thousands": "."})


def test_what_is_asked_names_the_columns(tmp_path: Path) -> None:
    found = guess(file(tmp_path, 'id,since,amount,name\n1,03/04/2026,"1,234",Lind\n'))

    assert found.guesses["asked"] == {
        "dates": ["%d/%m/%Y", "%m/%d/%Y"],
        "dates_columns": ["since"],
        "numbers": [{"decimal": ".", "thousands": ","}, {"decimal": ",", "thousands": "."}],
        "numbers_columns": ["amount"],
    }
    assert found.reading == {
        "encoding": "utf-8", "delimiter": ",", "dates": "", "numbers": {}, "time_zone": "UTC",
    }  # fmt: skip
