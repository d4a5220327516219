"""A large run, sooner: more than ten is large here, and four are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest
from django.db import transaction

from approvals.models import Suggestion
from approvals.rules import sampling
from approvals.rules.vocabulary import Level
from approvals.selectors.sights import Sight
from approvals.selectors.subjects import Proposer
from approvals.services import intake, runs
from approvals.services.intake import Received
from approvals.services.proposals import Proposal, read
from crmgov.kernel.refusals import Refused
from crmgov.records.models import Account
from tests.decisions import scene
from tests.world import NOW


def make_small(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (sampling, runs):
        monkeypatch.setattr(module, "LARGEST_UNSAMPLED", 10, raising=False)
        monkeypatch.setattr(module, "SAMPLE", 4, raising=False)


def twelve_accounts() -> list[Account]:
    """Of a workflow that may run by itself."""
    scene.reviewer()
    scene.publish(level=Level.EXECUTE)
    scene.grant(scene.propose(scene.account("The first"), employees=300))
    return [scene.account(f"Quay {number}") for number in range(12)]


def proposal(
    account: Account, number: int = 0, *, run: str | None = "night", level: str = "execute"
) -> Proposal:
    body: dict[str, Any] = {
        "record": {"type": "account", "id": str(account.pk)},
        "action": "set_fields",
        "items": [{"field": "employees", "seen": 240, "proposed": 500 + number, "source": "Firmdata"}],
        "confidence": 0.97,
        "level": level,
        "workflow": scene.WORKFLOW,
        "version": scene.VERSION,
    }
    return read({**body, "run": run} if run else body)


def post(accounts: Sequence[Account], *, at: datetime = NOW, **more: Any) -> list[Received | Refused]:
    """All in one call, as a batch is taken in."""
    with transaction.atomic():
        made = [proposal(account, number, **more) for number, account in enumerate(accounts)]
        return intake.take(made, Sight(Proposer(scene.an_agent(), None)), at)


def of_run(**which: Any) -> list[Suggestion]:
    return list(Suggestion.objects.filter(run__name="night", **which).order_by("number"))


def decide(sample: Sequence[Suggestion], *, rejected: int = 0) -> None:
    sara = scene.reviewer()
    for place, suggestion in enumerate(sample):
        if place < rejected:
            scene.reject(suggestion, sara)
        else:
            scene.approve(suggestion, sara)
