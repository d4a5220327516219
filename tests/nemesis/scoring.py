"""A scoring run whose worker is killed -9 again and again: taken up each time, and the same result bit for bit."""

from __future__ import annotations

import os
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tests.env.product import Product

if TYPE_CHECKING:
    from scoring.models import ScoringRun, TrainedModel

KILLS_AT_PERCENT = (5, 20, 40, 60, 80)
ACTIVITIES_EACH = 20
SECONDS_FOR_A_STEP = 900.0
AS_OF = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
RESULT = """
SELECT count(*), md5(string_agg(md5((record_id, segment, value, reasons, model, model_version, scored_at,
  current)::text), '' ORDER BY record_id, scored_at)) FROM scoring_score WHERE trained_id = %s"""


def run(number: int) -> int:
    with Product() as product:
        os.environ.update(product.environment(), DJANGO_SETTINGS_MODULE="crmgov.settings", CRMGOV_NO_POOL="1")
        import django

        django.setup()
        return _Trial(product, number).run()


class _Trial:
    def __init__(self, product: Product, number: int) -> None:
        self.product, self.number = product, number
        self.kills = 0

    def run(self) -> int:
        from tests.bench import customers
        from tests.scoring.crm import models

        ids = customers.build(self.number, self.number * ACTIVITIES_EACH, until=AS_OF)
        model = models.fitted(ids[: max(500, self.number // 50)], AS_OF, status="candidate")
        broken = self._disturbed(model)
        count, result = self._result(model)
        undisturbed = self._undisturbed(model)
        return self._judge(broken, count, result, undisturbed)

    def _disturbed(self, model: TrainedModel) -> ScoringRun:
        from scoring.services import runs

        began = time.monotonic()
        run = runs.start(model_id=model.pk, scope="all", at=AS_OF)
        for percent in KILLS_AT_PERCENT:
            self._wait(run, percent)
            if self.product.kill("worker"):
                self.kills += 1
                print(f"killed the worker after {run.done} of {run.total}", flush=True)
        self._wait(run, 101)
        print(f"{run.done} records in {time.monotonic() - began:.0f} s, with {self.kills} kills", flush=True)
        return run

    def _wait(self, run: ScoringRun, percent: int) -> None:
        from scoring.services import run_starts

        deadline = time.monotonic() + SECONDS_FOR_A_STEP
        rung = 0.0
        while run.status == "running" and run.done * 100 < percent * run.total:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{run.done} of {run.total} after {SECONDS_FOR_A_STEP:.0f} s")
            # What the beat does every two minutes; here nobody wants to wait for it.
            if time.monotonic() - rung > 2:
                run_starts.take_up()
                rung = time.monotonic()
            time.sleep(0.02)
            run.refresh_from_db()

    def _undisturbed(self, model: TrainedModel) -> tuple[int, str]:
        from scoring.models import Score, ScoringRun
        from scoring.services import runs

        Score.objects.filter(trained=model).delete()
        began = time.monotonic()
        # The worker is not told of it: this process does it alone.
        run = ScoringRun.objects.create(
            trained=model, scope="all", as_of=AS_OF, total=self.number, started_at=AS_OF, beat_at=AS_OF
        )
        while not runs.go_on(run_id=run.pk, at=AS_OF, seconds=3600):
            time.sleep(0.1)
            run.refresh_from_db()
            if run.status != "running":
                break
        print(f"undisturbed in {time.monotonic() - began:.0f} s", flush=True)
        return self._result(model)

    def _result(self, model: TrainedModel) -> tuple[int, str]:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(RESULT, [model.pk])
            count, result = cursor.fetchone()
        return int(count), str(result)

    def _judge(self, run: ScoringRun, count: int, result: str, undisturbed: tuple[int, str]) -> int:
        problems = []
        if run.status != "done":
            problems.append(f"the run is {run.status}: {run.problem}")
        if not run.done == run.total == run.changed == count:
            problems.append(f"done {run.done}, changed {run.changed}, of {run.total}, and {count} scores")
        if (count, result) != undisturbed:
            problems.append(f"{count} scores {result}, undisturbed {undisturbed[0]} scores {undisturbed[1]}")
        print(f"killed {self.kills} times; {count} scores, {result}; undisturbed {undisturbed[1]}")
        for problem in problems:
            print(f"PROBLEM: {problem}")
        print("the same bit for bit, no chunk done twice" if not problems else "FAILED", flush=True)
        if problems:
            print("\n".join(self.product.lines[-60:]), file=sys.stderr)
        return 1 if problems else 0
