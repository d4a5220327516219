"""Tickets: two hundred over eighteen months, few of them open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from crmgov.demo.accounts import Company
from crmgov.demo.clock import STORY_DAYS, Clock
from crmgov.demo.contacts import Person
from crmgov.demo.exports import Row
from crmgov.demo.words import TICKETS

TICKET_COUNT = 200
CHANNELS = ("mail", "mail", "phone", "chat", "form")


@dataclass(frozen=True, slots=True)
class Open:
    """A ticket that is open now: who has it, what it says, since how many hours."""

    account: str
    subject: str
    product: str
    priority: str
    status: str
    hours: float
    escalated: bool = False
    body: str = ""


OPEN = (
    Open(
        "Halden Marine Systems", "Data gaps after the outage", "Fleet Plus", "urgent", "waiting", 50, True,
        "Our vessels had gaps of up to 47 minutes in position data. This is the third time this quarter. "
        "We need the report before we talk about the renewal.",
    ),
    Open("Halden Marine Systems", "Invoice shows the old billing address", "Support Plus", "normal", "open", 26),
    Open(
        "Arbor & Vale Insurance", "Claims export fails", "Insight", "normal", "open", 31, False,
        "The nightly export of positions for claims has failed since Thursday. We cannot settle without it.",
    ),
    Open("Brackenhurst Rail", "Gateway offline since the move", "Warehouse", "high", "open", 70),
    Open("Marrow Creek Dairy", "Temperature alarm did not reach the driver", "Cold Chain", "high", "open", 9),
    Open("Elbkai Terminals", "Positions arrive an hour late", "Fleet", "urgent", "open", 44, True),
    Open("Rotmoor Chemicals", "Export to spreadsheet stops at 10,000 rows", "Insight", "normal", "waiting", 120),
    Open("Falkenried Insurance", "New colleague needs a login", "Insight", "low", "open", 5),
    Open("Donauport Logistics", "Map does not load on the tablet", "Fleet Plus", "high", "open", 22),
    Open("Port-Aubin Maritime", "API answers 502 in the early morning", "Insight", "high", "waiting", 65),
    Open("Vercors Transports", "Two sensors show the same number", "Warehouse", "normal", "open", 33),
    Open("Tejada Construction", "Credit note for the outage", "Support Plus", "normal", "open", 90),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    external_id: str
    account: str
    contact: str
    subject: str
    opened_at: datetime
    row: Row


def cases(everybody: list[Company], people: list[Person], clock: Clock, rng: Random) -> list[Case]:
    """Return exactly TICKET_COUNT tickets in the order in which they were opened."""
    by_account: dict[str, list[Person]] = {}
    for person in people:
        by_account.setdefault(person.account, []).append(person)
    companies = {company.name: company for company in everybody}
    customers = [
        company for company in everybody if company.lifecycle in {"customer", "churned", "evangelist"}
    ]
    found = [_open(one, companies[one.account], by_account, clock) for one in OPEN]
    found += [_closed(rng.choice(customers), by_account, clock, rng) for _ in range(TICKET_COUNT - len(OPEN))]
    found.sort(key=lambda row: (row["opened_at"], row["subject"]))
    return [_case(row, 2100 + n) for n, row in enumerate(found)]


def _open(one: Open, company: Company, by_account: dict[str, list[Person]], clock: Clock) -> Row:
    return {
        "account": company.external_id,
        "contact": by_account[company.external_id][0].external_id,
        "subject": one.subject,
        "body": one.body,
        "product": one.product,
        "language": company.place.language,
        "status": one.status,
        "priority": one.priority,
        "escalated": "yes" if one.escalated else "no",
        "opened_at": clock.ago(hours=one.hours).replace(microsecond=0),
        "resolved_at": "",
        "channel": "mail",
    }


def _closed(company: Company, by_account: dict[str, list[Person]], clock: Clock, rng: Random) -> Row:
    subject, product, priority = rng.choice(TICKETS)
    opened = clock.office(rng, rng.randrange(8, STORY_DAYS - 2))
    took = timedelta(hours=rng.randrange(1, 140))
    return {
        "account": company.external_id,
        "contact": rng.choice(by_account[company.external_id]).external_id,
        "subject": subject,
        "body": "",
        "product": product,
        "language": company.place.language,
        "status": rng.choice(["closed", "closed", "resolved"]),
        "priority": priority,
        "escalated": "yes" if priority == "urgent" and rng.random() < 0.3 else "no",
        "opened_at": opened,
        "resolved_at": min(opened + took, clock.now - timedelta(hours=3)),
        "channel": rng.choice(CHANNELS),
    }


def _case(row: Row, number: int) -> Case:
    external_id = f"T-{number}"
    return Case(
        external_id,
        row["account"],
        row["contact"],
        row["subject"],
        row["opened_at"],
        {"id": external_id, **row},
    )
