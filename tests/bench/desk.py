"""The desk at 200,000 open suggestions: a page far down the queue against the first, one decision against the same at
1,000 open ones, and what the inbox weighs.

The open suggestions are copies of one that the intake made, each about an account of its own. Those that are opened
and decided go the whole way: page, press, executor, ledger. The ground of 1,000 is a copy of the database taken before
the rest was filled in, so that both are measured in turn, in one process.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from statistics import median
from typing import Any

from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from approvals.models import Execution, Suggestion
from approvals.selectors import inbox
from approvals.services import executions
from crmgov.people.models import User
from crmgov.records.models import Account, FieldChange
from crmgov.records.selectors.cursors import Cursor
from tests.bench import waiting, weight
from tests.bench.rounds import ROUNDS, alternate, report
from tests.decisions import scene

# Fewer while one works on it.
MANY = int(os.environ.get("BENCH_ROWS", "200000"))
FEW = min(1_000, MANY // 2)
PAGE = 50
DEEP = min(int(MANY * 0.95), MANY - 2 * PAGE)
# Readings in turn, decisions a round, and how many of those warm a fresh connection unseen.
READ, DECIDED, WARM = 60, 20, 3


def run() -> dict[str, Any]:
    sara, like = scene.reviewer(), waiting.pattern()
    client = Client(SERVER_NAME="localhost")
    client.force_login(sara)
    waiting.fill(like, FEW - 1, first=1)
    _same_work(client, like)
    large = connection.settings_dict["NAME"]
    with _copied(large) as small:
        waiting.fill(like, MANY - FEW, first=FEW)
        pages = _pages(sara, client)
        one = _decisions(client, {FEW: small, MANY: large}, like)
    return {"bench": "desk", "results": [*pages, one, _weight(client)]}


@contextmanager
def _copied(name: str) -> Iterator[str]:
    """A second database with the same rows."""
    copy = f"{name}_few"
    _elsewhere(f"DROP DATABASE IF EXISTS {copy}", f"CREATE DATABASE {copy} TEMPLATE {name}")
    try:
        yield copy
    finally:
        _use(name)
        _elsewhere(f"DROP DATABASE {copy}")


def _elsewhere(*statements: str) -> None:
    connections.close_all()
    with connections["owner"]._nodb_cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _use(name: str) -> None:
    connections.close_all()
    for alias in connections:
        connections[alias].settings_dict["NAME"] = name


def _queue() -> Any:
    return Suggestion.objects.queued().order_by("effective_due_at", "pk")


# One item, from its page to the ledger


@dataclass(frozen=True, slots=True)
class Steps:
    """Queries of each step; BEGIN, SAVEPOINT and COMMIT are none."""

    page: int
    press: int
    executor: int


def _decide(client: Client, suggestion: Suggestion) -> None:
    page = _open(client, suggestion)
    _press(client, suggestion, page)
    _execute(suggestion)


def _open(client: Client, suggestion: Suggestion) -> str:
    answer = client.get(f"/suggestions/{suggestion.pk}/")
    assert answer.status_code == 200
    shown = re.search(r'name="shown" value="([^"]+)"', answer.content.decode())
    assert shown is not None
    return shown[1]


def _press(client: Client, suggestion: Suggestion, shown: str) -> None:
    pressed = client.post(f"/suggestions/{suggestion.pk}/approve", {"shown": shown})
    assert pressed.status_code == 302, pressed.status_code


def _execute(suggestion: Suggestion) -> None:
    key = Execution.objects.values_list("pk", flat=True).get(suggestion=suggestion)
    done = executions.run(execution_id=key, at=timezone.now())
    assert done is not None
    assert done.status == Execution.Status.SUCCEEDED, done.note


def _on_ledger(suggestion: Suggestion) -> None:
    """What the bench says was done was done."""
    assert suggestion.record_id is not None
    assert Account.objects.get(pk=suggestion.record_id).employees == waiting.PROPOSED
    changed = FieldChange.objects.filter(record_id=suggestion.record_id, field="employees")
    assert [one.new for one in changed.order_by("id")] == [waiting.SEEN, waiting.PROPOSED]


def _steps(client: Client, suggestion: Suggestion) -> Steps:
    with CaptureQueriesContext(connection) as opened:
        shown = _open(client, suggestion)
    with CaptureQueriesContext(connection) as pressed:
        _press(client, suggestion, shown)
    with CaptureQueriesContext(connection) as executed:
        _execute(suggestion)
    _on_ledger(suggestion)
    # One of the last is the bench asking for the execution's key.
    return Steps(_counted(opened), _counted(pressed), _counted(executed) - 1)


def _counted(captured: CaptureQueriesContext) -> int:
    ends = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    return sum(not query["sql"].startswith(ends) for query in captured.captured_queries)


def _same_work(client: Client, like: Suggestion) -> None:
    """A copy costs what a suggestion of the intake costs: otherwise the copies would prove nothing."""
    genuine = scene.propose(scene.account("Genuine", employees=waiting.SEEN), employees=waiting.PROPOSED)
    copies = list(_queue().exclude(pk__in=[like.pk, genuine.pk])[:2])
    # The first fills what the process keeps.
    of_copies = [_steps(client, copy) for copy in copies]
    assert _steps(client, genuine) == of_copies[-1], (genuine, of_copies)


def _decisions(client: Client, grounds: dict[int, str], like: Suggestion) -> dict[str, Any]:
    """The same decisions at few and at many open ones, in turn; p50 over all of them, ratio as median of the rounds."""
    seconds: dict[int, list[list[float]]] = {count: [] for count in grounds}
    steps: dict[int, Steps] = {}
    for number in range(ROUNDS + 1):
        for count, name in grounds.items():
            _use(name)
            waiting.vacuum()
            queue = iter(list(_queue().exclude(pk=like.pk)[: DECIDED + WARM + 1]))
            for suggestion in islice(queue, WARM):
                _decide(client, suggestion)
            taken = [_timed(client, suggestion) for suggestion in islice(queue, DECIDED)]
            if number:
                seconds[count].append(taken)
            steps[count] = _steps(client, next(queue))
    few, many = seconds.values()
    said: dict[str, Any] = {
        "title": "Open, decide, apply, ledger on one item",
        **{f"p50 at {count:,} open, ms": _ms(seconds[count]) for count in grounds},
        "ratio (wanted: 1.2)": round(
            median(median(b) / median(a) for a, b in zip(few, many, strict=True)), 3
        ),
        "queries a page (wanted: 15)": [step.page for step in steps.values()],
        "queries a press (wanted: 12)": [step.press for step in steps.values()],
        "queries of the executor": [step.executor for step in steps.values()],
    }
    return _said(said)


def _timed(client: Client, suggestion: Suggestion) -> float:
    start = time.perf_counter()
    _decide(client, suggestion)
    return time.perf_counter() - start


def _ms(rounds: list[list[float]]) -> float:
    return round(median(one for taken in rounds for one in taken) * 1000, 1)


# The list


def _pages(user: User, client: Client) -> list[dict[str, Any]]:
    results = []
    for view in (inbox.TEAM, inbox.MINE):
        last, wanted = _behind(DEEP)
        assert last.effective_due_at is not None
        cursor = str(Cursor((last.effective_due_at.isoformat(), str(last.pk)), back=False))
        _is_there(user, view, cursor, wanted)
        open_now = _queue().count()
        title = (
            f"{PAGE} rows of “{inbox.VIEWS[view]}” behind row {DEEP:,} of {open_now:,} open (wanted: 1.15)"
        )
        rows = {"ours": _rows(user, view, cursor), "page 1": _rows(user, view, "")}
        results.append(_with_plan(report(title, alternate(rows, READ)), user, view, cursor))
        html = {"ours": _html(client, view, cursor), "page 1": _html(client, view, "")}
        results.append(
            report(f"The whole inbox page, “{inbox.VIEWS[view]}”, same place", alternate(html, READ // 2))
        )
    return results


def _behind(count: int) -> tuple[Suggestion, list[Any]]:
    """The row so far down, found by counting, and the keys of the page behind it."""
    found = list(_queue()[count - 1 : count + PAGE])
    return found[0], [row.pk for row in found[1:]]


def _is_there(user: User, view: str, cursor: str, wanted: list[Any]) -> None:
    page = inbox.page_for(user, at=timezone.now(), view=view, cursor=cursor, size=PAGE)
    assert len(wanted) == PAGE
    assert [row.id for row in page.rows] == wanted


def _rows(user: User, view: str, cursor: str) -> Callable[[int], None]:
    def read(_: int) -> None:
        page = inbox.page_for(user, at=timezone.now(), view=view, cursor=cursor, size=PAGE)
        assert len(page.rows) == PAGE

    return read


def _html(client: Client, view: str, cursor: str) -> Callable[[int], None]:
    def read(_: int) -> None:
        answer = client.get("/inbox/", {"view": view, "from": cursor})
        assert answer.status_code == 200

    return read


def _with_plan(result: dict[str, Any], user: User, view: str, cursor: str) -> dict[str, Any]:
    """The plan is kept beside the numbers."""
    with CaptureQueriesContext(connection) as asked:
        inbox.page_for(user, at=timezone.now(), view=view, cursor=cursor, size=PAGE)
    sql = asked.captured_queries[-1]["sql"]
    with connection.cursor() as cursor_:
        cursor_.execute(f"EXPLAIN (ANALYZE, BUFFERS) {sql}")
        plan = [line for (line,) in cursor_.fetchall()]
    bad = [line.strip() for line in plan if "Sort" in line or "Seq Scan on approvals_suggestion" in line]
    print(f"  {len(asked)} query; Sort or Seq Scan: {bad or 'none'}")
    return {**result, "plan": plan}


def _weight(client: Client) -> dict[str, Any]:
    found = weight.of(client, "/inbox/")
    return _said(
        {
            "title": "What the inbox weighs",
            "kB gzipped (wanted: 150)": found.kilobytes,
            "kB plain": round(found.plain / 1000, 1),
            "the page itself, kB gzipped": round(found.gzipped["/inbox/"] / 1000, 1),
            "requests": len(found.gzipped),
            "off-origin": found.elsewhere or "none",
            "allowed by its policy": found.policy,
        }
    )


def _said(said: dict[str, Any]) -> dict[str, Any]:
    print(f"\n{said['title']}")
    for name, value in said.items():
        if name != "title":
            print(f"  {name:<32}{value}")
    return said
