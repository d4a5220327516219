"""A page costs the same with one row and with a full list."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from .kit import account_csv, ana, begin, browser_of, check, choose, confirm, run, upload

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def browser() -> Client:
    return browser_of(ana())


@pytest.fixture
def queries(browser: Client) -> Callable[[str], int]:
    def counted(url: str) -> int:
        browser.get(url)
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert browser.get(url).status_code == 200
        return len(seen)

    return counted


def test_the_list_costs_the_same_for_one_and_for_many(browser: Client, queries: Callable[[str], int]) -> None:
    begin(browser, upload("a.csv", account_csv(1)))
    one = queries("/imports/")
    for number in range(24):
        begin(browser, upload(f"a{number}.csv", account_csv(1)), upload(f"b{number}.csv", account_csv(1)))
    assert queries("/imports/") == one


def test_an_import_costs_the_same_for_few_and_for_many_rows(
    browser: Client, queries: Callable[[str], int]
) -> None:
    costs: list[tuple[int, ...]] = []
    for rows in (1, 120):
        refused = "\n".join(f",No id {number},x" for number in range(rows))
        found = begin(browser, upload("accounts.csv", account_csv(rows, start=rows * 1000) + refused + "\n"))
        here = f"/imports/{found.pk}/"
        mapping = queries(f"{here}files/{found.files.get().pk}/?object=accounts")
        choose(browser, found)
        prepared = queries(here)
        check(browser, found)
        preview, listed = queries(here), queries(f"{here}?step=1&fate=refused")
        confirm(browser, found)
        progress = queries(here)
        run(found)
        costs.append((mapping, prepared, preview, listed, progress, queries(here), queries(f"{here}revert")))
    # The second file finds the first one's mapping and says so: one query for who it was is not a row's.
    assert costs[0] == costs[1]


def test_steps_cost_nothing_each(browser: Client, queries: Callable[[str], int]) -> None:
    costs = []
    for count in (1, 6):
        names = ("accounts", "contacts", "opportunities", "tickets", "segments", "teams")[:count]
        files = [upload(f"{name}.csv", f"id,name\n{name}{count},{name} {count}\n") for name in names]
        found = begin(browser, *files, adapter="csv")
        for file in found.files.all():
            page = f"/imports/{found.pk}/files/{file.pk}/"
            said = {"object": file.name.removesuffix(".csv"), "identity": "c0", "c0": "ignore"}
            said["c1"] = {"contacts": "field:last_name", "tickets": "field:subject"}.get(
                said["object"], "field:name"
            )
            assert browser.post(page, said).status_code == 302, file.name
        check(browser, found)
        costs.append(queries(f"/imports/{found.pk}/"))
    assert costs[0] == costs[1]
