"""Roles and databases of the embedded server, and the same two doors over DATABASE_URL.

crmgov_owner migrates, crmgov_app runs. The broker has a database of its own, owned by the app role, because
kombu runs CREATE TABLE for each queue it declares; so its tables stay out of backups and test flushes.
"""

from typing import Any

import dj_database_url
import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from crmgov.env.environment import Environment
from crmgov.env.folders import Folders, find
from crmgov.env.postgres import SUPERUSER, ensure_running

OWNER = "crmgov_owner"
APP = "crmgov_app"
NAME = "crmgov"
BROKER = "crmgov_broker"
POOL = {"min_size": 1, "max_size": 8, "timeout": 10}


def ensure(environment: Environment, *, options: tuple[str, ...] = ()) -> Folders | None:
    """Bring the embedded server, its roles and databases up; None with DATABASE_URL: nothing to do."""
    if not environment.embedded:
        return None
    folders = ensure_running(environment.home, options=options)
    with psycopg.connect(dsn(folders, SUPERUSER, "postgres"), autocommit=True) as server:
        # Advisory lock: pytest workers and `up` may arrive together.
        server.execute("SELECT pg_advisory_lock(4711)")
        _roles(server)
        _database(server, NAME, OWNER)
        _database(server, BROKER, APP)
        install_broker(dsn(folders, APP, BROKER))  # under the lock: two installations at once collide
    return folders


def dsn(folders: Folders, user: str, database: str) -> str:
    return f"host={folders.socket} port=5432 user={user} dbname={database}"


def _roles(server: psycopg.Connection[Any]) -> None:
    for role, rights in ((OWNER, sql.SQL("LOGIN CREATEDB")), (APP, sql.SQL("LOGIN"))):
        if not server.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
            server.execute(sql.SQL("CREATE ROLE {} {}").format(sql.Identifier(role), rights))


def _database(server: psycopg.Connection[Any], name: str, owner: str) -> None:
    if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
        server.execute(
            sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(owner))
        )


def install_broker(broker_dsn: str) -> None:
    """Install pgmq from its packaged SQL, once."""
    # Imported here: this module is on the path of every start, pgmq only matters on the first.
    with psycopg.connect(broker_dsn) as connection:
        if connection.execute("SELECT to_regclass('pgmq.meta')").fetchone() != (None,):
            return
        from pgmq.install import get_embedded_install_sql

        connection.execute(get_embedded_install_sql().encode())


def install_given_broker(environment: Environment) -> None:
    """With DATABASE_URL and no CELERY_BROKER_URL the queues live in that database, in the schema pgmq.

    The running role owns them, as kombu creates a table per queue; the migrating role lends it the right.
    """
    if not environment.broker_is_database:
        return
    with psycopg.connect(environment.database_url) as running:
        app = sql.Identifier(running.info.user)
        name = sql.Identifier(running.info.dbname)
        if running.execute("SELECT to_regclass('pgmq.meta')").fetchone() != (None,):
            return
    with psycopg.connect(environment.migration_database_url, autocommit=True) as owner:
        owner.execute(sql.SQL("GRANT CREATE ON DATABASE {} TO {}").format(name, app))
        try:
            install_broker(environment.database_url)
        finally:
            if environment.migration_database_url != environment.database_url:
                owner.execute(sql.SQL("REVOKE CREATE ON DATABASE {} FROM {}").format(name, app))


def drop(folders: Folders) -> None:
    """Remove the product's database with everything in it; `ensure` makes it again, empty."""
    with psycopg.connect(dsn(folders, SUPERUSER, "postgres"), autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(NAME)))


def django_databases(environment: Environment) -> dict[str, dict[str, Any]]:
    """`default` runs as the app role, `owner` migrates; tests mirror, so they truly run as the app role."""
    default, owner = _embedded(environment) if environment.embedded else _given(environment)
    default["TEST"] = {"MIRROR": "owner"}
    if environment.pool:
        default["OPTIONS"] = {**default.get("OPTIONS", {}), "pool": POOL}
    return {"default": default, "owner": owner}


def _embedded(environment: Environment) -> tuple[dict[str, Any], dict[str, Any]]:
    base = {"ENGINE": "django.db.backends.postgresql", "NAME": NAME, "PORT": "5432"}
    base["HOST"] = str(find(environment.home).socket)
    return {**base, "USER": APP}, {**base, "USER": OWNER}


def _given(environment: Environment) -> tuple[dict[str, Any], dict[str, Any]]:
    default = dj_database_url.parse(environment.database_url)
    owner = dj_database_url.parse(environment.migration_database_url)
    return {**default}, {**owner}


def broker_options(environment: Environment) -> dict[str, Any]:
    """Transport options of kombu's pgmq: it needs no superuser and no extension."""
    if environment.embedded:
        conn = dsn(find(environment.home), APP, BROKER)
    else:  # as words: pgmq takes an address apart without decoding it
        conn = make_conninfo(environment.database_url, application_name="crmgov broker")
    return {
        "conn_string": conn,
        "init_extension": False,
        "visibility_timeout": 900,  # above the longest task, or a long task runs twice
        "polling_interval": 0.2,
        "wait_time_seconds": 0,
        "pool_size": 4,
    }
