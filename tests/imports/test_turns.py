"""Imports of one source take turns, whole ones and single files; of two sources they do not wait."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone

from crmgov.records.models import (
    Account,
    ChangeSet,
    ExternalId,
    FieldChange,
    Import,
    ImportRun,
    RecordEvent,
    Source,
)
from crmgov.records.services import import_checks, import_runs, import_taking_up
from crmgov.records.services.import_turns import turn
from crmgov.records.services.signals import check_asked, import_confirmed
from tests.architecture.sources import CHECKOUT
from tests.imports.bundles import confirmed, counted, done, open_import, run_of
from tests.imports.files import an_admin, take, write
from tests.world import NOW

pytestmark = pytest.mark.django_db(transaction=True)
ACCOUNTS = {"accounts": "id,name\n" + "".join(f"{n},Account {n}\n" for n in range(30))}


@contextmanager
def somebody_at(name: str) -> Iterator[None]:
    """Another connection holds the source's turn."""
    ready, over = Event(), Event()

    def work() -> None:
        try:
            with turn(Source.objects.get(name=name)) as ours:
                assert ours
                ready.set()
                over.wait(20)
        finally:
            connection.close()

    thread = Thread(target=work)
    thread.start()
    assert ready.wait(20)
    yield
    over.set()
    thread.join()


def test_a_whole_import_waits_for_another_one_of_its_source() -> None:
    parent = confirmed(open_import(ACCOUNTS))

    with somebody_at("crm"):
        assert not import_runs.go_on(import_id=parent.pk, at=NOW)
        assert not Account.objects.exists()

    assert import_runs.go_on(import_id=parent.pk, at=NOW)
    assert Account.objects.count() == 30


def test_a_preview_waits_too_and_keeps_its_place() -> None:
    parent = open_import(ACCOUNTS)
    import_checks.ask_check(import_id=parent.pk, user=an_admin(), at=NOW)

    with somebody_at("crm"):
        assert not import_checks.check(import_id=parent.pk, at=NOW)

    parent.refresh_from_db()
    assert parent.status == Import.Status.CHECKING
    assert import_checks.check(import_id=parent.pk, at=NOW)


def test_a_single_file_waits_for_the_whole_import_to_end(tmp_path: Path) -> None:
    an_admin()
    take(write(tmp_path / "b.csv", ["name", "small"]), "segments", source="crm")
    path, over = write(tmp_path / "a.csv", ["id,name", "1,Halden"]), Event()

    def work() -> None:
        try:
            take(path, "accounts", source="crm")
            over.set()
        finally:
            connection.close()

    with somebody_at("crm"):
        thread = Thread(target=work)
        thread.start()
        assert not over.wait(1.0)
        take(path, "accounts", source="another")
    thread.join()

    assert over.is_set()
    assert Account.objects.count() == 2


def test_two_workers_at_one_import_write_each_row_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_runs, "CHUNK", 2)
    parent = confirmed(open_import(ACCOUNTS))
    outcomes: list[bool] = []

    def work() -> None:
        try:
            outcomes.append(import_runs.go_on(import_id=parent.pk, at=NOW))
        finally:
            connection.close()

    threads = [Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert outcomes.count(True) == 1
    assert Account.objects.count() == ExternalId.objects.count() == 30
    assert counted(run_of(parent, "accounts").counts) == (30, 0, 0, 0)


def test_an_edit_of_a_record_the_preview_only_reads_does_not_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Rows found as they are let go of their locks after their chunk, though the preview goes on."""
    done(open_import(ACCOUNTS))
    parent = open_import(ACCOUNTS)
    free: list[int] = []
    import_checks.ask_check(import_id=parent.pk, user=an_admin(), at=NOW)
    look = import_checks._look

    def looking(*args: Any) -> None:
        look(*args)
        thread = Thread(target=lock_all)
        thread.start()
        thread.join()

    def lock_all() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT count(*) FROM (SELECT 1 FROM records_account FOR UPDATE SKIP LOCKED) AS free"
                )
                free.append(cursor.fetchone()[0])
        finally:
            connection.close()

    monkeypatch.setattr(import_checks, "_look", looking)
    assert import_checks.check(import_id=parent.pk, at=NOW)

    assert free == [30] * len(free)
    assert free


def test_what_nobody_works_at_is_rung_for_again() -> None:
    rung: list[object] = []

    def heard(*, import_id: object, **_: object) -> None:
        rung.append(import_id)

    for signal_ in (check_asked, import_confirmed):
        signal_.connect(heard)
    running, checking = confirmed(open_import(ACCOUNTS)), open_import(ACCOUNTS, source="other")
    import_checks.ask_check(import_id=checking.pk, user=an_admin(), at=NOW)
    rung.clear()

    at = timezone.now()
    Import.objects.update(beat_at=at)
    assert import_taking_up.ring_again(at=at) == 0
    Import.objects.update(beat_at=None)
    assert import_taking_up.ring_again(at=at) == 2

    assert set(rung) == {running.pk, checking.pk}


# The process of its own must write into this test's database.
IN_THE_TEST_DATABASE = """
import os
from django.conf import settings
for one in settings.DATABASES.values():
    one["NAME"] = os.environ["TEST_DATABASE"]
"""


# In its third chunk it stands still, with the rows written and nothing committed.
KILLED = """
import os, time, django
django.setup()
from uuid import UUID
from django.utils import timezone
from crmgov.records.services import import_runs
move, chunks = import_runs._move, []
def moving(work, **columns):
    move(work, **columns)
    chunks.extend(columns)
    if len(chunks) == 3:
        print("in the middle", flush=True)
        time.sleep(600)
import_runs.CHUNK, import_runs._move = 50, moving
import_runs.go_on(import_id=UUID(os.environ["IMPORT"]), at=timezone.now())
"""


def test_a_process_killed_in_the_middle_lets_go_of_the_source_and_another_finishes() -> None:
    rows = "".join(f"{n},Account {n}\n" for n in range(800))
    parent = confirmed(open_import({"accounts": "id,name\n" + rows}))
    settings = connections["default"].settings_dict
    process = subprocess.Popen(
        [sys.executable, "-c", IN_THE_TEST_DATABASE + KILLED],
        cwd=CHECKOUT,
        env={**os.environ, "IMPORT": str(parent.pk), "TEST_DATABASE": str(settings["NAME"])},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert "in the middle\n" in iter(process.stdout.readline, ""), "it ended before it could be killed"
    assert not import_runs.go_on(import_id=parent.pk, at=timezone.now()), "it has the turn"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert Import.objects.get(pk=parent.pk).rows_done == 100

    deadline = time.monotonic() + 60
    while not import_runs.go_on(import_id=parent.pk, at=timezone.now()):
        assert time.monotonic() < deadline
        time.sleep(0.1)

    run = ImportRun.objects.get(parent=parent)
    assert counted(run.counts) == (800, 0, 0, 0)
    assert Account.objects.count() == ExternalId.objects.count() == 800
    ledger = FieldChange.objects.filter(
        change_set__in=ChangeSet.objects.filter(import_run_id=run.pk), field="name"
    )
    assert ledger.count() == ledger.values("record_id").distinct().count() == 800
    assert RecordEvent.objects.filter(kind="created").count() == 800
