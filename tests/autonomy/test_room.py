"""A day has room for so many automatic actions of a cell; what has none waits for a person."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from approvals.rules.policy import TargetLine
from approvals.rules.vocabulary import Level
from approvals.selectors.sights import Sight
from approvals.selectors.subjects import Proposer
from approvals.services import (
    intake,
    proposals,
)
from approvals.services.grounds import Ground
from crmgov.people.models import User
from tests.autonomy import kit
from tests.autonomy.kit import SOON
from tests.decisions import scene

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_has_no_room_today_waits_for_a_person_and_says_so(sara: User) -> None:
    kit.promoted()
    document_with_room_for(2)
    kit.run_alone(2)

    third = kit.propose(at=SOON)

    assert (third.status, third.rules) == ("queued", ["level"])
    finding = third.readings.latest("id").findings[0]
    assert "2 like it ran by themselves today, and the policy lets no more" in finding["sentence"]
    tomorrow = SOON + timedelta(days=1)
    assert kit.propose(at=tomorrow).status == "approved"


def test_of_a_batch_only_what_has_room_runs(sara: User, monkeypatch: pytest.MonkeyPatch) -> None:
    kit.promoted()
    document_with_room_for(2)

    def taken() -> list[str]:
        bodies = [
            {
                "workflow": scene.WORKFLOW,
                "version": scene.VERSION,
                "record": {"type": "account", "id": str(scene.account(f"Batch {n}").pk)},
                "action": "set_fields",
                "items": [{"field": "employees", "seen": 240, "proposed": 241}],
                "confidence": 0.97,
                "level": "execute",
            }
            for n in range(4)
        ]
        with transaction.atomic():
            sight = Sight(Proposer(scene.an_agent(), None))
            made = intake.take([proposals.read(body) for body in bodies], sight, SOON)
            transaction.set_rollback(True)
        return [one.suggestion.status for one in made if isinstance(one, intake.Received)]

    assert taken() == ["approved", "approved", "queued", "queued"]
    # The guard taken out: nothing else counts what is not stored yet.
    monkeypatch.setattr(Ground, "runs", lambda *_: None)
    assert taken() == ["approved"] * 4


def document_with_room_for(many: int) -> None:
    scene.publish(
        level=Level.EXECUTE,
        targets=(TargetLine("set_fields", kit.TARGET),),
        daily_actions=many,
        at=kit.MUCH_LATER,
    )
