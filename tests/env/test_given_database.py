"""With DATABASE_URL: no embedded server, no demo, queues in that database, and a link for the first admin."""

import subprocess
from collections.abc import Iterator

import psycopg
import pytest

from crmgov.env import folders, postgres
from crmgov.env.databases import dsn
from crmgov.env.postgres import SUPERUSER
from tests.architecture.sources import CHECKOUT
from tests.env.product import Product, until


@pytest.fixture(scope="module")
def given() -> Iterator[Product]:
    """Somebody's own Postgres, prepared as the handbook says, and crmgov over it."""
    product = Product()
    server = postgres.ensure_running(product.home / "theirs")
    variables = {"PGHOST": str(server.socket), "OWNER_PASSWORD": "it's one", "APP_PASSWORD": "two"}
    path = f"{server.binaries}:/usr/bin:/bin"
    subprocess.run(["sh", "script/roles.sh"], cwd=CHECKOUT, env={**variables, "PATH": path}, check=True)
    address = str(server.socket).replace("/", "%2F")
    product.variables = {
        "DATABASE_URL": f"postgres://crmgov_app:two@{address}/crmgov",
        "MIGRATION_DATABASE_URL": f"postgres://crmgov_owner:one@{address}/crmgov",
    }
    try:
        yield product.start()
    finally:
        product.interrupt()
        postgres.stop(server)
        product.remove()


def ask(product: Product, question: str) -> object:
    server = folders.find(product.home / "theirs")
    with psycopg.connect(dsn(server, SUPERUSER, "crmgov")) as connection:
        row = connection.execute(question.encode()).fetchone()
    return row[0] if row else None


def test_it_serves_from_the_given_database_with_a_beating_worker(given: Product) -> None:
    assert given.said("database: the one in DATABASE_URL")
    assert not (given.home / "pg").exists()
    until(lambda: given.status("/readyz") == 200, "a heartbeat through queues in the same database")


def test_there_is_no_demo_and_one_link_for_the_first_admin(given: Product) -> None:
    link = next(line for line in given.lines if "/people/first-admin/" in line)

    assert not given.said("log in as")
    assert ask(given, "SELECT count(*) FROM people_user") == 0
    assert given.status(link.rpartition(given.address)[2]) == 200


def test_the_running_role_owns_its_queues_and_nothing_else(given: Product) -> None:
    assert (
        ask(given, "SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = 'pgmq'") == "crmgov_app"
    )
    assert ask(given, "SELECT has_database_privilege('crmgov_app', 'crmgov', 'CREATE')") is False
    owned = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tableowner = 'crmgov_app'"
    assert ask(given, owned) == 0
