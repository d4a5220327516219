"""Test databases in a second instead of twenty: migrated once per change of the migrations, then copied.

A template database named after the migrations' fingerprint is made by the first run that needs it; every test
database, one per xdist worker, is a copy. Django still runs migrate on the copy, which finds nothing to do.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.core.management import call_command
from django.db import connections
from psycopg import sql

from crmgov.env.databases import OWNER, dsn
from crmgov.env.folders import Folders
from crmgov.env.postgres import SUPERUSER
from crmgov.env.schema import fingerprint

PREFIX = "test_template_"
LOCK = 4713


def template(folders: Folders) -> str:
    """The name of a migrated template database, made now if these migrations have none yet."""
    name = PREFIX + fingerprint()[:12]
    with _server(folders) as server:
        server.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        if not _is_finished(server, name):
            _drop(server, *_unfinished_or_old(server))
            _make(server, name)
    return name


@contextmanager
def _server(folders: Folders) -> Iterator["psycopg.Connection[Any]"]:
    with psycopg.connect(dsn(folders, SUPERUSER, "postgres"), autocommit=True) as server:
        yield server


def _is_finished(server: "psycopg.Connection[Any]", name: str) -> bool:
    # datistemplate is set last, so a run killed while migrating leaves nothing that looks ready.
    return bool(
        server.execute("SELECT 1 FROM pg_database WHERE datname = %s AND datistemplate", [name]).fetchone()
    )


def _unfinished_or_old(server: "psycopg.Connection[Any]") -> list[str]:
    rows = server.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [PREFIX])
    return [name for (name,) in rows]


def _drop(server: "psycopg.Connection[Any]", *names: str) -> None:
    for name in names:
        server.execute(sql.SQL("ALTER DATABASE {} IS_TEMPLATE false").format(sql.Identifier(name)))
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _make(server: "psycopg.Connection[Any]", name: str) -> None:
    new = sql.Identifier(name)
    server.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(new, sql.Identifier(OWNER)))
    owner = connections["owner"]
    usual, owner.settings_dict["NAME"] = owner.settings_dict["NAME"], name
    try:
        call_command("migrate", database="owner", verbosity=0, interactive=False)
    finally:
        owner.close()
        owner.settings_dict["NAME"] = usual
    server.execute(sql.SQL("ALTER DATABASE {} IS_TEMPLATE true").format(new))


def end_sessions(folders: Folders, name: str) -> None:
    """Threads of a test that kept a connection must not keep the database from being dropped."""
    question = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
    with _server(folders) as server:
        server.execute(question, [name])
