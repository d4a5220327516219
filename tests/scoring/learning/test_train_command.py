"""The command: one line of figures for programs, lines for people, and a sentence for whatever is wrong."""

from __future__ import annotations

import csv
import hashlib
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from scoring.learning import predictors
from tests.scoring.learning.worlds import Columns, customers, joined


def written(path: Path, columns: Columns) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    return path


def said(*arguments: Any, **options: Any) -> list[str]:
    out = StringIO()
    call_command("train", *arguments, stdout=out, **options)
    return out.getvalue().splitlines()


def test_the_last_line_is_one_object_and_the_saved_model_has_its_hash(tmp_path: Path) -> None:
    data = written(tmp_path / "table.csv", joined(customers(), customers(300, seed=5, lifted=2.5)))
    model = tmp_path / "model.skops"

    lines = said(
        "churn", data=data, label="left", positive="yes", time="at", segment="segment", save=model, json=True
    )

    found = json.loads(lines[-1])
    assert {"n", "auc", "brier", "ece", "segments", "warnings"} <= set(found)
    assert found["n"] == 1000
    assert 0.5 < found["auc_interval"][0] < found["auc"] < found["auc_interval"][1] < 1
    assert [one["segment"] for one in found["segments"] if one["stands_down"]] == ["small"]
    assert found["drift"]["alarm"]
    assert found["time_split"]["n"] == 250
    content = model.read_bytes()
    assert hashlib.sha256(content).hexdigest() == found["sha256"]
    assert predictors.loaded(content, registered=found["sha256"]).segment == "segment"


def test_people_read_the_answer_first(tmp_path: Path) -> None:
    lines = said("churn", data=written(tmp_path / "table.csv", customers(400)), label="left", positive="yes")

    assert lines[0].startswith("Of a positive row and another one")
    assert any(line.startswith("logistic ") for line in lines)
    assert any("Without a time column" in line for line in lines)
    assert lines[-1].startswith("Measured only: nothing was kept.")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"data": Path("none.csv")}, "Name the column to learn"),
        ({"data": Path("none.csv"), "label": "left", "positive": "yes"}, "none.csv cannot be read"),
    ],
)
def test_what_is_missing_is_named(options: dict[str, Any], says: str) -> None:
    with pytest.raises(CommandError, match=says):
        said("win", **options)


def test_a_folder_that_is_not_there_keeps_no_model_and_says_so(tmp_path: Path) -> None:
    data = written(tmp_path / "table.csv", customers(300))

    with pytest.raises(CommandError, match="The model cannot be written to"):
        said("churn", data=data, label="left", positive="yes", save=tmp_path / "no" / "model")
