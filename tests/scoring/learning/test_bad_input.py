"""A file that cannot be learned from says so in a sentence that names the place, never in a trace."""

from __future__ import annotations

from pathlib import Path

import pytest

from scoring.learning import csv_files
from scoring.learning.columns import Kind, Unlearnable
from scoring.learning.labels import labeled
from scoring.learning.tables import Table
from scoring.learning.training import Question, train

ROWS = 120


def table(**columns: list[str]) -> Table:
    """A table of these columns beside a label of which every third row says yes."""
    cells = {**columns, "left": ["yes" if row % 3 == 0 else "no" for row in range(ROWS)]}
    lines = [",".join(cells), *(",".join(row) for row in zip(*cells.values(), strict=True))]
    return csv_files.parse("\n".join(lines))


def said_of(name: str, found: Table) -> str:
    return found.column(name).sentence


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "begins with an empty line"),
        ("only words here", "is no table"),
        ("a,b\n", "has a heading and no rows"),
        ("a,b,a\n1,2,3\n", "2 columns of the file are called a (columns 1, 3)"),
        ("a,,c\n1,2,3\n", "Column 2 of the file has no name"),
        (
            "a,b,c\n1,2,3\n1,2\n",
            "Row 3 of the file has 2 cells where the heading has 3: nothing stands under c",
        ),
        ("a,b\n1,2\n1,2,3\n", "Row 3 of the file has 3 cells where the heading has 2: cells stand beyond b"),
        ('a,b\n1,"2\n', "is no CSV file from line"),
        ("a,b\n1,\0\n", "is no CSV file: it holds zero bytes"),
    ],
)
def test_a_file_that_is_no_table_says_where(text: str, says: str) -> None:
    with pytest.raises(Unlearnable) as refused:
        csv_files.parse(text)

    assert says in refused.value.say


def test_a_wrong_encoding_names_the_byte_and_the_row(tmp_path: Path) -> None:
    path = tmp_path / "old.csv"
    path.write_bytes("name,left\nanna,no\njosé,yes\n".encode("latin-1"))

    with pytest.raises(Unlearnable, match="byte 0xe9 in row 3"):
        csv_files.read(path)


def test_a_missing_file_and_a_folder_are_sentences(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(Unlearnable, match="cannot be read"):
            csv_files.read(path)


def test_semicolons_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes("\ufeffplan;left\nbasic;no\npro;yes\n".encode())

    assert csv_files.read(path).names == ["plan", "left"]


@pytest.mark.parametrize(
    ("cells", "code", "says"),
    [
        (["7"] * ROWS, "constant", "the same in all 120 rows (7)"),
        ([""] * ROWS, "empty", "no row has a value"),
        (["1", "2", "3"] + [""] * (ROWS - 3), "nearly_empty", "only 3 of 120 rows have a value"),
        ([f"c-{row}" for row in range(ROWS)], "id_like", "120 different values in 120 rows"),
        ([str(5000 + row) for row in range(ROWS)], "id_like", "a different whole number in each of 120 rows"),
    ],
)
def test_a_column_that_teaches_nothing_is_left_out_with_the_reason(
    cells: list[str], code: str, says: str
) -> None:
    found = table(x=cells).column("x")

    assert (found.kind, found.code) == (Kind.LEFT_OUT, code)
    assert says in found.sentence


def test_blanks_in_numbers_are_missing_and_named_by_row() -> None:
    cells = [str(row % 7) for row in range(ROWS)]
    cells[3] = " "

    assert table(x=cells).warnings == ("x: 1 of 120 cells are blank and count as missing (row 5).",)


def test_a_word_among_numbers_is_missing_and_shown() -> None:
    cells = [str(row % 7) for row in range(ROWS)]
    cells[0], cells[1] = "many", "1e999"

    assert (
        "x: 2 cells are no number and count as missing (rows 2, 3; row 2 says “many”)."
        in table(x=cells).warnings
    )


def test_a_negative_tenure_counts_as_missing() -> None:
    cells = [str(row % 7) for row in range(ROWS)]
    cells[9] = "-4"

    found = table(tenure=cells)

    assert "tenure: 1 cell is below zero, which cannot be" in found.warnings[0]
    assert "row 11 says -4" in found.warnings[0]
    assert found.column("tenure").missing.sum() == 1


def test_a_balance_may_be_negative() -> None:
    assert table(balance=[str(row % 7 - 3) for row in range(ROWS)]).warnings == ()


def test_three_ways_of_writing_a_date_leave_the_column_out() -> None:
    cells = ["2026-03-31", "31.03.2026", "03/31/2026"] * (ROWS // 3)

    assert "3 ways of writing a date in one column (“2026-03-31” in row 2, “31.03.2026” in row 3" in said_of(
        "signed", table(signed=cells)
    )


def test_a_date_that_can_be_read_in_two_ways_is_not_guessed() -> None:
    assert "can be read day first or month first" in said_of(
        "signed", table(signed=["03/04/2026", "05/06/2026"] * 60)
    )


def test_one_day_above_twelve_decides_for_all() -> None:
    found = table(signed=["03/04/2026", "03/14/2026"] * 60).column("signed")

    assert (found.kind, float(found.values[1] - found.values[0])) == (Kind.TIME, 10 * 86_400)


def test_a_split_by_a_column_of_mixed_dates_is_refused() -> None:
    cells = ["2026-03-31", "31.03.2026", "03/31/2026"] * (ROWS // 3)

    with pytest.raises(Unlearnable, match="3 ways of writing a date"):
        train(table(signed=cells), Question("churn", "left", "yes", time="signed"))


@pytest.mark.parametrize(
    ("labels", "positive", "says"),
    [
        (["yes"] * ROWS, "yes", "Every row of label says yes"),
        (["yes", "no", "maybe"] * 40, "yes", "label has 3 values (yes (40), no (40), maybe (40))"),
        (["yes", "no"] * 60, "Churned", "No row of label says Churned. Its values are yes (60), no (60)."),
        (["yes"] * 29 + ["no"] * 91, "yes", "Only 29 rows of label say yes"),
        (["yes"] * 91 + ["no"] * 29, "yes", "Only 29 rows of label say otherwise"),
        ([""] * ROWS, "yes", "The label label is empty in all 120 rows"),
    ],
)
def test_a_label_that_is_no_yes_or_no_is_refused(labels: list[str], positive: str, says: str) -> None:
    with pytest.raises(Unlearnable) as refused:
        labeled(table(label=labels), label="label", positive=positive)

    assert says in refused.value.say


@pytest.mark.parametrize(
    ("cells", "positive"), [(("True", "False"), "true"), (("1", "0"), "1.0"), (("1.0", "2.0"), "1")]
)
def test_a_positive_value_is_found_however_it_is_written(cells: tuple[str, str], positive: str) -> None:
    found = labeled(table(label=[cells[0]] * 50 + [cells[1]] * 70), label="label", positive=positive)

    assert found.y.sum() == 50


def test_thirty_positives_are_enough_and_said_to_be_few() -> None:
    found = labeled(table(label=["yes"] * 30 + ["no"] * 90), label="label", positive="yes")

    assert found.y.sum() == 30
    assert found.warnings == (
        "label: only 30 rows say yes. The intervals are wide; more outcomes will narrow them.",
    )


def test_rows_without_a_label_are_left_out_and_counted() -> None:
    found = labeled(table(label=["yes"] * 50 + ["no"] * 50 + [""] * 20), label="label", positive="yes")

    assert found.table.n == 100
    assert "20 rows have no label" in found.warnings[0]


@pytest.mark.parametrize(
    ("question", "says"),
    [
        (Question("churn", "gone", "yes"), "There is no column gone. The table has x, plan, left."),
        (Question("churn", "left", "yes", segment="left"), "left is the label"),
        (Question("churn", "left", "yes", time="plan"), "plan holds no dates"),
        (Question("churn", "left", "yes", keep=frozenset({"y"})), "There is no column y"),
        (Question("churn", "left", "yes", segment="x"), "x has 60 different values, more than 40"),
    ],
)
def test_a_question_that_the_table_cannot_answer_is_refused(question: Question, says: str) -> None:
    with pytest.raises(Unlearnable) as refused:
        train(table(x=[str(row % 60) for row in range(ROWS)], plan=["basic", "pro"] * 60), question)

    assert says in refused.value.say


def test_a_table_of_nothing_but_ids_is_refused_with_each_reason() -> None:
    with pytest.raises(Unlearnable, match="No column is left to learn from"):
        train(table(x=[f"c-{row}" for row in range(ROWS)]), Question("churn", "left", "yes"))
