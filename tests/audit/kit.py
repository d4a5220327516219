"""A ledger with a bit of everything in it, and reading the audit page."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.test import Client

from approvals.models import Decision, Suggestion
from crmgov.people.models import Role, User
from crmgov.records.models import Account, ChangeSet, FieldChange
from crmgov.records.services import edits
from tests.decisions import scene
from tests.records_pages.kit import by_agent
from tests.world import NOW, a_contact, a_team, a_user

EARLIER, LATER = NOW - timedelta(days=40), scene.LATER


@dataclass(frozen=True, slots=True)
class Ledger:
    """`decided`: Sara approved employees 240 to 310 on Polder. Priya typed Halden's region; an agent its industry."""

    sara: User
    priya: User
    halden: Account
    polder: Account
    decided: Suggestion
    decision: Decision


def a_ledger() -> Ledger:
    sara, priya = scene.reviewer(), a_user("Priya Nair", Role.ACCOUNT_MANAGER, a_team())
    scene.publish()
    halden = scene.account("Halden Marine Systems", owner=priya.pk)
    polder = scene.account("Polder Freight")
    a_contact("Lind", account=str(halden.pk), team=a_team().pk)
    edits.save(
        record_type="account", record_id=halden.pk, seen={"region": "Benelux"}, values={"region": "Nordics"},
        user=priya, reason="they moved", at=NOW,
    )  # fmt: skip
    by_agent(halden, at=EARLIER, industry="Marine telematics")
    asked = scene.propose(polder, employees=310)
    decision = scene.approve(asked, sara)
    scene.run(asked)
    return Ledger(sara, priya, halden, polder, Suggestion.objects.get(pk=asked.pk), decision)


def audit(client: Client, **asked: str) -> Any:
    return client.get("/audit/", asked)


def lines(answer: Any) -> list[tuple[str, str, str]]:
    """Record, field and new value of each row."""
    assert answer.status_code == 200, answer.content[:400]
    return [(row["record"], row["field"], row["new"]) for row in answer.context["rows"]]


def exported(client: Client, **asked: str) -> list[dict[str, str]]:
    answer: Any = client.get("/audit/export", asked)
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))


def many(about: Account, number: int, *, start: datetime = NOW) -> None:
    """Write the region of an account so many times, a minute apart; the last is "Region N"."""
    for one in range(1, number + 1):
        now = Account.objects.get(pk=about.pk).region
        edits.save(
            record_type="account", record_id=about.pk, seen={"region": now}, values={"region": f"Region {one}"},
            user=a_user("Ana Ruiz", Role.ADMIN), reason="", at=start + timedelta(minutes=one),
        )  # fmt: skip


def rows() -> int:
    return FieldChange.objects.count()


def sets() -> int:
    return ChangeSet.objects.count()
