"""A whole import put back: one outcome per record, later work untouched."""

from __future__ import annotations

from pathlib import Path

import pytest

from crmgov.kernel.actors import Actor, ActorType
from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound
from crmgov.people.models import Role
from crmgov.records.models import Account, ChangeSet, FieldChange, ImportRun
from crmgov.records.services import imports
from crmgov.records.services.import_reverts import NotRevertible, Outcome
from crmgov.records.services.imports import Imported
from tests.imports.files import an_admin, four, take, write
from tests.world import NOW, a_user, change

pytestmark = pytest.mark.django_db
PERSON = Actor(ActorType.HUMAN, "9", "Mira Reviewer")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "accounts.csv"


def revert(imported: Imported) -> dict[str, Outcome]:
    assert imported.run is not None
    outcomes = imports.revert(run_id=imported.run.pk, user=an_admin(), reason="wrong file", at=NOW)
    return {one.label: one for one in outcomes}


def test_what_the_import_changed_goes_back_and_what_it_made_is_archived(path: Path) -> None:
    take(write(path, ["id,name,region", "1,Halden,Oslo", "2,Borg,Oslo"]), "accounts")
    second = take(
        write(path, ["id,name,region,parent", "1,Halden,Bergen,New", "2,Borg,Oslo,", "3,New,Turku,Borg"]),
        "accounts",
    )

    outcomes = revert(second)

    assert {label: one.result for label, one in outcomes.items()} == {"Halden": "reverted", "New": "archived"}
    halden, new = Account.objects.get(name="Halden"), Account.objects.get(name="New")
    assert (halden.region, halden.parent) == ("Oslo", None)
    assert new.archived_at == NOW
    assert second.run is not None
    run = ImportRun.objects.get(pk=second.run.pk)
    assert (run.status, run.counts["revert"]) == ("reverted", {"reverted": 1, "archived": 1})
    reverting = ChangeSet.objects.filter(authority="revert")
    originals = set(ChangeSet.objects.filter(import_run_id=run.pk).values_list("pk", flat=True))
    assert set(reverting.values_list("reverses", flat=True)) == originals
    assert {one.reason for one in reverting} == {"wrong file"}


def test_a_later_change_stays_and_the_three_values_are_said(path: Path) -> None:
    take(write(path, ["id,name,region,industry", "1,Halden,Oslo,ships", "2,Borg,Oslo,food"]), "accounts")
    second = take(
        write(path, ["id,name,region,industry", "1,Halden,Bergen,boats", "2,Borg,Bergen,food"]), "accounts"
    )
    halden, borg = Account.objects.get(name="Halden"), Account.objects.get(name="Borg")
    change("account", halden.pk, region="Turku", actor=PERSON)
    change("account", borg.pk, region="Espoo", actor=PERSON)

    outcomes = revert(second)

    assert (outcomes["Halden"].result, outcomes["Borg"].result) == ("partly", "overtaken")
    assert outcomes["Borg"].say == "Region was “Oslo”, the import wrote “Bergen”, and now it is “Espoo”."
    halden.refresh_from_db()
    assert (halden.region, halden.industry) == ("Turku", "ships")


def test_a_record_somebody_worked_on_is_not_archived(path: Path) -> None:
    first = take(write(path, ["id,name", "1,Halden", "2,Borg"]), "accounts")
    change("account", Account.objects.get(name="Halden").pk, region="Turku", actor=PERSON)

    outcomes = revert(first)

    assert {label: one.result for label, one in outcomes.items()} == {
        "Halden": "overtaken",
        "Borg": "archived",
    }
    assert Account.objects.get(name="Halden").archived_at is None


def test_a_rolled_back_value_does_not_come_back_by_itself(path: Path) -> None:
    take(write(path, ["id,name,region", "1,Halden,Oslo"]), "accounts")
    write(path, ["id,name,region", "1,Halden,Bergen"])
    revert(take(path, "accounts"))

    again = take(path, "accounts")

    assert (four(again), Account.objects.get().region) == ((0, 0, 1, 0), "Oslo")


def test_only_once_only_by_an_admin_with_a_reason_and_only_where_there_is_a_ledger(path: Path) -> None:
    first = take(write(path, ["id,name", "1,Halden"]), "accounts")
    teams = take(write(path, ["name", "North"]), "teams")
    assert first.run is not None
    assert teams.run is not None

    with pytest.raises(NotAllowed):
        imports.revert(run_id=first.run.pk, user=a_user("Mira", Role.REVIEWER), reason="x", at=NOW)
    with pytest.raises(Invalid, match="Say why"):
        imports.revert(run_id=first.run.pk, user=an_admin(), reason=" ", at=NOW)
    with pytest.raises(NotRevertible, match="teams has no ledger"):
        imports.revert(run_id=teams.run.pk, user=an_admin(), reason="x", at=NOW)
    with pytest.raises(NotFound):
        imports.revert(run_id=Account.objects.get().pk, user=an_admin(), reason="x", at=NOW)
    revert(first)
    with pytest.raises(NotRevertible, match="is reverted"):
        revert(first)
    assert FieldChange.objects.filter(field="archived_at").count() == 1
