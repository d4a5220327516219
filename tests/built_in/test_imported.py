"""What an import brings is news like any other, for many records at the price of a few."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from approvals.workflows.hygiene import ContactHygiene
from crmgov.records.models import Contact
from tests.built_in import kit
from tests.decisions import scene
from tests.imports.files import take, write

pytestmark = pytest.mark.django_db


def brought(folder: Path, number: int, first: int = 0) -> None:
    rows = [f"{n},maya,lind{n},maya{n}@polder.example" for n in range(first, first + number)]
    take(write(folder / "people.csv", ["id,first name,last name,email", *rows]), "contacts")


def test_names_of_an_import_are_proposed_as_people_write_them(tmp_path: Path) -> None:
    sara = kit.begin()
    brought(tmp_path, 1)

    kit.ring()

    first, last = kit.of(ContactHygiene)
    assert [kit.values(one) for one in (first, last)] == [{"first_name": "Maya"}, {"last_name": "Lind0"}]
    kit.accept(first, sara)
    assert Contact.objects.get().first_name == "Maya"


def queries(folder: Path, number: int, first: int) -> int:
    brought(folder, number, first)
    with CaptureQueriesContext(
        connection,
    ) as said:
        kit.ring(workflows=(ContactHygiene(),))
    assert len(kit.of(ContactHygiene)) == 2 * (first + number)
    return len(said)


def test_twenty_records_cost_no_more_queries_than_two(tmp_path: Path) -> None:
    kit.begin(workflows=(ContactHygiene(),))
    scene.publish(quota_hour=5_000)
    brought(tmp_path, 0)
    # The first ring makes what is made once.
    queries(tmp_path, 1, 0)
    two = queries(tmp_path, 2, 1)

    assert queries(tmp_path, 20, 3) <= two + 2


def test_with_nothing_new_a_ring_is_a_few_lookups() -> None:
    kit.begin()
    kit.ring()
    with CaptureQueriesContext(connection) as said:
        kit.ring()
    # Who they are, what is paused and what there is at all; the nine workflows ask nothing of their own.
    assert len(said) <= 16
