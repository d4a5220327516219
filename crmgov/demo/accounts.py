"""The customers and those who might become one."""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

from crmgov.demo.clock import Clock
from crmgov.demo.exports import Row
from crmgov.demo.words import PLACES, Place

FILE = Path(__file__).parent / "data" / "accounts.csv"
# What the contract said before last year's price rise: the import brought this, people put it right since.
BEFORE_RISE = Decimal("0.92")
FLAGS = {"Kelso Bay Ferries": "partner", "Vantry Robotics": "investor", "Costa Verde Citrus": "competitor"}


@dataclass(frozen=True, slots=True)
class Company:
    """One line of the file; `number` counts from 1001 and makes the external id."""

    number: int
    name: str
    country: str
    industry: str
    segment: str
    employees: int
    annual_value: Decimal | None
    currency: str
    team: str
    territory: str
    owner: str
    lifecycle: str
    renews_in_days: int | None
    flags: frozenset[str]

    @property
    def external_id(self) -> str:
        return f"A-{self.number}"

    @property
    def domain(self) -> str:
        return f"{slug(self.name)}.example"

    @property
    def place(self) -> Place:
        return PLACES[self.country]

    def renewal_date(self, today: date) -> date | None:
        return None if self.renews_in_days is None else today + timedelta(days=self.renews_in_days)


def companies() -> list[Company]:
    with FILE.open(encoding="utf-8", newline="") as file:
        return [_company(number, line) for number, line in enumerate(csv.DictReader(file), start=1001)]


def rows(everybody: list[Company], clock: Clock, rng: Random) -> list[Row]:
    """The first export: values as they were when the story begins."""
    return [_row(company, clock.now.date(), rng) for company in everybody]


def slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain.replace("&", "and")).strip("-")


def _company(number: int, line: dict[str, str]) -> Company:
    return Company(
        number=number,
        name=line["name"],
        country=line["country"],
        industry=line["industry"],
        segment=line["segment"],
        employees=int(line["employees"]),
        annual_value=Decimal(line["annual_value"]) if line["annual_value"] else None,
        currency=line["currency"],
        team=line["team"],
        territory=line["territory"],
        owner=line["owner"],
        lifecycle=line["lifecycle"],
        renews_in_days=int(line["renews_in_days"]) if line["renews_in_days"] else None,
        flags=frozenset(line["flags"].split()),
    )


def _row(company: Company, today: date, rng: Random) -> Row:
    renewal = company.renewal_date(today)
    value = company.annual_value
    gaps = rng.random()
    return {
        "id": company.external_id,
        "name": company.name,
        "domain": "" if gaps < 0.12 else company.domain,
        "industry": "" if 0.12 <= gaps < 0.3 else company.industry,
        "segment": company.segment,
        "employees": "" if 0.3 <= gaps < 0.36 and company.number > 1009 else company.employees,
        "annual_value": "" if value is None else (value * BEFORE_RISE).quantize(Decimal(100)),
        "currency": company.currency,
        "region": "" if 0.36 <= gaps < 0.5 else company.place.region,
        "territory": company.territory,
        "owner": company.owner,
        "team": company.team,
        # Who left has left since: people marked that by hand.
        "lifecycle": "customer" if company.lifecycle == "churned" else company.lifecycle,
        # Contracts run a year; the export knew the one before.
        "renewal_date": renewal - timedelta(days=365) if renewal else "",
        "strategic": "yes" if "strategic" in company.flags else "no",
        "regulated": "yes" if "regulated" in company.flags else "no",
        "relationship_flags": FLAGS.get(company.name, ""),
        "tags": rng.choice(["", "", "fleet", "cold chain", "fleet;reference", "multi-site"]),
        "ERP number": f"{70_000 + company.number}",
        "Payment terms": rng.choice(["30 days", "30 days", "14 days", "60 days"]),
    }
