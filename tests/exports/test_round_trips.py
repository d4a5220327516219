"""What goes out comes back the same, in every format; and into the CRM it came from, as nothing new."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction

from crmgov.records.models import Account, ChangeSet, Consent, EarlierChange, Export, Suppression
from crmgov.records.services import exports
from tests.exports import small, worlds
from tests.exports.bringing import bring, outcomes
from tests.imports.files import an_admin
from tests.world import NOW

FORMATS = ("hubspot", "salesforce", "csv")


def told(source: str = small.SOURCE) -> list[dict[Any, Any]]:
    return [ask(source) for ask in (worlds.records, worlds.timeline, worlds.consents, worlds.lists)]


def take_out(folder: Path, export_format: str, **more: Any) -> Export:
    return exports.export(
        export_format=export_format, source_name=small.SOURCE, user=an_admin(), at=NOW, into=folder, **more
    )


@pytest.mark.parametrize("export_format", FORMATS)
def test_an_empty_database_becomes_the_same_world(db: None, tmp_path: Path, export_format: str) -> None:
    empty = transaction.savepoint()
    small.build()
    take_out(tmp_path / "out", export_format)
    before, history, people = told(), worlds.history(small.SOURCE, ours=True), worlds.people()
    transaction.savepoint_rollback(empty)
    assert not Account.objects.exists()

    whole = bring(tmp_path / "out", export_format, source=small.SOURCE)

    assert {
        reason for steps in outcomes(whole).values() for step in steps.values() for reason in step[4]
    } == set()
    for one, other in zip(before, told(), strict=True):
        assert one
        assert worlds.differences(one, other) == []
    assert worlds.differences(history, worlds.history(small.SOURCE, ours=False)) == []
    assert worlds.differences(people, worlds.people()) == []


@pytest.mark.parametrize("export_format", FORMATS)
def test_a_second_round_trip_is_the_same_as_the_first(db: None, tmp_path: Path, export_format: str) -> None:
    """What was told of earlier times goes out again, and our own ledger of the import behind it."""
    empty = transaction.savepoint()
    small.build()
    take_out(tmp_path / "first", export_format)
    before = told()
    transaction.savepoint_rollback(empty)
    bring(tmp_path / "first", export_format, source=small.SOURCE)
    history = worlds.history(small.SOURCE, ours=True)
    take_out(tmp_path / "second", export_format)
    transaction.savepoint_rollback(empty)

    bring(tmp_path / "second", export_format, source=small.SOURCE)

    for one, other in zip(before, told(), strict=True):
        assert worlds.differences(one, other) == []
    assert worlds.differences(history, worlds.history(small.SOURCE, ours=False)) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("export_format", FORMATS)
def test_in_the_crm_it_came_from_nothing_is_new(tmp_path: Path, export_format: str) -> None:
    small.build()
    take_out(tmp_path / "out", export_format)
    before, sets = told(), ChangeSet.objects.count()

    whole = bring(tmp_path / "out", export_format, source=small.SOURCE)

    for file, steps in outcomes(whole).items():
        for step, (read, new, changed, unchanged, refused) in steps.items():
            assert (new, changed) == (0, 0), (file, step)
            # What is archived here is not touched by a row that says how it was.
            assert unchanged + refused.pop("record_archived", 0) == read, (file, step, refused)
    for one, other in zip(before, told(), strict=True):
        assert worlds.differences(one, other) == []
    assert ChangeSet.objects.count() == sets
    assert not EarlierChange.objects.exists()


def test_the_worlds_that_are_compared_hold_what_could_be_lost(db: None) -> None:
    """Else the round trip would be a test that cannot fail."""
    small.build()

    exports.hand_out_ids(small.SOURCE)
    records = worlds.records(small.SOURCE)
    halden = records["account", "A-1"]
    assert halden["owner"] == "henrik.dahl@crmgov.example"
    assert halden["extra Industry"] == "kept as it came"
    assert any("archived_at" in fields for fields in records.values())
    assert {key[0] for key in records} == {
        "account",
        "contact",
        "opportunity",
        "buying_role",
        "ticket",
        "task",
    }
    assert Consent.objects.count() == 4
    assert Suppression.objects.count() == 3
    assert any(len(changes) == 3 for changes in worlds.history(small.SOURCE, ours=True).values())


@pytest.mark.parametrize("export_format", ["salesforce", "csv"])
def test_the_same_by_two_commands(db: None, tmp_path: Path, export_format: str) -> None:
    empty = transaction.savepoint()
    small.build()
    an_admin()
    folder, source, said = str(tmp_path / "out"), small.SOURCE, io.StringIO()
    call_command("export_crm", folder, format=export_format, source=source, stdout=said)
    before = told()
    transaction.savepoint_rollback(empty)
    an_admin()

    call_command("import_crm", folder, adapter=export_format, source=source, json=True, stdout=said)

    answer = json.loads(said.getvalue().splitlines()[-1])
    assert answer["left_out"] == {}
    assert all(counts["refused"] == {} for counts in answer["objects"].values()), answer["objects"]
    for one, other in zip(before, told(), strict=True):
        assert worlds.differences(one, other) == []
