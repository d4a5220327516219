"""The database part of every test: our own Postgres, two roles, and tables emptied to the last row."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connections
from django.test import TransactionTestCase
from hypothesis import HealthCheck, settings
from pytest_django import DjangoDbBlocker

from crmgov.env import databases, environment
from crmgov.env.folders import find
from crmgov.env.postgres import TEST_OPTIONS
from tests.browser import chromium, complaints, page, plain_page, the_server_finishes
from tests.databases import end_sessions, template
from tests.emptying import instead_of_flush

__all__ = ["chromium", "complaints", "page", "plain_page", "the_server_finishes"]

# The same examples in every run, and as long as they take: a property fails for what the code does, not for a slow
# machine or the luck of a draw.
settings.register_profile(
    "crmgov", derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("crmgov")

HERE = Path(__file__).parent
# Begun first: a worker that meets one of these at the end keeps the others waiting. The longest of them first.
LONGEST = (
    "look/test_barriers_wide.py",
    "security/test_matrix.py",
    "security/test_crawl.py",
    "env/test_up.py",
    "look/test_barriers.py",
    "env/test_given_database.py",
    "exports/test_demo.py",
    "imports_pages/test_browser.py",
    "messages/test_hostile.py",
    "desk/test_keys.py",
    "desk/test_query_counts.py",
    "imports_pages/test_two_exports.py",
    "desk/test_journey.py",
    "imports_pages/test_flow.py",
    "desk/test_bulk_evidence.py",
    "exports/test_round_trips.py",
    "desk/test_browser.py",
)

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
    surroundings = environment.read()
    if not surroundings.embedded:
        yield
        return
    folders = find(surroundings.home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", instead_of_flush(folders))
        yield
    with django_db_blocker.unblock():
        connections.close_all()
    end_sessions(folders, connections["owner"].settings_dict["NAME"])


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Name both connections everywhere, since `default` mirrors `owner`.

    Where Django flushes, on a server of somebody else, rows would stay without `owner` and turn up in the next test.
    """
    for item in items:
        marker = item.get_closest_marker("django_db")
        if marker is None and not DATABASE_FIXTURES.intersection(getattr(item, "fixturenames", ())):
            continue
        args, kwargs = (marker.args, marker.kwargs) if marker else ((), {})
        named = {"databases": ["default", "owner"], **kwargs}
        item.add_marker(pytest.mark.django_db(*args, **named), append=False)


class LongestFirst:
    """Order of files only, and after pytest-django has sorted tests by what they do to the database."""

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        places = {HERE / name: place for place, name in enumerate(LONGEST)}
        items.sort(key=lambda item: places.get(item.path, len(places)))


def pytest_collection_finish() -> None:
    """Every module and test is there to stay: the collector of garbage need not look through them again and again."""
    gc.collect()
    gc.freeze()


def pytest_configure(config: pytest.Config) -> None:
    if gone := [name for name in LONGEST if not (HERE / name).is_file()]:
        raise pytest.UsageError(f"LONGEST in tests/conftest.py names what is not there: {', '.join(gone)}.")
    config.pluginmanager.register(LongestFirst())
