"""The same seed and moment give the same story; another seed gives another."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

from crmgov.demo import accounts, company
from crmgov.demo.cast import PEOPLE
from crmgov.demo.clock import Clock
from crmgov.demo.exports import Exports

AT = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)


def rows(seed: int, at: datetime = AT) -> dict[str, list[dict[str, Any]]]:
    """Everything the old CRM would export; nothing is imported here."""
    return company.World(cast("Exports", None), Clock(at), seed).waiting


def test_the_same_seed_tells_the_same_story() -> None:
    assert rows(7) == rows(7)


def test_another_seed_tells_another() -> None:
    one, other = rows(7), rows(8)

    assert one["contacts"] != other["contacts"]
    assert one["activities"] != other["activities"]
    assert len(one["activities"]) == len(other["activities"]) == 6_027


def test_any_seed_and_day_of_the_week_makes_a_whole_company() -> None:
    for seed, day in ((1, 16), (2, 21), (3, 22)):
        told = rows(seed, datetime(2026, 11, day, 23, 50, tzinfo=UTC))
        assert [len(told[name]) for name in ("accounts", "contacts", "opportunities", "tickets")] == [
            60,
            400,
            120,
            200,
        ]
        emails = [row["email"] for row in told["contacts"]]
        assert len(emails) == len(set(emails))


def test_company_names_are_unique_and_every_owner_is_in_the_cast() -> None:
    everybody = accounts.companies()
    assert len({one.name for one in everybody}) == len({one.domain for one in everybody}) == 60
    assert {one.owner for one in everybody if one.owner} <= {person.name for person in PEOPLE}
