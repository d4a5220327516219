"""What ran by itself on an account of Priya's, through intake, gate and executor."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from approvals.models import Execution, Suggestion
from approvals.rules.vocabulary import Level
from crmgov.people.models import Role, User
from crmgov.records.models import Account
from tests.decisions import scene
from tests.world import NOW, a_team, a_user

CONTACT_FIELDS = ("language", "title", "phone")


def priya() -> User:
    return a_user("Priya Nair", Role.ACCOUNT_MANAGER, a_team())


def let_it_run() -> None:
    """A reviewer with a queue; a policy and a signed grant under which the enricher writes firmographics alone."""
    scene.reviewer()
    scene.publish(level=Level.EXECUTE, at=NOW)
    scene.grant(scene.propose(scene.account("Steinfurt Glas"), region="EMEA", level="draft"))


def ran(about: Account, *, ago: timedelta = timedelta(hours=3), **values: Any) -> Execution:
    """The agent sets fields of the account by itself, so long before now."""
    at = timezone.now() - ago
    return _executed(scene.propose(about, level="execute", at=at, **values), at)


def ran_on(record_type: str, record: Any, field: str, value: Any, *, ago: timedelta) -> Execution:
    """The same on another type of record, one field."""
    at = timezone.now() - ago
    asked = scene.propose_raw(
        {
            "record": {"type": record_type, "id": str(record.pk)},
            "action": "set_fields",
            "items": [
                {"field": field, "seen": getattr(record, field), "proposed": value, "source": "Firmdata"}
            ],
            "confidence": 0.97,
            "level": "execute",
        },
        at=at,
    )
    return _executed(asked, at)


def _executed(asked: Suggestion, at: datetime) -> Execution:
    execution = scene.run(asked, at=at)
    assert execution.status == "succeeded", (execution.status, execution.note)
    return execution
