"""A CRM's own tables have hundreds of columns: more than a statement of Postgres holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from crmgov.records.models import Contact, FieldChange
from tests.imports.files import four, take, write

pytestmark = pytest.mark.django_db
COLUMNS = 400


def wide(path: Path, word: str) -> Path:
    names = [f"custom_{number}_c" for number in range(COLUMNS)]
    full = ["1", "Lind", *(f"{word}{number}" for number in range(COLUMNS))]
    # Nothing of this one goes into the first columns.
    sparse = ["2", "", *([""] * (COLUMNS - 1)), word]
    return write(path, [",".join(row) for row in (["id", "last_name", *names], full, sparse)])


def test_four_hundred_columns_are_taken_changed_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "contacts.csv"
    assert four(take(wide(path, "a"), "contacts")) == (2, 0, 0, 0)

    maya, other = Contact.objects.get(last_name="Lind"), Contact.objects.get(last_name="")
    assert (len(maya.extra), maya.extra["custom_399_c"]) == (COLUMNS, "a399")
    assert other.extra == {"custom_399_c": "a"}
    assert FieldChange.objects.filter(record_id=maya.pk).count() == COLUMNS + 1

    assert four(take(wide(path, "b"), "contacts")) == (0, 2, 0, 0)
    maya.refresh_from_db()
    assert {text[0] for text in maya.extra.values()} == {"b"}
    assert four(take(wide(path, "b"), "contacts")) == (0, 0, 2, 0)
