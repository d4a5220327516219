"""Our inbox and one decision against the viewflow 2 package, 100,000 open on each side, in the same database.

Their side does the least that approves and applies; ours has its gate, digest, rights, executor and ledger. Their
queue page is their stock view with its filters; beside it stands the same page without them.
"""

from __future__ import annotations

import gc
import os
import re
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from approvals.models import Execution, Suggestion
from approvals.services import decisions, executions, gate
from crmgov.people.models import User
from crmgov.records.models import Account, FieldChange
from tests.bench import waiting
from tests.bench.peer import rows
from tests.bench.peer.models import PeerAccount
from tests.bench.rounds import alternate, report
from tests.decisions import scene
from tests.world import a_user

# Fewer while one works on it.
MANY = int(os.environ.get("BENCH_ROWS", "100000"))
# In turn, one of each; those before warm up unseen.
APPROVED, FOLLOWED, WARM = 50, 5, 3
STOCK, TUNED = "their stock page", "theirs without filters"
Path = Callable[[int], None]


def run() -> dict[str, Any]:
    sara, like = scene.reviewer(), waiting.pattern()
    olga = a_user("Peer Admin", "admin")
    olga.is_superuser = True
    olga.save()
    _works(olga)
    waiting.fill(like, MANY - 1, first=1)
    rows.fill(MANY, seen=waiting.SEEN, proposed=waiting.PROPOSED)
    ours, theirs = _client(sara), _client(olga)
    print(f"{MANY:,} open on each side")
    results = [_pages(ours, theirs)]
    mine, other = _open_ones(like), _open_tasks()
    results += [
        _by_service(sara, olga, mine, other),
        _by_press(ours, theirs, mine, other),
        _to_the_next(ours, theirs, mine, other),
    ]
    return {"bench": "viewflow", "open": MANY, "results": results}


def _client(user: User) -> Client:
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    return client


def _works(user: User) -> None:
    """Start, assign, review, apply, end by their API and over HTTP: the flow does what it is compared for."""
    # A node knows its address once the addresses are composed.
    assert get_resolver().url_patterns
    for decide in (_their_service(user), _their_press(_client(user))):
        process = rows.start(-1, seen=waiting.SEEN, proposed=waiting.PROPOSED)
        decide(rows.waiting(process))
        process.refresh_from_db()
        assert process.status == "DONE"
        assert PeerAccount.objects.get(pk=process.account).employees == waiting.PROPOSED
        assert [task.status for task in process.task_set.order_by("pk")] == ["DONE"] * 4


# The page


def _pages(ours: Client, theirs: Client) -> dict[str, Any]:
    def page(client: Client, address: str, sign: str) -> Path:
        def read(_: int) -> None:
            answer = client.get(address)
            assert answer.status_code == 200
            assert answer.content.decode().count(sign) == 25, answer.content.decode().count(sign)

        return read

    paths = {
        "ours": page(ours, "/inbox/", '<a class="row" id="row-'),
        STOCK: page(theirs, "/peer/review/queue/", "<tr data-row-id"),
        TUNED: page(theirs, "/peer/review/tuned/", "<tr data-row-id"),
    }
    result = report("The whole queue page, 25 rows (wanted: ours 1/50 of their stock page)", alternate(paths))
    sizes = {
        "ours": len(ours.get("/inbox/").content),
        STOCK: len(theirs.get("/peer/review/queue/").content),
        TUNED: len(theirs.get("/peer/review/tuned/").content),
    }
    print("  " + ", ".join(f"{name}: {size / 1000:,.0f} kB of HTML" for name, size in sizes.items()))
    return {**result, "html_bytes": sizes}


# One approval


def _open_ones(like: Suggestion) -> Iterator[Suggestion]:
    return iter(Suggestion.objects.queued().exclude(pk=like.pk).order_by("effective_due_at", "pk")[:1_000])


def _open_tasks() -> Iterator[Any]:
    return iter(rows.open_tasks(1_000))


def _execute(suggestion: Suggestion) -> None:
    key = Execution.objects.values_list("pk", flat=True).get(suggestion=suggestion)
    done = executions.run(execution_id=key, at=timezone.now())
    assert done is not None
    assert done.status == Execution.Status.SUCCEEDED, done.note


def _their_service(user: User) -> Callable[[Any], None]:
    def decide(task: Any) -> None:
        with transaction.atomic(), task.activation() as activation:
            activation.assign(user)
            activation.start(None)
            activation.execute()

    return decide


def _their_press(client: Client, *, follow: bool = False) -> Callable[[Any], None]:
    """Both presses that their stock pages ask for: take the task, complete it."""

    def decide(task: Any) -> None:
        taken = client.post(task.reverse("assign"))
        assert taken.status_code == 302, taken.status_code
        done = client.post(task.reverse("execute"), follow=follow)
        assert done.status_code == (200 if follow else 302), done.status_code

    return decide


def _by_service(user: User, peer: User, mine: Iterator[Suggestion], other: Iterator[Any]) -> dict[str, Any]:
    def decide(suggestion: Suggestion, digest: str) -> None:
        at = timezone.now()
        decisions.approve(
            suggestion_id=suggestion.pk,
            seen_digest=digest,
            reviewer=user,
            at=at,
            shown_at=at - timedelta(seconds=30),
        )
        _execute(suggestion)

    return _in_turn(
        "Approve one and apply it, in services alone",
        lambda: (one := next(mine), gate.digest_of(one, at=timezone.now())),
        lambda one: decide(*one),
        other,
        _their_service(peer),
    )


def _by_press(
    ours: Client, theirs: Client, mine: Iterator[Suggestion], other: Iterator[Any]
) -> dict[str, Any]:
    def decide(suggestion: Suggestion, shown: str) -> None:
        pressed = ours.post(f"/suggestions/{suggestion.pk}/approve", {"shown": shown})
        assert pressed.status_code == 302
        _execute(suggestion)

    return _in_turn(
        "Approve one and apply it, over HTTP",
        lambda: (one := next(mine), _shown(ours, one)),
        lambda one: decide(*one),
        other,
        _their_press(theirs),
    )


def _to_the_next(
    ours: Client, theirs: Client, mine: Iterator[Suggestion], other: Iterator[Any]
) -> dict[str, Any]:
    """The same, until the person sees what to do next: ours shows the next item, theirs goes back to the queue."""

    def decide(suggestion: Suggestion, shown: str) -> None:
        page = ours.post(f"/suggestions/{suggestion.pk}/approve", {"shown": shown}, follow=True)
        assert page.status_code == 200
        _execute(suggestion)

    theirs.get("/peer/review/queue/")
    return _in_turn(
        "Approve one, apply it and see what comes next",
        lambda: (one := next(mine), _shown(ours, one)),
        lambda one: decide(*one),
        other,
        _their_press(theirs, follow=True),
        times=FOLLOWED,
    )


def _in_turn(
    title: str,
    prepare: Callable[[], Any],
    ours: Callable[[Any], None],
    other: Iterator[Any],
    theirs: Callable[[Any], None],
    *,
    times: int = APPROVED,
) -> dict[str, Any]:
    """One of ours, one of theirs, and so on; what is laid out before (the page somebody looked at) is not timed."""
    seconds: dict[str, list[float]] = {"ours": [], "viewflow": []}
    for number in range(WARM + times):
        one, another = prepare(), next(other)
        gc.collect()
        taken = {"ours": _taken(ours, one), "viewflow": _taken(theirs, another)}
        _applied(one[0], another)
        if number >= WARM:
            for name, each in taken.items():
                seconds[name].append(each)
    result = report(f"{title} (wanted: 3 × its rate)", seconds)
    result["rate"] = round(1 / result["ours_over"]["viewflow"], 2)
    print(f"  ours has {result['rate']} × its rate, ledger included, over {times} of each in turn")
    return result


def _taken(decide: Callable[[Any], None], what: Any) -> float:
    start = time.perf_counter()
    decide(what)
    return time.perf_counter() - start


def _applied(suggestion: Suggestion, task: Any) -> None:
    """Both sides did what was timed, ours with its line on the ledger."""
    assert suggestion.record_id is not None
    assert Account.objects.get(pk=suggestion.record_id).employees == waiting.PROPOSED
    assert FieldChange.objects.filter(record_id=suggestion.record_id, new=waiting.PROPOSED).count() == 1
    task.refresh_from_db()
    assert task.status == "DONE"
    assert PeerAccount.objects.get(pk=task.coerced_process.account).employees == waiting.PROPOSED


def _shown(client: Client, suggestion: Suggestion) -> str:
    page = client.get(f"/suggestions/{suggestion.pk}/").content.decode()
    found = re.search(r'name="shown" value="([^"]+)"', page)
    assert found is not None
    return found[1]
