"""Walking a list forward and back meets every row once, in order, nulls last."""

from __future__ import annotations

from uuid import UUID

import pytest

from crmgov.records.models import Account, Contact
from crmgov.records.selectors.cursors import Cursor
from crmgov.records.selectors.keyset import Order, Page, page_of
from tests.world import a_contact, an_account

pytestmark = pytest.mark.django_db

NAME = Order(("name", "id"))
VALUE = Order(("annual_value", "id"), descending=True, nullable=True)
RENEWAL = Order(("renewal_date", "id"), nullable=True)
PERSON = Order(("last_name", "first_name", "id"))


def walk(order: Order, size: int) -> list[list[UUID]]:
    """All pages forward; each but the first is checked against the way back."""
    rows, cursor, pages = Account.objects.all(), None, []
    while True:
        page: Page[Account] = page_of(rows, order=order, cursor=cursor, size=size)
        pages.append([row.pk for row in page.rows])
        if len(pages) > 1:
            assert page.newer is not None
            back = page_of(rows, order=order, cursor=page.newer, size=size)
            assert [row.pk for row in back.rows] == pages[-2]
        else:
            assert page.newer is None
        if page.older is None:
            return pages
        cursor = Cursor.read(str(page.older), length=len(order.columns))


@pytest.fixture
def accounts() -> list[Account]:
    values = [None, "5", "5", None, "90", "1", None, "40"]
    return [
        an_account(
            f"Co {'ABAB'[number % 4]}",
            annual_value=value,
            currency="EUR",
            renewal_date=f"2027-01-0{number % 3 + 1}" if number % 2 else None,
        )
        for number, value in enumerate(values)
    ]


@pytest.mark.parametrize("size", [1, 2, 3, 8, 25])
@pytest.mark.parametrize("order", [NAME, VALUE, RENEWAL], ids=["name", "value", "renewal"])
def test_every_row_is_met_once_and_the_way_back_is_the_same(
    accounts: list[Account], order: Order, size: int
) -> None:
    met = [key for page in walk(order, size) for key in page]
    assert len(met) == len(set(met)) == len(accounts)


def test_the_largest_comes_first_and_what_has_no_value_last(accounts: list[Account]) -> None:
    met = [Account.objects.get(pk=key).annual_value for page in walk(VALUE, 3) for key in page]
    assert [None if value is None else int(value) for value in met] == [90, 40, 5, 5, 1, None, None, None]


def test_people_are_sorted_by_last_then_first_name() -> None:
    for first, last in (("Zoe", "Berg"), ("Ann", "Berg"), ("Cem", "Abel")):
        a_contact(last, first_name=first)
    first_page = page_of(Contact.objects.all(), order=PERSON, cursor=None, size=2)
    rest = page_of(Contact.objects.all(), order=PERSON, cursor=first_page.older, size=2)
    assert [row.first_name for row in (*first_page.rows, *rest.rows)] == ["Cem", "Ann", "Zoe"]


@pytest.mark.parametrize("keys", [("x",), ("Co A", "no uuid")])
def test_a_cursor_nobody_of_ours_wrote_begins_at_the_start(
    accounts: list[Account], keys: tuple[str, ...]
) -> None:
    page = page_of(Account.objects.all(), order=NAME, cursor=Cursor(keys), size=3)
    assert page.rows == page_of(Account.objects.all(), order=NAME, cursor=None, size=3).rows


def test_a_row_that_went_away_does_not_stop_the_walk(accounts: list[Account]) -> None:
    edge = page_of(Account.objects.all(), order=NAME, cursor=None, size=3)
    left = Account.objects.exclude(pk=edge.rows[-1].pk)
    rest = page_of(left, order=NAME, cursor=edge.older, size=25)
    assert len(rest.rows) == len(accounts) - 3
