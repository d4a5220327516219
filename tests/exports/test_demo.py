"""The whole demo company taken out and brought into an empty database: the same records, consents and history."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import transaction

from crmgov.demo import company
from crmgov.demo.exports import SOURCE
from crmgov.people.models import User
from crmgov.records.models import Account
from crmgov.records.services import exports
from tests.exports import worlds
from tests.exports.bringing import bring, outcomes

# A Wednesday morning.
AT = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
# Each takes half a minute; the small world goes through all formats in test_round_trips.py.
FORMATS = os.environ.get("CRMGOV_DEMO_ROUND_TRIPS", "hubspot").split()


@pytest.mark.parametrize("export_format", FORMATS)
def test_the_demo_company_comes_back_the_same(db: None, tmp_path: Path, export_format: str) -> None:
    asked = (worlds.records, worlds.timeline, worlds.consents, worlds.lists)
    empty = transaction.savepoint()
    company.load(at=AT, say=lambda said: None)
    ana = User.objects.get(name="Ana Ruiz")
    exports.export(export_format=export_format, source_name=SOURCE, user=ana, at=AT, into=tmp_path / "out")
    before = [ask(SOURCE) for ask in asked]
    history, people = worlds.history(SOURCE, ours=True), worlds.people()
    transaction.savepoint_rollback(empty)
    assert not Account.objects.exists()

    whole = bring(tmp_path / "out", export_format, source=SOURCE, at=AT)

    refused = {
        (file, reason)
        for file, steps in outcomes(whole).items()
        for *_, reasons in steps.values()
        for reason in reasons
    }
    assert refused == set()
    # Of these are the welcomes that the demo company sent, and what happened on its last day.
    assert [len(one) for one in before[:2]] == [961, 6_032]
    for one, other in zip(before, [ask(SOURCE) for ask in asked], strict=True):
        assert worlds.differences(one, other) == []
    assert worlds.differences(history, worlds.history(SOURCE, ours=False)) == []
    # The admin who confirmed the import was there before.
    assert [line.partition(":")[0] for line in worlds.differences(people, worlds.people())] == [
        "ada.admin@crmgov.example"
    ]
