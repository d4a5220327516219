"""What a transactional test leaves behind: nothing, whatever its triggers, its size and its statistics."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connections

from approvals.models import PolicyVersion
from crmgov.env import environment
from crmgov.env.databases import dsn
from crmgov.env.folders import find
from crmgov.env.postgres import SUPERUSER
from tests.emptying import AS_MIGRATED, TABLES, empty
from tests.security import world

pytestmark = pytest.mark.django_db(transaction=True)

COUNTED = "SELECT reltuples FROM pg_class WHERE relname = 'people_user'"


@pytest.fixture
def server() -> Iterator[psycopg.Connection[Any]]:
    surroundings = environment.read()
    if not surroundings.embedded:
        pytest.skip("A server of somebody else: Django's own flush empties it.")
    name = connections["owner"].settings_dict["NAME"]
    with psycopg.connect(dsn(find(surroundings.home), SUPERUSER, name), autocommit=True) as connection:
        yield connection


def _with_rows(server: psycopg.Connection[Any]) -> set[str]:
    names = [name for (name,) in server.execute(TABLES, [AS_MIGRATED])]
    return {name for name in names if server.execute(f'SELECT FROM "{name}" LIMIT 1').fetchone() is not None}


def test_no_row_is_left_but_the_first_policy(server: psycopg.Connection[Any]) -> None:
    kinds, rights = ContentType.objects.count(), Permission.objects.count()
    world.build()
    assert {"records_fieldchange", "approvals_decision", "people_user"} <= _with_rows(server)

    empty(server)

    assert _with_rows(server) == {"approvals_policyversion"}
    assert [one.number for one in PolicyVersion.objects.all()] == [1]
    assert (ContentType.objects.count(), Permission.objects.count()) == (kinds, rights)


def test_what_a_test_counted_is_forgotten(server: psycopg.Connection[Any]) -> None:
    world.build()
    server.execute("ANALYZE people_user")
    assert server.execute(COUNTED).fetchone() != (-1,)

    empty(server)

    assert server.execute(COUNTED).fetchone() == (-1,)
    assert _with_rows(server) == {"approvals_policyversion"}


def test_each_test_begins_with_the_triggers_on(server: psycopg.Connection[Any]) -> None:
    empty(server)

    assert server.execute("SHOW session_replication_role").fetchone() == ("origin",)
