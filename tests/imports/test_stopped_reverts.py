"""A revert that breaks in the middle: it stops and says why, and the rest can be proposed again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError

from crmgov.records.models import Import, ImportRevert
from crmgov.records.services import import_runs, import_taking_up, import_whole_reverts
from crmgov.records.services.import_reverts import put_back
from tests.imports.files import an_admin
from tests.imports.test_whole_reverts import imported, propose, values
from tests.world import NOW

pytestmark = pytest.mark.django_db


def breaking(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """The second change set cannot be put back."""
    seen = iter([None, error])

    def putting(*args: Any) -> Any:
        if raised := next(seen):
            raise raised
        return put_back(*args)

    monkeypatch.setattr(import_whole_reverts, "put_back", putting)


def test_what_cannot_be_put_back_stops_it_and_the_rest_is_proposed_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(import_runs, "CHUNK", 3)
    parent = imported()
    with monkeypatch.context() as patch:
        breaking(patch, of_postgres("53100", "could not extend file: No space left on device"))
        stopped = propose(parent)

    parent.refresh_from_db()
    assert (stopped.status, parent.status) == (ImportRevert.Status.FAILED, Import.Status.DONE)
    assert "No space left" in stopped.outcome["problem"]
    assert "done_to" in stopped.outcome
    assert import_taking_up.ring_again(at=NOW + timedelta(hours=1)) == 0
    plan = import_whole_reverts.plan(import_id=parent.pk, user=an_admin())
    assert plan.counts["archive"] + plan.counts["put_back"] > 0

    again = propose(parent)

    assert again.status == ImportRevert.Status.DONE
    assert again.outcome["counts"] == {"archived": 4, "put_back": 3, "stayed": 0}
    assert values("Halden") == ("Oslo", None, False)
    parent.refresh_from_db()
    assert parent.status == Import.Status.REVERTED


def test_an_import_that_had_stopped_is_a_stopped_one_again(monkeypatch: pytest.MonkeyPatch) -> None:
    parent = imported()
    Import.objects.filter(pk=parent.pk).update(status=Import.Status.FAILED, problem="It broke.")
    breaking(monkeypatch, RuntimeError("odd"))

    assert propose(parent).outcome["problem"] == "odd"

    parent.refresh_from_db()
    assert (parent.status, parent.problem) == (Import.Status.FAILED, "It broke.")


def test_trouble_of_the_database_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    parent = imported()
    with monkeypatch.context() as patch:
        breaking(patch, of_postgres("40P01", "deadlock detected"))
        with pytest.raises(OperationalError):
            propose(parent)
    found = ImportRevert.objects.get(parent=parent)
    assert found.status == ImportRevert.Status.RUNNING

    assert import_whole_reverts.go_on(revert_id=found.pk, at=NOW)


def of_postgres(state: str, say: str) -> OperationalError:
    """An error as Django passes it on."""
    error, cause = OperationalError(say), Exception(say)
    cause.sqlstate = state  # type: ignore[attr-defined]
    error.__cause__ = cause
    return error
