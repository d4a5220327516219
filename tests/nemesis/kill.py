"""200 executions while worker, web and database are killed -9: nothing lost, nothing applied twice.

Half are proposed over HTTP and run by themselves, half are approved by a person. Who proposes or approves while
something is down tries again, as a person or an agent would: the same key, the same button.
"""

from __future__ import annotations

import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from itertools import zip_longest
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from tests.env.product import Product

if TYPE_CHECKING:
    from approvals.models import Suggestion
    from crmgov.people.models import User

TARGETS = ("worker", "web", "database")
SECONDS_BETWEEN_KILLS = 5.0
# What is not back yet cannot be killed while it works: the next shot waits for it, at most so long.
SECONDS_TO_COME_BACK = 60.0
SECONDS_FOR_ALL = 90.0
AT_ONCE = 12
# L1: two minutes after the faults stop everything is terminal.
SECONDS_TO_SETTLE = 120.0
# An interrupted call keeps its idempotency key for two minutes.
TRIES, SECONDS_BETWEEN_TRIES = 180, 1.0


def run(number: int) -> int:
    with Product() as product:
        os.environ.update(product.environment(), DJANGO_SETTINGS_MODULE="crmgov.settings", CRMGOV_NO_POOL="1")
        import django

        django.setup()
        return _Trial(product, number).run()


class _Trial:
    def __init__(self, product: Product, number: int) -> None:
        self.product, self.number = product, number
        self.kills: Counter[str] = Counter()
        self.tries: Counter[str] = Counter()
        self.over = Event()
        self.last_answer = ""

    def run(self) -> int:
        from tests.decisions import scene

        sara = scene.reviewer()
        key = self._prepare(sara)
        waiting = [
            scene.propose(scene.account(f"Person {n}"), employees=310) for n in range(self.number // 2)
        ]
        alone = [scene.account(f"Agent {n}") for n in range(self.number - len(waiting))]
        killer = Thread(target=self._kill_in_turn)
        killer.start()
        calls = [
            *(partial(self._until_done, "approve", partial(self._approve, one, sara)) for one in waiting),
            *(
                partial(
                    self._until_done, "post", partial(self._post, self._body(one.pk), key, f"key-{one.pk}")
                )
                for one in alone
            ),
        ]
        # Interleaved and spread over the time of the kills; one that must try again holds up nobody.
        calls = [
            call
            for pair in zip_longest(calls[: len(waiting)], calls[len(waiting) :])
            for call in pair
            if call
        ]
        with ThreadPoolExecutor(AT_ONCE) as callers:
            pressed = []
            for call in calls:
                pressed.append(callers.submit(call))
                time.sleep(SECONDS_FOR_ALL / len(calls))
            self.over.set()
            killer.join()
            for one in pressed:
                one.result()
        return self._judge()

    def _prepare(self, sara: User) -> str:
        """A policy and a grant under which the agent acts alone, its evidence, and its key."""
        from django.utils import timezone

        from approvals.rules.vocabulary import Level
        from approvals.services import agents, executions
        from tests.decisions import scene

        scene.publish(level=Level.EXECUTE, **scene.UNHURRIED)
        proof = scene.propose(scene.account("Proof"), level="execute", employees=300)
        scene.grant(proof)
        scene.approve(proof, sara)
        executions.drain(at=timezone.now())
        now = timezone.now()
        issued = agents.issue_key(
            agent=scene.an_agent(), by=scene.admin(), at=now, expires_at=now + timedelta(days=1)
        )
        return issued.secret

    def _kill_in_turn(self) -> None:
        turn = 0
        while not self.over.wait(SECONDS_BETWEEN_KILLS):
            target = TARGETS[turn % len(TARGETS)]
            if self.product.kill(target):
                self.kills[target] += 1
                print(f"killed {target}", flush=True)
            turn += 1
            self._wait_until_back()

    def _wait_until_back(self) -> None:
        deadline = time.monotonic() + SECONDS_TO_COME_BACK
        while (
            not self.over.wait(0.5) and time.monotonic() < deadline and self.product.status("/readyz") != 200
        ):
            pass

    def _until_done(self, what: str, once: Callable[[], bool]) -> None:
        for _ in range(TRIES):
            self.tries[what] += 1
            if once():
                return
            time.sleep(SECONDS_BETWEEN_TRIES)
        self.over.set()
        raise RuntimeError(f"{what} did not succeed in {TRIES} tries; the last answer was {self.last_answer}")

    def _approve(self, suggestion: Suggestion, sara: User) -> bool:
        from django.db import DatabaseError, InterfaceError, connection
        from django.utils import timezone

        from approvals.services import decisions, gate
        from approvals.services.recording import AlreadyDecided

        try:
            at = timezone.now()
            decisions.approve(
                suggestion_id=suggestion.pk,
                seen_digest=gate.digest_of(suggestion, at=at),
                reviewer=sara,
                at=at,
                shown_at=at,
            )
        except AlreadyDecided:
            return True  # the answer to the first press was lost on the way
        except (DatabaseError, InterfaceError):
            return False
        finally:
            connection.close()
        return True

    def _body(self, account_id: object) -> dict[str, Any]:
        from tests.decisions import scene

        return {
            "record": {"type": "account", "id": str(account_id)},
            "action": "set_fields",
            "items": [{"field": "employees", "seen": 240, "proposed": 310, "source": "Firmdata"}],
            "confidence": 0.97,
            "level": "execute",
            "workflow": scene.WORKFLOW,
            "version": scene.VERSION,
        }

    def _post(self, body: dict[str, Any], key: str, idempotency_key: str) -> bool:
        headers = {
            "Authorization": f"Bearer {key}",
            "Content-Type": "application/json",
            "Idempotency-Key": idempotency_key,
        }
        request = urllib.request.Request(  # noqa: S310 (our own address)
            f"{self.product.address}/api/v1/suggestions", json.dumps(body).encode(), headers
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                return bool(answer.status in (200, 201))
        except urllib.error.HTTPError as refused:
            # 409: the first try still counts as running; 5xx: the database is away.
            self.last_answer = f"{refused.code} {refused.read().decode()[:300]}"
            if refused.code in (409, 429) or refused.code >= 500:
                return False
            raise RuntimeError(self.last_answer) from refused
        except (urllib.error.URLError, OSError) as error:
            self.last_answer = str(error)
            return False

    def _judge(self) -> int:
        settled = self._settle()
        problems = [*self._problems(), *([] if settled else ["not everything ended within two minutes"])]
        summary = f"{self.number} executions, killed {dict(self.kills)}, tries {dict(self.tries)}"
        print(summary)
        for problem in problems:
            print(f"PROBLEM: {problem}")
        print("nothing lost, nothing applied twice" if not problems else "FAILED", flush=True)
        if problems:
            print("\n".join(self.product.lines[-60:]), file=sys.stderr)
        return 1 if problems else 0

    def _settle(self) -> bool:
        from django.db import DatabaseError, InterfaceError, connection

        from approvals.models import Execution

        started = time.monotonic()
        while time.monotonic() - started < SECONDS_TO_SETTLE:
            try:
                if not Execution.objects.filter(status="pending").exists():
                    print(f"everything ended {time.monotonic() - started:.1f} s after the last kill")
                    return True
            except (DatabaseError, InterfaceError):
                connection.close()
            time.sleep(1)
        return False

    def _problems(self) -> list[str]:
        from django.db.models import Count
        from django.utils import timezone

        from approvals.models import Execution
        from approvals.services import invariants
        from crmgov.records.models import Account, ChangeSet

        # One more: the proof.
        wanted = self.number + 1
        by_status = dict(Execution.objects.values_list("status").annotate(n=Count("id")).order_by())
        written = ChangeSet.objects.filter(execution_id__isnull=False).count()
        changed = Account.objects.filter(employees=310).count()
        findings = invariants.check_all(at=timezone.now())
        found = []
        if by_status != {"succeeded": wanted}:
            found.append(f"executions by status: {by_status}, {wanted} were wanted")
        if written != wanted or changed != self.number:
            found.append(f"{written} change sets and {changed} changed accounts, {wanted} were wanted")
        found += [f"{f.invariant} {f.detail}: {f.examples}" for f in findings if f.violations]
        return found
