"""The seed folders of real warehouse tables, where they stand beside this checkout."""

from __future__ import annotations

import os
from pathlib import Path

from approvals.services import invariants
from crmgov.people.models import Role
from crmgov.records.models import Import, ImportRevert
from crmgov.records.services import import_whole_reverts
from tests.imports.files import an_admin
from tests.imports.whole import bring
from tests.world import NOW, a_user

DATA = Path(__file__).parents[3] / "shared" / "data"


def folder_of(source: str) -> Path:
    return DATA / f"{source}_seeds"


def missing(source: str) -> bool:
    """May a test be skipped for want of the data? Never with CI=true."""
    return not folder_of(source).is_dir() and os.environ.get("CI") != "true"


def bring_seeds(source: str) -> Import:
    return bring(sorted(folder_of(source).glob("*.csv")), source)


def put_back(whole: Import) -> ImportRevert:
    """Put the import back, with a second admin where it takes one."""
    found = import_whole_reverts.propose(import_id=whole.pk, user=an_admin(), reason="A test of ours", at=NOW)
    if found.status == ImportRevert.Status.PROPOSED:
        second = a_user("Bo Second", Role.ADMIN)
        import_whole_reverts.confirm(revert_id=found.pk, user=second, at=NOW)
        assert import_whole_reverts.go_on(revert_id=found.pk, at=NOW)
    found.refresh_from_db()
    assert found.status == ImportRevert.Status.DONE, found.outcome
    return found


def broken_invariants() -> list[str]:
    """Return what check_invariants finds broken."""
    found = invariants.check_all(at=NOW)
    return [f"{one.invariant}: {one.examples}" for one in found if one.violations]
