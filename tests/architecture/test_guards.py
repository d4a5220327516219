"""The database is the referee: its triggers and rights, read from its catalog, for every table that needs them."""

import pytest
from django.apps import apps
from django.db import connection

from crmgov.records.models.governed import Governed

# pg_trigger.tgtype: 2 before, 4 insert, 8 delete, 16 update, 32 truncate; without 1 it is per statement.
DOOR_BITS = 2 | 4 | 8 | 16 | 32
APPEND_ONLY_BITS = 2 | 8 | 16 | 32
APPEND_ONLY = [
    "records_changeset",
    "records_fieldchange",
    "records_earlierchange",
    "records_contactrules",
    "approvals_decision",
    "approvals_attempt",
    "approvals_gatereading",
    "approvals_note",
    "approvals_policyversion",
    "approvals_steward",
    "approvals_workflowcontract",
    "approvals_contestedchange",
    "approvals_queuemove",
    "approvals_cellevent",
    "approvals_templateversion",
    "approvals_message",
    "approvals_delivery",
    "approvals_settlement",
    "approvals_assignment",
    "approvals_letterdue",
    "approvals_workflowcost",
    "approvals_modelcall",
    "scoring_modelevent",
    "scoring_watchfinding",
    "scoring_textlabel",
    "scoring_textexample",
    "scoring_textmodel",
]
TRIGGER = """
    SELECT t.tgtype, t.tgenabled FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE t.tgrelid = %s::regclass AND p.proname = %s AND NOT t.tgisinternal
"""


def governed_tables() -> list[str]:
    return sorted(model._meta.db_table for model in apps.get_models() if issubclass(model, Governed))


def triggers(table: str, function: str) -> list[tuple[int, str]]:
    with connection.cursor() as cursor:
        cursor.execute(TRIGGER, [table, function])
        return [(bits, enabled) for bits, enabled in cursor.fetchall()]


def test_there_are_governed_models() -> None:
    assert "records_account" in governed_tables()


@pytest.mark.django_db
@pytest.mark.parametrize("table", governed_tables())
def test_a_governed_table_has_the_one_door(table: str) -> None:
    assert triggers(table, "crmgov_one_door") == [(DOOR_BITS, "O")]


@pytest.mark.django_db
@pytest.mark.parametrize("table", APPEND_ONLY)
def test_an_append_only_table_has_its_guard_and_no_rights_to_change_it(table: str) -> None:
    assert triggers(table, "crmgov_append_only") == [(APPEND_ONLY_BITS, "O")]
    rights = "SELECT has_table_privilege(%s, 'INSERT'), has_table_privilege(%s, 'UPDATE, DELETE, TRUNCATE')"
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("crmgov_app",)
        cursor.execute(rights, [table, table])
        assert cursor.fetchone() == (True, False)


@pytest.mark.django_db
def test_the_running_role_may_not_change_tables_or_migrations() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT has_schema_privilege('public', 'CREATE'), "
            "has_table_privilege('django_migrations', 'INSERT, UPDATE, DELETE')"
        )
        assert cursor.fetchone() == (False, False)
