"""A whole import whose worker dies: at every border of a chunk and in the middle of one, each row is written once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from django.db import OperationalError, transaction

from crmgov.records.models import (
    Account,
    Activity,
    BuyingRole,
    Contact,
    ExternalId,
    FieldChange,
    Import,
    ImportRefusal,
    ImportRun,
    RecordEvent,
)
from crmgov.records.services import import_checks, import_runs
from crmgov.records.services.import_passes import FirstPass, SecondPass
from crmgov.records.services.signals import import_confirmed
from tests.imports.bundles import confirmed, counted, open_import
from tests.imports.files import an_admin
from tests.world import NOW

pytestmark = pytest.mark.django_db
# In chunks of three: a repeat of an earlier chunk (9), one with other values (10), a repeat of a refused row (12),
# parents that come later (2, 5), one that does not exist (8), a row without a name (7).
ACCOUNTS = """id,name,region,parent
1,Halden,Oslo,Turku
2,Borg,Oslo,
3,New,Oslo,Halden
4,Turku,Oslo,Turku
5,Bergen,,Skien
6,,Oslo,
7,Molde,Oslo,Nowhere
1,Halden,Oslo,Turku
2,Borg,Bergen,
8,Skien,Oslo,Borg
4,Turku,Oslo,Turku
9,Alta,Oslo,
"""
CONTACTS = "id,last name,account\na,Lind,Halden\nb,Berg,Skien\nc,Moe,Nowhere\na,Lind,Halden\n"
DEALS = "id,name,account\nx,Fleet,Halden\ny,Dock,Borg\n"
# The same person in the same deal under another id, a chunk later.
ROLES = "id,role,opportunity,contact\n1,user,Fleet,a\n2,user,Dock,b\n3,user,Dock,a\n4,legal,Fleet,a\n5,user,Fleet,b\n"
CALLS = "id,kind,subject,contact,occurred at\n1,call,A,a,2026-01-02\n2,call,B,b,2026-01-03\n1,call,C,a,2026-01-02\n"
FILES = {
    "accounts": ACCOUNTS,
    "contacts": CONTACTS,
    "opportunities": DEALS,
    "buying_roles": ROLES,
    "activities": CALLS,
}
# Accounts twice, for their parents.
CHUNKS = 4 + 4 + 2 + 1 + 2 + 1
UNDISTURBED: dict[str, Any] = {}


class Died(BaseException):
    """Nobody catches it, like a kill."""


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_runs, "CHUNK", 3)


def state(parent: Import) -> dict[str, Any]:
    """Everything an import leaves behind, without ids."""
    runs = ImportRun.objects.filter(parent=parent).order_by("position")
    return {
        "counts": [(run.object, run.status, run.counts) for run in runs],
        "remarks": sorted(
            ImportRefusal.objects.filter(run__in=runs).values_list(
                "run__object", "line", "reason", "row_taken"
            )
        ),
        "links": sorted(ExternalId.objects.values_list("kind", "value")),
        "ledger": sorted(FieldChange.objects.values_list("record_label", "field", "new_label"), key=str),
        "events": RecordEvent.objects.count(),
        "parents": sorted(Account.objects.values_list("name", "parent__name"), key=str),
        "records": [model.objects.count() for model in (Account, Contact, BuyingRole, Activity)],
        "rows": (Import.objects.get(pk=parent.pk).rows_done, Import.objects.get(pk=parent.pk).rows_total),
    }


@pytest.fixture
def whole() -> dict[str, Any]:
    """What an import leaves behind that nobody disturbs."""
    if not UNDISTURBED:
        before = transaction.savepoint()
        parent = confirmed(open_import(FILES))
        assert import_runs.go_on(import_id=parent.pk, at=NOW)
        UNDISTURBED.update(state(parent))
        transaction.savepoint_rollback(before)
    return UNDISTURBED


@contextmanager
def dying(monkeypatch: pytest.MonkeyPatch, *, at_chunk: int, when: str) -> Iterator[None]:
    """Let the worker die at its so-manieth chunk: before its commit, or just after."""
    seen = 0
    chunk: Callable[..., None] = import_runs._chunk

    def die_after(*args: Any) -> None:
        nonlocal seen
        chunk(*args)
        seen += 1
        if seen == at_chunk:
            raise Died

    def die_inside(take: Callable[..., Any]) -> Callable[..., Any]:
        def taking(self: Any, rows: Any) -> Any:
            nonlocal seen
            taken = take(self, rows)
            seen += 1
            if seen == at_chunk:
                raise Died
            return taken

        return taking

    with monkeypatch.context() as patch:
        if when == "after":
            patch.setattr(import_runs, "_chunk", die_after)
        else:
            patch.setattr(FirstPass, "take", die_inside(FirstPass.take))
            patch.setattr(SecondPass, "take", die_inside(SecondPass.take))
        with pytest.raises(Died):
            yield


def test_undisturbed_it_counts_what_stands_in_the_files(whole: dict[str, Any]) -> None:
    counts = {name: counts for name, _, counts in whole["counts"]}

    assert counted(counts["accounts"]) == (8, 0, 2, 2)
    assert counts["accounts"]["refused"] == {"no_name": 1, "repeated_external_id": 1}
    assert counts["accounts"]["reported"] == {"unknown_parent": 1, "refers_to_itself": 1}
    assert counted(counts["buying_roles"]) == (4, 0, 0, 1)
    assert counts["buying_roles"]["refused"] == {"repeated_key": 1}
    assert counts["activities"]["refused"] == {"repeated_external_id": 1}
    assert ("Halden", "Turku") in whole["parents"]
    assert whole["rows"] == (26, 26)


@pytest.mark.parametrize("when", ["inside", "after"])
def test_killed_at_any_chunk_it_ends_as_if_nothing_had_been(
    monkeypatch: pytest.MonkeyPatch, when: str, whole: dict[str, Any]
) -> None:
    parent = confirmed(open_import(FILES))
    for at_chunk in range(1, CHUNKS + 1):
        before = transaction.savepoint()
        with dying(monkeypatch, at_chunk=at_chunk, when=when):
            import_runs.go_on(import_id=parent.pk, at=NOW)
        assert Import.objects.get(pk=parent.pk).status == Import.Status.RUNNING

        assert import_runs.go_on(import_id=parent.pk, at=NOW)

        assert (at_chunk, state(parent)) == (at_chunk, whole)
        transaction.savepoint_rollback(before)


def test_killed_after_every_chunk_it_ends_all_the_same(
    monkeypatch: pytest.MonkeyPatch, whole: dict[str, Any]
) -> None:
    parent = confirmed(open_import(FILES))
    for _ in range(CHUNKS):
        with dying(monkeypatch, at_chunk=1, when="after"):
            import_runs.go_on(import_id=parent.pk, at=NOW)

    assert import_runs.go_on(import_id=parent.pk, at=NOW)

    assert state(parent) == whole


def test_out_of_time_it_rings_for_the_next_worker(
    monkeypatch: pytest.MonkeyPatch, whole: dict[str, Any]
) -> None:
    parent = confirmed(open_import(FILES))
    monkeypatch.setattr(import_runs, "SECONDS_AT_A_TIME", -1.0)
    rung: list[UUID] = []
    signal_to(rung)

    assert not import_runs.go_on(import_id=parent.pk, at=NOW)

    assert rung == [parent.pk]
    monkeypatch.undo()
    monkeypatch.setattr(import_runs, "CHUNK", 3)
    assert import_runs.go_on_all(at=NOW) == 1
    assert state(parent) == whole


def test_reading_again_longer_than_a_worker_may_take_it_still_ends(
    monkeypatch: pytest.MonkeyPatch, whole: dict[str, Any]
) -> None:
    """The time is up before the first new row each time: every worker writes a chunk all the same."""
    parent = confirmed(open_import(FILES))
    monkeypatch.setattr(import_runs, "SECONDS_AT_A_TIME", -1.0)

    workers = next(n for n in range(1, CHUNKS + 2) if import_runs.go_on(import_id=parent.pk, at=NOW))

    assert workers == CHUNKS
    assert state(parent) == whole


def test_reading_again_takes_nothing_of_the_time_to_write(
    monkeypatch: pytest.MonkeyPatch, whole: dict[str, Any]
) -> None:
    parent = confirmed(open_import(FILES))
    with dying(monkeypatch, at_chunk=3, when="after"):
        import_runs.go_on(import_id=parent.pk, at=NOW)
    replay, seconds = FirstPass.replay, [0.0]

    def slowly(self: Any, rows: Any) -> None:
        seconds[0] += 1000.0
        replay(self, rows)

    monkeypatch.setattr(FirstPass, "replay", slowly)
    monkeypatch.setattr(import_runs, "monotonic", lambda: seconds[0])

    assert import_runs.go_on(import_id=parent.pk, at=NOW)

    assert seconds[0] == 3000.0
    assert state(parent) == whole


def test_a_chunk_that_somebody_else_wrote_is_not_written_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two workers that both believe to be alone: the second finds the chunk done."""
    parent = confirmed(open_import({"accounts": ACCOUNTS}))
    chunk = import_runs._chunk

    def other_was_quicker(work: Any, run: ImportRun, *rest: Any) -> None:
        ImportRun.objects.filter(pk=run.pk).update(rows_done=run.rows_done + 3)
        chunk(work, run, *rest)

    monkeypatch.setattr(import_runs, "_chunk", other_was_quicker)

    assert not import_runs.go_on(import_id=parent.pk, at=NOW)

    assert not Account.objects.exists()
    assert Import.objects.get(pk=parent.pk).status == Import.Status.RUNNING


def test_what_cannot_be_read_any_more_stops_it_and_may_be_tried_again(
    monkeypatch: pytest.MonkeyPatch, whole: dict[str, Any]
) -> None:
    parent = confirmed(open_import(FILES))
    with monkeypatch.context() as patch:
        patch.setattr(import_runs, "steps_of", lambda parent, bundle: [])
        assert not import_runs.go_on(import_id=parent.pk, at=NOW)
    parent.refresh_from_db()
    assert (parent.status, "read differently" in parent.problem) == (Import.Status.FAILED, True)

    import_runs.try_again(import_id=parent.pk, user=an_admin(), at=NOW)

    assert import_runs.go_on(import_id=parent.pk, at=NOW)
    assert state(parent) == whole


@pytest.mark.parametrize("state", ["53100", "54000", None, "40001", "55P03"])
def test_only_what_passes_by_itself_is_tried_again_by_itself(
    monkeypatch: pytest.MonkeyPatch, state: str | None
) -> None:
    """Django says OperationalError for a full disk as for a lost connection."""
    checking = open_import({"accounts": ACCOUNTS})
    running = confirmed(open_import({"accounts": ACCOUNTS}, source="other"))
    import_checks.ask_check(import_id=checking.pk, user=an_admin(), at=NOW)

    def broken(*_: Any) -> None:
        error, cause = OperationalError("it broke"), Exception()
        cause.sqlstate = state  # type: ignore[attr-defined]
        raise error from cause

    monkeypatch.setattr(FirstPass, "take", broken)
    with pytest.raises(OperationalError):
        import_checks.check(import_id=checking.pk, at=NOW)
    with pytest.raises(OperationalError):
        import_runs.go_on(import_id=running.pk, at=NOW)

    checking.refresh_from_db()
    running.refresh_from_db()
    passes = state not in {"53100", "54000"}
    assert checking.status == (Import.Status.CHECKING if passes else Import.Status.OPEN)
    assert running.status == (Import.Status.RUNNING if passes else Import.Status.FAILED)
    assert ("it broke" in checking.problem, "it broke" in running.problem) == (not passes, not passes)


def signal_to(rung: list[UUID]) -> None:
    def heard(*, import_id: UUID, **_: Any) -> None:
        rung.append(import_id)

    import_confirmed.connect(heard, weak=False, dispatch_uid="test_resuming")
