"""Empty tables after a transactional test in a tenth of the time of Django's flush.

Flush truncates all tables, which makes new files for each of them and each of their indexes, and then lets every app
fill in what a migration leaves. Here rows are deleted, past all triggers as the superuser, and what migrations left
stays. A table that grew, or that a test analyzed, is truncated nevertheless: Postgres counts a table that was never
vacuumed as ten pages at least, so that below them the planner sees what it would see after a flush.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
from django.db import connections
from django.test import TransactionTestCase
from django.utils import timezone
from psycopg import sql

from approvals.services import policies
from crmgov.env.databases import dsn
from crmgov.env.folders import Folders
from crmgov.env.postgres import SUPERUSER

# The same rows in every test: nothing but a migration writes them.
AS_MIGRATED = ["django_migrations", "django_content_type", "auth_permission"]
SMALL_BYTES = 10 * 8192
TABLES = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> ALL(%s)"""
GREW = f"{TABLES} AND (pg_relation_size(oid) > {SMALL_BYTES} OR reltuples >= 0)"


def instead_of_flush(folders: Folders) -> Callable[[TransactionTestCase], None]:
    """What a transactional test does at its end, on one connection per run."""
    server: list[psycopg.Connection[Any]] = []

    def _fixture_teardown(case: TransactionTestCase) -> None:
        if not server:
            name = connections["owner"].settings_dict["NAME"]
            server.append(psycopg.connect(dsn(folders, SUPERUSER, name), autocommit=True))
        empty(server[0])

    return _fixture_teardown


def empty(server: psycopg.Connection[Any]) -> None:
    """No row of a test is left, and the first policy is there, as after a migration.

    Waits like TRUNCATE for whoever still writes.
    """
    tables = [sql.Identifier(name) for (name,) in server.execute(TABLES, [AS_MIGRATED])]
    grown = [sql.Identifier(name) for (name,) in server.execute(GREW, [AS_MIGRATED])]
    steps = [
        sql.SQL("SET LOCAL session_replication_role = replica"),
        sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(sql.SQL(", ").join(tables)),
        *(sql.SQL("DELETE FROM {}").format(table) for table in tables),
    ]
    if grown:
        steps.append(sql.SQL("TRUNCATE {} CASCADE").format(sql.SQL(", ").join(grown)))
    with server.transaction():
        server.execute(sql.SQL("; ").join(steps))
    policies.ensure_first(at=timezone.now(), using="owner")
