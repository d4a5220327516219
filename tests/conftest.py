"""The database part of every test: our own Postgres, two roles, and flushing that leaves no row behind."""

from collections.abc import Iterator

import pytest
from django.db import connections
from hypothesis import HealthCheck, settings
from pytest_django import DjangoDbBlocker

from crmgov.env import databases, environment
from crmgov.env.folders import find
from crmgov.env.postgres import TEST_OPTIONS
from tests.browser import chromium, complaints, page, plain_page, the_server_finishes
from tests.databases import end_sessions, template

__all__ = ["chromium", "complaints", "page", "plain_page", "the_server_finishes"]

# The same examples in every run, and as long as they take: a property fails for what the code does, not for a slow
# machine or the luck of a draw.
settings.register_profile(
    "crmgov", derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("crmgov")

# These fixtures make a database test without a mark.
DATABASE_FIXTURES = {"db", "transactional_db", "live_server"}


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, django_db_blocker: DjangoDbBlocker
) -> None:
    """Start the test server before pytest-django makes its databases; several xdist workers may ask."""
    folders = databases.ensure(environment.read(), options=TEST_OPTIONS)
    if folders is not None:
        with django_db_blocker.unblock():
            connections["owner"].settings_dict["TEST"]["TEMPLATE"] = template(folders)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    yield
    surroundings = environment.read()
    if surroundings.embedded:
        with django_db_blocker.unblock():
            connections.close_all()
        end_sessions(find(surroundings.home), connections["owner"].settings_dict["NAME"])


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Name both connections everywhere: only what is named is flushed, and `default` mirrors `owner`.

    Without `owner` the rows of a transactional test stay and turn up in the next one.
    """
    for item in items:
        marker = item.get_closest_marker("django_db")
        if marker is None and not DATABASE_FIXTURES.intersection(getattr(item, "fixturenames", ())):
            continue
        args, kwargs = (marker.args, marker.kwargs) if marker else ((), {})
        named = {"databases": ["default", "owner"], **kwargs}
        item.add_marker(pytest.mark.django_db(*args, **named), append=False)
