"""Whatever stands in the cells, every row becomes a record or a refusal, and the second run changes nothing."""

from __future__ import annotations

import csv
import tempfile
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.imports.files import four, take

NASTY = (
    "", " ", "0", "-1", "1e99", "NaN", "Infinity", "1,5", "true", "2026-02-30", "2026-02-28", "0001-01-01T00:00+14:00",
    "9999-12-31T23:59:59-12:00", "\u202e", "\u200b", "\ufeffx", "\x00", "\x1b[31m", "a\tb", "a\r\nb", "Ω≈ç√", "𝕏",
    "é", "é", "x" * 301, "' OR 1=1 --", "{name}", "%s", "=1+1", '"', "null", "[]", "a@b",
    "a@b.example", "example.com", "EUR",
)  # fmt: skip
HEADINGS = {
    "accounts": ["id", "name", "domain", "employees", "annual value", "currency", "renewal date", "tags", "parent"],
    "contacts": ["id", "last name", "email", "phone", "time zone", "lifecycle", "lead score", "account", "odd"],
    "tickets": ["id", "subject", "opened at", "resolved at", "priority", "account", "contact", "escalated", "odd"],
    "users": ["id", "name", "email", "role", "time zone", "language", "team", "odd", "odder"],
    "exchange_rates": ["id", "currency", "day", "rate", "a", "b", "c", "d", "e"],
    "suppressions": ["id", "kind", "value", "account", "reason", "until", "a", "b", "c"],
}  # fmt: skip
CELL = st.sampled_from(NASTY) | st.text(max_size=12)
ROW = st.lists(CELL, min_size=9, max_size=9)
SOURCES = count()


@pytest.mark.django_db
@pytest.mark.parametrize("object_name", sorted(HEADINGS))
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(rows=st.lists(ROW, min_size=1, max_size=6))
def test_garbage_in_sentences_out(object_name: str, rows: list[list[str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "garbage.csv"
        with path.open("w", encoding="utf-8", newline="") as text:
            csv.writer(text).writerows([HEADINGS[object_name], *rows])
        source = f"source {next(SOURCES)}"

        first = take(path, object_name, source=source)
        second = take(path, object_name, source=source)

    read = [row for row in rows if row]
    assert first.report.read == len(read)
    new, changed, unchanged, refused = four(first)
    assert four(second) == (0, 0, new + changed + unchanged, refused)
    assert second.report.conflicts == 0
