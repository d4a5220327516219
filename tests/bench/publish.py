"""100,000 moved scores through gate and door, each a suggestion with its reading, decision and execution, against
simple-history's helper writing the same values into the same field, with neither gate nor ledger.

Both start from scores that are kept already and end with their last commit. The door alone is timed beside them.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, connections, transaction
from simple_history.utils import bulk_update_with_history

from approvals.models import Run
from approvals.services import executions, publishing
from crmgov.kernel.ids import new_id
from crmgov.records.models import Account, ChangeSet, Segment
from crmgov.records.services import changes
from scoring.models import Score, TrainedModel
from tests.bench.ground import vacuum
from tests.bench.rounds import alternate, report
from tests.publishing import kit
from tests.world import NOW, a_team, hand_edit

# Fewer while one works on it.
ROWS = int(os.environ.get("BENCH_ROWS", "100000"))
ROUNDS = 3
LOW, HIGH = Decimal("0.1"), Decimal("0.9")
TABLES = ("suggestion", "suggestionitem", "gatereading", "decision", "execution", "attempt", "publishedscore")


def customers(count: int) -> list[UUID]:
    Segment.objects.get_or_create(name="mid")
    change_set, team = hand_edit(), a_team().pk
    ids = [new_id() for _ in range(count)]
    patches = [
        changes.Patch(
            change_set.id,
            "account",
            record_id,
            tuple(
                changes.Edit(field, None, value, "bench")
                for field, value in (
                    ("name", f"Account {n}"), ("team", team), ("segment", "mid"), ("lifecycle", "customer"),
                )
            ),
            creates=True,
        )
        for n, record_id in enumerate(ids)
    ]  # fmt: skip
    with transaction.atomic():
        outcome = changes.apply(change_sets=[change_set], patches=patches, at=NOW)
    assert len(outcome.applied) == count
    return ids


class Ground:
    """The customers, a model in use, and a value that each path moves to the other end."""

    def __init__(self, ids: list[UUID], model: TrainedModel) -> None:
        self.ids, self.model, self.value, self.day = ids, model, LOW, 0

    @property
    def at(self) -> datetime:
        return NOW + timedelta(days=self.day)

    def move(self) -> None:
        """New scores, all of them news, on another day: what runs in one is limited."""
        self.value, self.day = (HIGH if self.value == LOW else LOW), self.day + 1
        Score.objects.filter(current=True).update(current=False)
        rows = [
            Score(
                kind=self.model.kind,
                record_type="account",
                record_id=record_id,
                segment="mid",
                value=self.value,
                reasons=[{"criterion": "logins", "points": 80, "say": "No login for 30 days."}],
                trained=self.model,
                model=self.model.name,
                model_version="1",
                scored_at=self.at,
            )
            for record_id in self.ids
        ]
        Score.objects.bulk_create(rows, batch_size=5_000)
        vacuum()
        with connections["owner"].cursor() as cursor:
            for table in (*(f"approvals_{name}" for name in TABLES), "scoring_score"):
                cursor.execute(f"VACUUM ANALYZE {table}")

    def ours(self, _: int) -> None:
        done = publishing.publish(at=self.at)[self.model.kind]
        assert done.ran == len(self.ids), done
        executions.drain(at=self.at)

    def door(self, _: int) -> None:
        held = dict(Account.objects.values_list("pk", "churn_score"))
        change_set = hand_edit()
        patches = [
            changes.Patch(
                change_set.id, "account", key, (changes.Edit("churn_score", old, self.value, "bench"),)
            )
            for key, old in held.items()
        ]
        with transaction.atomic():
            outcome = changes.apply(change_sets=[change_set], patches=patches, at=self.at)
        assert len(outcome.applied) == len(self.ids)

    def helper(self, _: int) -> None:
        with transaction.atomic():
            change_set = ChangeSet.objects.create(
                id=new_id(), at=self.at, actor_type="human", actor_id="0", actor_label="A tester",
                authority="hand_edit", authority_id="test", authority_label="a test",
            )  # fmt: skip
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('crmgov.change_set', %s, true)", [str(change_set.pk)])
            found = list(Account.objects.all())
            for account in found:
                account.churn_score = self.value
            bulk_update_with_history(found, Account, ["churn_score"], batch_size=1000)


def run() -> dict[str, Any]:
    model = kit.a_model()
    kit.standing(model)
    kit.let_run(model)
    _, version = kit.registered(model)
    # Its first sample was decided and stood.
    Run.objects.create(
        workflow=version.workflow, name=publishing.name_of(model), status="going_on", started_at=NOW
    )
    ground = Ground(customers(ROWS), model)
    paths = {"ours": ground.ours, "bulk_update_with_history": ground.helper, "the door alone": ground.door}
    seconds = alternate(paths, rounds=ROUNDS, before=ground.move)
    return {"bench": "publish", "results": [report(f"publish, {ROWS:,} moved scores", seconds)]}
