"""A test database of one's own, for trials that need the services and not the whole product."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def database() -> Iterator[None]:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    from django.db import connections
    from django.test.utils import setup_databases, teardown_databases

    from crmgov.env import databases, environment

    databases.ensure(environment.read())
    made = setup_databases(verbosity=0, interactive=False, databases={"default", "owner"})
    try:
        yield
    finally:
        # `default` mirrors `owner`, and only the latter is closed before its database is dropped.
        connections.close_all()
        teardown_databases(made, verbosity=0)
