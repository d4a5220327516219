"""Opportunities and who plays which part in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from crmgov.demo.accounts import Company
from crmgov.demo.clock import STORY_DAYS, Clock
from crmgov.demo.contacts import Person
from crmgov.demo.exports import Row
from crmgov.demo.words import DEALS, LOST_REASONS, NEXT_STEPS, PRODUCTS

DEAL_COUNT = 120
FORECASTS = {
    "Discovery": "pipeline",
    "Qualification": "pipeline",
    "Proposal": "best_case",
    "Negotiation": "commit",
}
OPEN_STAGES = tuple(FORECASTS)
ROLES = ("champion", "decision_maker", "economic_buyer", "influencer", "user")
# Name, stage, amount, days until it closes, product, next step: the deals the story is about.
KNOWN: dict[str, tuple[str, str, int, int, str, str]] = {
    "Halden Marine Systems": (
        "Fleet Plus renewal", "Negotiation", 184_000, 23, "Fleet Plus", "Send the renewal offer",
    ),
    "Corvane Logistics": ("Warehouse roll-out", "Proposal", 96_000, 61, "Warehouse", "Send deck"),
    "Lumenfield Energy": (
        "Cold Chain for two more depots", "Proposal", 312_000, 47, "Cold Chain", "Send the revised offer",
    ),
    "Brightwater Foods": ("Cold Chain pilot", "Qualification", 40_000, 70, "Cold Chain", "Agree on a pilot site"),
    "Duero Rail Freight": ("Fleet roll-out", "Proposal", 104_000, 35, "Fleet", "Confirm the number of units"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Deal:
    external_id: str
    account: str
    name: str
    opened_at: datetime
    is_open: bool
    row: Row


def deals(everybody: list[Company], clock: Clock, rng: Random) -> list[Deal]:
    """Return exactly DEAL_COUNT deals, each company in turn, the known ones first."""
    companies = [*everybody, *everybody][:DEAL_COUNT]
    return [_deal(company, 3001 + n, n < len(everybody), clock, rng) for n, company in enumerate(companies)]


def roles(everybody: list[Deal], people: list[Person], rng: Random) -> list[Row]:
    """Two or three people per open deal, one per closed one."""
    by_account: dict[str, list[Person]] = {}
    for person in people:
        by_account.setdefault(person.account, []).append(person)
    found: list[Row] = []
    for deal in everybody:
        there = by_account.get(deal.account, [])
        chosen = there[: rng.choice([2, 3])] if deal.is_open else there[:1]
        found += [
            {
                "id": f"{deal.external_id}/{person.external_id}",
                "opportunity": deal.external_id,
                "contact": person.external_id,
                "role": "legal" if "Legal" in person.title else ROLES[place],
            }
            for place, person in enumerate(chosen)
        ]
    return found


def _deal(company: Company, number: int, first: bool, clock: Clock, rng: Random) -> Deal:
    known = KNOWN.get(company.name) if first else None
    is_open = bool(known) or (first and company.lifecycle != "churned" and rng.random() < 0.55)
    opened = clock.office(rng, rng.randrange(20, 90) if is_open else rng.randrange(100, STORY_DAYS - 10))
    row = _known(known, clock) if known else _ordinary(company, is_open, opened, clock, rng)
    row |= {
        "id": f"O-{number}",
        "account": company.external_id,
        "currency": company.currency,
        "owner": company.owner,
    }
    return Deal(f"O-{number}", company.external_id, row["name"], opened, is_open, row)


def _known(known: tuple[str, str, int, int, str, str], clock: Clock) -> Row:
    name, stage, amount, days, product, step = known
    return {
        "name": name,
        "stage": stage,
        "amount": amount,
        "close_date": (clock.now + timedelta(days=days)).date(),
        "forecast_category": FORECASTS[stage],
        "product": product,
        "next_step": step,
    }


def _ordinary(company: Company, is_open: bool, opened: datetime, clock: Clock, rng: Random) -> Row:
    product = rng.choice(PRODUCTS)[0]
    won = rng.random() < 0.6
    stage = rng.choice(OPEN_STAGES) if is_open else ("Won" if won else "Lost")
    closes = clock.now + timedelta(days=rng.randrange(10, 120)) if is_open else opened + timedelta(days=80)
    worth = (company.annual_value or Decimal(12_000)) * Decimal(rng.randrange(15, 70)) / 100
    return {
        "name": rng.choice(DEALS).format(product=product),
        "stage": stage,
        "amount": worth.quantize(Decimal(100)),
        "close_date": min(closes, clock.now + timedelta(days=120)).date(),
        "forecast_category": FORECASTS.get(stage, "closed" if won else "omitted"),
        "product": product,
        "next_step": rng.choice(NEXT_STEPS) if is_open else "",
        "pricing_notes": "12 % for three years, agreed by phone" if rng.random() < 0.12 else "",
        "legal_notes": "Their own contract template, in review" if rng.random() < 0.08 else "",
        "closed_reason": "" if is_open or won else rng.choice(LOST_REASONS),
    }
