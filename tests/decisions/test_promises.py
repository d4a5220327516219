"""Beside an item stands what was promised to the account, with where it was said."""

from __future__ import annotations

from datetime import timedelta

import pytest

from approvals.selectors import context
from crmgov.records.models import Source
from crmgov.records.services import activities
from crmgov.records.services.activities import NewActivity
from tests.decisions import scene
from tests.world import NOW

pytestmark = pytest.mark.django_db


def test_what_was_promised_stands_beside_the_item_with_where_it_was_said() -> None:
    scene.publish()
    account, sara = scene.account(), scene.reviewer()
    source = Source.objects.get_or_create(name="Calls", defaults={"kind": "person", "trust_rank": 50})[0]
    said = {
        "Call about the outage": "Angry. We'll send the report by Friday.",
        "Small talk": "They like the new office.",
    }
    activities.append(
        [
            NewActivity(account, "call", NOW - timedelta(days=2), source, subject=subject, body=body, by="Tom Becker")
            for subject, body in said.items()
        ],
        at=NOW,
    )  # fmt: skip

    card = context.card_for(sara, account.pk, beside=None, at=NOW)

    assert card is not None
    (promise,) = card.promises
    assert promise.sentence == "We'll send the report by Friday."
    assert promise.meta == ("Call about the outage", "Tom Becker")


def test_what_is_older_than_ninety_days_is_left_to_the_timeline() -> None:
    scene.publish()
    account, sara = scene.account(), scene.reviewer()
    source = Source.objects.get_or_create(name="Calls", defaults={"kind": "person", "trust_rank": 50})[0]
    old = NewActivity(account, "call", NOW - timedelta(days=91), source, body="We will call back.")
    activities.append([old], at=NOW)

    card = context.card_for(sara, account.pk, beside=None, at=NOW)

    assert card is not None
    assert card.promises == []
