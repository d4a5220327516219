"""Columns that know the answer are found, and honest ones are left alone."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from scoring.learning import checks, csv_files, tables
from scoring.learning.cards import Leak
from scoring.learning.labels import labeled
from scoring.learning.tables import Table
from tests.scoring.learning.worlds import NO_TELCO, TELCO, Columns, customers, leaking, noise


def found_in(columns: Columns, *, at: str = "") -> dict[str, Leak]:
    return {leak["column"]: leak for leak in in_table(tables.of_columns(columns), "left", "yes", at=at)}


def in_table(table: Table, label: str, positive: str, *, at: str = "") -> list[Leak]:
    found = labeled(table, label=label, positive=positive)
    keep = np.array([name != label for name in found.table.names])
    columns = tuple(column for column, kept in zip(found.table.columns, keep, strict=True) if kept)
    return checks.leaks(Table(columns, found.table.n, found.table.row_numbers), found.y, at=at, seed=1)


def left(columns: Columns) -> list[bool]:
    return [value == "yes" for value in columns["left"]]


def test_all_three_leaks_are_flagged_with_figures_and_nothing_else() -> None:
    found = found_in(leaking())

    assert {name: leak["code"] for name, leak in found.items()} == {
        "final_invoice": "near_perfect",
        "region_rate": "label_aggregate",
        "reason": "one_class_only",
    }
    assert "AUC of 0.99" in found["final_invoice"]["sentence"]
    assert "the mean of the label per region" in found["region_rate"]["sentence"]
    assert not found["reason"]["kept"]


def test_a_mean_per_group_is_found_when_the_group_is_not_in_the_table() -> None:
    table = leaking()
    del table["region"]

    assert found_in(table)["region_rate"]["code"] == "label_aggregate"


def test_a_mean_over_the_other_rows_of_a_group_is_found() -> None:
    table = leaking()
    gone, region = np.array(left(table)), np.array(table["region"])
    table["others"] = [
        float(gone[(region == name)].sum() - gone[row]) / ((region == name).sum() - 1)
        for row, name in enumerate(region)
    ]

    assert "mean over the other rows of the label per region" in found_in(table)["others"]["sentence"]


def test_a_mean_per_account_of_few_rows_each_is_found_without_the_account() -> None:
    table = customers()
    gone, account = np.array(left(table)), np.arange(700) // 4
    table["account_rate"] = [float(gone[account == one].mean()) for one in account]
    table["in_per_cent"] = [100 * value for value in table["account_rate"]]

    found = found_in(table)

    assert found["account_rate"]["code"] == found["in_per_cent"]["code"] == "label_aggregate"


def test_a_good_score_of_another_system_is_no_aggregate_of_the_label() -> None:
    random = np.random.default_rng(30)
    score = random.choice([0.1, 0.3, 0.5, 0.7], 900)
    table = {"score": score.tolist(), "left": ["yes" if one else "no" for one in random.random(900) < score]}

    assert found_in(table) == {}


def test_a_date_of_leaving_that_a_few_others_have_too_is_found() -> None:
    table = customers()
    table["ended"] = [
        date(2026, 1, 1) if (gone and row % 3) or row % 200 == 7 else None
        for row, gone in enumerate(left(table))
    ]

    assert "of them are positive" in found_in(table)["ended"]["sentence"]


def test_a_value_that_only_those_have_who_left_is_found() -> None:
    table = customers()
    table["status"] = ["closed" if gone and row % 2 else "open" for row, gone in enumerate(left(table))]

    assert "says “closed” in" in found_in(table)["status"]["sentence"]


def test_a_column_that_people_fill_when_it_happened_is_found_by_its_blanks() -> None:
    table = customers()
    table["note_length"] = [
        float(row % 40) if gone != (row % 25 == 0) else None for row, gone in enumerate(left(table))
    ]

    assert found_in(table)["note_length"]["code"] == "after_the_fact"


def test_a_day_after_the_moment_of_the_row_is_found() -> None:
    table = customers()
    table["at"] = [date(2026, 1, 1) + timedelta(days=row // 10) for row in range(len(table["left"]))]
    table["last_call"] = [day + timedelta(days=-9 if row % 3 else 4) for row, day in enumerate(table["at"])]

    found = found_in(table, at="at")

    assert set(found) == {"last_call"}
    assert "lies after at in 234 of 700 rows" in found["last_call"]["sentence"]


def test_a_bend_that_tells_the_label_is_found_though_no_line_does() -> None:
    table = customers()
    table["distance"] = [
        float(row % 7 + 50) * (-1) ** row if gone else float(row % 7) for row, gone in enumerate(left(table))
    ]

    assert found_in(table)["distance"]["code"] == "near_perfect"


@pytest.mark.parametrize("table", [customers(), customers(seed=9, lifted=2.0)])
def test_honest_columns_are_not_flagged(table: Columns) -> None:
    assert found_in(table) == {}


def test_noise_is_not_flagged() -> None:
    assert in_table(tables.of_columns(noise()), "left", "yes") == []


@pytest.mark.skipif(NO_TELCO, reason="the telco table is not beside this checkout")
def test_no_false_alarm_on_telco() -> None:
    assert in_table(csv_files.read(TELCO), "Churn", "Yes") == []
