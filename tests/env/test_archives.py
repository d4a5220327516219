"""A backup holds everything, comes back whole with its guards, or not at all."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection, connections
from psycopg import sql

from crmgov.env import archives
from tests.world import a_team, an_account

pytestmark = pytest.mark.django_db(transaction=True)
COUNTED = "SELECT count(*) FROM {}"
GUARDS = "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2"


@pytest.fixture
def elsewhere() -> Iterator[dict[str, Any]]:
    """The settings of an empty database on the same server."""
    owner = connections["owner"]
    name = f"{owner.settings_dict['NAME']}_elsewhere"
    with owner.cursor() as cursor:
        cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    yield {**owner.settings_dict, "NAME": name}
    with owner.cursor() as cursor:
        cursor.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def ask(settings: dict[str, Any], question: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(archives.connection_string(settings)) as session:
        return session.execute(question.encode()).fetchall()


def contents(settings: dict[str, Any]) -> dict[str, int]:
    tables = ask(settings, "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    return {table: ask(settings, COUNTED.format(table))[0][0] for (table,) in tables}


def test_everything_comes_back_with_its_guards(tmp_path: Path, elsewhere: dict[str, Any]) -> None:
    an_account(team=a_team().pk, name="Backed up")
    here = connections["owner"].settings_dict

    size = archives.dump(here, tmp_path / "all.backup")
    archives.restore(elsewhere, tmp_path / "all.backup")

    assert size == (tmp_path / "all.backup").stat().st_size
    assert (tmp_path / "all.backup").stat().st_mode & 0o777 == 0o600
    assert contents(elsewhere) == contents(here)
    assert contents(elsewhere)["records_fieldchange"] > 0
    assert ask(elsewhere, GUARDS) == ask(here, GUARDS)
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="no change set"):
        ask(elsewhere, "UPDATE records_account SET name = 'x'")
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
        ask(elsewhere, "DELETE FROM records_fieldchange")


def test_a_broken_file_changes_nothing(tmp_path: Path, elsewhere: dict[str, Any]) -> None:
    file = tmp_path / "all.backup"
    archives.dump(connections["owner"].settings_dict, file)
    archives.restore(elsewhere, file)
    before = contents(elsewhere)
    file.write_bytes(file.read_bytes()[:-2000])

    with pytest.raises(archives.ArchiveRefused):
        archives.restore(elsewhere, file)

    assert contents(elsewhere) == before
    assert [path.name for path in tmp_path.iterdir()] == ["all.backup"]


def test_a_backup_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "all.backup").write_text("precious")

    with pytest.raises(archives.ArchiveRefused, match="exists already"):
        archives.dump(connections["owner"].settings_dict, tmp_path / "all.backup")

    assert (tmp_path / "all.backup").read_text() == "precious"


def test_the_password_is_not_on_the_command_line() -> None:
    settings = {**connection.settings_dict, "PASSWORD": "quite-secret"}

    assert "quite-secret" not in archives.connection_string(settings)
