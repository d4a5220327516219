"""import_crm over a folder, as an operator runs it."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from crmgov.people.models import Role
from crmgov.records.models import (
    Account,
    ChangeSet,
    Contact,
    ExternalId,
    Import,
    ImportFate,
    ImportFile,
    ImportRun,
    Source,
)
from crmgov.records.services import import_whole_reverts
from tests.imports.files import an_admin, write
from tests.world import a_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    an_admin()
    write(tmp_path / "accounts.csv", ["id,name", "1,Halden", "2,Borg", "3,"])
    write(tmp_path / "contacts.csv", ["id,last name,account", "a,Lind,1", "b,Berg,9"])
    write(tmp_path / "README.md", ["Not a table."])
    return tmp_path


def run(*arguments: object) -> tuple[list[str], dict[str, Any]]:
    """The lines it prints, and the JSON object of the last one."""
    said = StringIO()
    call_command("import_crm", *(str(one) for one in arguments), "--json", stdout=said)
    lines = said.getvalue().splitlines()
    return lines[:-1], json.loads(lines[-1])


def test_every_file_of_the_folder_is_imported_in_the_order_of_references(folder: Path) -> None:
    lines, found = run(folder, "--adapter", "csv", "--source", "crm")

    assert Contact.objects.get(last_name="Lind").account == Account.objects.get(name="Halden")
    assert found["objects"]["accounts"]["new"] == 2
    assert found["objects"]["accounts"]["refused"] == {"no_name": 1}
    assert found["files"]["contacts.csv"]["contacts"]["reported"] == {"unknown_account": 1}
    assert (
        "accounts.csv · accounts (accounts): 3 rows read, 2 new, 0 changed, 0 unchanged, 1 refused; 0 conflicts"
        in lines
    )
    assert Import.objects.get(pk=found["import"]).status == Import.Status.DONE

    _, again = run(folder, "--adapter", "csv", "--source", "crm")
    assert (again["objects"]["accounts"]["unchanged"], again["objects"]["contacts"]["unchanged"]) == (2, 2)


def test_a_dry_run_prints_the_same_counts_and_leaves_nothing(folder: Path) -> None:
    lines, dry = run(folder, "--adapter", "csv", "--source", "crm", "--dry-run")

    for model in (Account, Contact, ExternalId, ChangeSet, Import, ImportRun, ImportFile, ImportFate):
        assert not model._default_manager.exists(), model
    assert not Source.objects.filter(name="crm").exists()
    assert lines[-1] == "A dry run: nothing was kept."
    _, wet = run(folder, "--adapter", "csv", "--source", "crm")
    assert wet["objects"] == dry["objects"]


def test_files_that_cannot_be_imported_are_named_and_the_others_are_imported(folder: Path) -> None:
    (folder / "sheet.csv").write_bytes(b"PK\x03\x04 an Excel file")

    _, found = run(folder, "--adapter", "csv", "--source", "crm")

    assert "Excel" in found["left_out"]["sheet.csv"]
    assert Account.objects.count() == 2


def test_a_file_nobody_can_place_stops_it_and_nothing_is_kept(folder: Path) -> None:
    write(folder / "strange.csv", ["a,b", "1,2"])

    with pytest.raises(CommandError, match="Say what the rows of strange"):
        run(folder, "--adapter", "csv", "--source", "crm")

    assert not Import.objects.exists()
    assert not Account.objects.exists()


@pytest.mark.parametrize(
    ("more", "say"),
    [
        ((), "Say how the files are read"),
        (("--adapter", "csv", "--object", "accounts"), "go with one file"),
    ],
)
def test_what_does_not_go_with_a_folder_is_said(folder: Path, more: tuple[str, ...], say: str) -> None:
    with pytest.raises(CommandError, match=say):
        run(folder, *more)


def test_an_empty_folder_is_said(tmp_path: Path) -> None:
    an_admin()
    with pytest.raises(CommandError, match="no CSV file"):
        run(tmp_path, "--adapter", "csv")


class TestPuttingBack:
    def test_the_plan_alone_writes_nothing(self, folder: Path) -> None:
        _, made = run(folder, "--adapter", "csv", "--source", "crm")

        lines, found = run("--revert", made["import"], "--dry-run")

        assert found["plan"] == {"archive": 4, "put_back": 0, "stay": 0}
        assert lines[0] == "4 records would be archived, 0 get values back, 0 stay as they are"
        assert Account.objects.filter(archived_at=None).count() == 2

    def test_a_small_one_is_put_back_at_once(self, folder: Path) -> None:
        _, made = run(folder, "--adapter", "csv", "--source", "crm")

        _, found = run("--revert", made["import"], "--reason", "wrong folder")

        assert (found["status"], found["revert"]) == ("done", {"archived": 4, "put_back": 0, "stayed": 0})

    def test_a_large_one_takes_the_same_command_by_a_second_admin(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(import_whole_reverts, "FOUR_EYES_ABOVE", 3)
        other = a_user("Bo Admin", Role.ADMIN)
        me = an_admin().email
        _, made = run(folder, "--adapter", "csv", "--source", "crm", "--as", me)

        lines, found = run("--revert", made["import"], "--reason", "wrong folder", "--as", me)
        assert found["status"] == "proposed"
        assert "another admin confirms" in lines[-1]
        with pytest.raises(CommandError, match="another admin"):
            run("--revert", made["import"], "--as", me)

        _, found = run("--revert", made["import"], "--as", other.email)
        assert found["revert"] == {"archived": 4, "put_back": 0, "stayed": 0}
