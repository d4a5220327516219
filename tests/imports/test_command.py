"""The command: what an operator types, reads and pipes on."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from crmgov.records.models import Account, Import, ImportRun
from crmgov.records.services import imports
from crmgov.records.services.import_reverts import TwoPeopleNeeded
from tests.imports.files import an_admin, write
from tests.world import NOW, a_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write(tmp_path / "accounts.csv", ["id,name,employees", "1,Halden,many", "2,,1"])


def command(*words: str) -> list[str]:
    out = StringIO()
    call_command("import_crm", *words, stdout=out)
    return out.getvalue().splitlines()


def test_the_last_line_is_one_json_object(path: Path) -> None:
    an_admin()

    lines = command("--source", "csv", str(path), "--object", "accounts", "--json")

    run = ImportRun.objects.get()
    assert json.loads(lines[-1]) == {
        "objects": {
            "accounts": {
                "read": 2,
                "new": 1,
                "changed": 0,
                "unchanged": 0,
                "refused": {"no_name": 1},
                "conflicts": 0,
                "reported": {"invalid_employees": 1},
                "readings": {},
                "columns_without_place": [],
            }
        },
        "run": str(run.pk),
    }


def test_the_person_reads_what_was_refused_and_why(path: Path) -> None:
    an_admin()

    lines = command(str(path), "--object", "accounts")

    assert lines[0] == "accounts from accounts.csv (source csv, confirmed by Ada Admin): 2 rows read"
    assert lines[1] == "  1 new, 0 changed, 0 unchanged, 1 refused; 0 conflicts"
    assert "    line 3, name: name is empty, and the account’s name may not be." in lines
    assert any("line 2, employees “many”: “many” is not a number" in line for line in lines)


def test_the_person_reads_what_is_stored_in_another_form(tmp_path: Path) -> None:
    an_admin()
    rows = [f"{number},Name {number},https://www.name{number}.com/" for number in range(5)]

    lines = command(str(write(tmp_path / "a.csv", ["id,name,domain", *rows])), "--object", "accounts")

    place = lines.index("  stored in another form: 5 × normalized_domain")
    assert "https://www.name0.com/” is stored as “name0.com”. It is kept in extra.domain." in lines[place + 1]
    assert lines[place + 4] == "    … and 2 more, like these"


def test_a_dry_run_says_so_and_a_revert_counts(path: Path) -> None:
    an_admin()

    assert command(str(path), "--object", "accounts", "--dry-run")[-1] == "  A dry run: nothing was kept."
    assert Account.objects.count() == 0
    command(str(path), "--object", "accounts")
    run = ImportRun.objects.get()
    assert command("--revert", str(run.pk), "--reason", "wrong file")[-1] == "1 archived"


def test_a_large_single_file_goes_back_with_a_second_admin(tmp_path: Path) -> None:
    an_admin()
    rows = [f"{number},Name {number}" for number in range(101)]
    command(str(write(tmp_path / "a.csv", ["id,name", *rows])), "--object", "accounts")
    run = ImportRun.objects.get()
    back = ("--revert", str(run.pk), "--reason", "wrong file")
    with pytest.raises(TwoPeopleNeeded):
        imports.revert(run_id=run.pk, user=an_admin(), reason="wrong file", at=NOW)
    assert command(*back, "--dry-run")[0].startswith("101 records would be archived")
    assert Account.objects.filter(archived_at=None).count() == 101
    second = a_user("Bo Admin", "admin").email

    assert "another admin confirms it" in command(*back, "--as", an_admin().email)[-1]
    with pytest.raises(CommandError, match="another admin confirms it"):
        command(*back, "--as", an_admin().email)

    assert Account.objects.filter(archived_at=None).count() == 101
    assert command(*back, "--as", second)[-1] == "101 archived, 0 put back, 0 stayed"
    assert Account.objects.filter(archived_at=None).count() == 0
    whole = Import.objects.get()
    assert (whole.pk, whole.status, whole.rows_done) == (run.pk, "reverted", 101)
    page = Client()
    page.force_login(an_admin())
    for address in ("/imports/", f"/imports/{run.pk}/"):
        assert "a.csv" in page.get(address).content.decode()


def test_a_dry_run_of_a_revert_puts_nothing_back(path: Path) -> None:
    an_admin()
    command(str(path), "--object", "accounts")

    lines = command("--revert", str(ImportRun.objects.get().pk), "--dry-run")

    assert lines == ["1 records would be archived, 0 get values back, 0 stay as they are"]
    assert Account.objects.get().archived_at is None


def test_who_confirms_must_be_clear(path: Path) -> None:
    with pytest.raises(CommandError, match="no active admin"):
        command(str(path), "--object", "accounts")
    an_admin()
    a_user("Bob Admin", "admin")
    with pytest.raises(CommandError, match="name the one who confirms"):
        command(str(path), "--object", "accounts")
    with pytest.raises(CommandError, match="only an active admin"):
        command(str(path), "--object", "accounts", "--as", a_user("Mira").email)
    with pytest.raises(CommandError, match="Nobody here has"):
        command(str(path), "--object", "accounts", "--as", "nobody@x.example")
    command(str(path), "--object", "accounts", "--as", "bob.admin@crmgov.example")
    assert ImportRun.objects.get().confirmed_by.name == "Bob Admin"


def test_what_cannot_be_done_is_a_sentence(path: Path, tmp_path: Path) -> None:
    an_admin()
    with pytest.raises(CommandError, match="Name the file"):
        command(str(path))
    with pytest.raises(CommandError, match="There is no file"):
        command(str(tmp_path / "none.csv"), "--object", "accounts")
    with pytest.raises(CommandError, match="There is no mapping file"):
        command(str(path), "--object", "accounts", "--mapping", str(tmp_path / "none.json"))
