"""While an import is checked, people go on: what it holds is said at once, and it can be discarded at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from time import monotonic
from typing import Any

import pytest
from django.db import connection

from crmgov.records.models import Account, Import, ImportFile, ImportRun
from crmgov.records.services import edits, import_checks, import_files, trouble
from crmgov.records.services.trouble import Busy
from tests.imports.bundles import done, open_import
from tests.imports.files import an_admin
from tests.world import NOW

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def checking(monkeypatch: pytest.MonkeyPatch, parent: Import) -> Iterator[None]:
    """A worker is in the middle of the preview, and ends it afterwards."""
    import_checks.ask_check(import_id=parent.pk, user=an_admin(), at=NOW)
    written, over, look = Event(), Event(), import_checks._look

    def looking(*args: Any) -> None:
        look(*args)
        written.set()
        assert over.wait(30)

    def work() -> None:
        try:
            import_checks.check(import_id=parent.pk, at=NOW)
        finally:
            connection.close()

    monkeypatch.setattr(import_checks, "_look", looking)
    thread = Thread(target=work)
    thread.start()
    try:
        assert written.wait(20)
        yield
    finally:
        over.set()
        thread.join()


def changing() -> Import:
    """An import that would move Halden."""
    done(open_import({"accounts": "id,name,region\n1,Halden,Oslo\n"}))
    return open_import({"accounts": "id,name,region\n1,Halden,Bergen\n"})


def move(where: str) -> None:
    edits.save(
        record_type="account",
        record_id=Account.objects.get().pk,
        seen={"region": "Oslo"},
        values={"region": where},
        user=an_admin(),
        reason="They moved.",
        at=NOW,
    )


def test_editing_what_the_preview_holds_is_answered_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trouble, "PATIENCE", "200ms")
    parent = changing()

    with checking(monkeypatch, parent):
        began = monotonic()
        with pytest.raises(Busy, match="Try again in a moment") as refused:
            move("Turku")
        # The preview is held for half a minute.
        assert (monotonic() - began < 15, refused.value.status) == (True, 503)

    move("Turku")
    assert Account.objects.get().region == "Turku"


def test_discarding_does_not_wait_and_the_worker_takes_the_files_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parent = changing()

    with checking(monkeypatch, parent):
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")
        try:
            import_files.discard(import_id=parent.pk, user=an_admin(), at=NOW)
        finally:
            with connection.cursor() as cursor:
                cursor.execute("RESET lock_timeout")

    parent.refresh_from_db()
    assert (parent.status, parent.problem) == (Import.Status.DISCARDED, f"Discarded by {an_admin()}.")
    assert not ImportFile.objects.filter(parent=parent).exists()
    assert not ImportRun.objects.filter(parent=parent).exists()


def test_discarded_before_a_worker_came_it_keeps_no_file_either() -> None:
    parent = changing()
    import_checks.ask_check(import_id=parent.pk, user=an_admin(), at=NOW)
    import_files.discard(import_id=parent.pk, user=an_admin(), at=NOW)

    assert not import_checks.check(import_id=parent.pk, at=NOW)

    assert not ImportFile.objects.filter(parent=parent).exists()
