"""Six thousand things that happened: mails, calls, meetings, page views, logins, usage, purchases."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from random import Random

from crmgov.demo.accounts import Company
from crmgov.demo.clock import STORY_DAYS, Clock
from crmgov.demo.contacts import Person
from crmgov.demo.deals import Deal
from crmgov.demo.exports import Row
from crmgov.demo.words import FORMS, MAILS, NOTES, PAGES, PRODUCTS, TALKS, VIDEOS

ACTIVITY_COUNT = 6_000
# Out of 100 things that happen at a customer; at a lead nobody logs in or buys.
AT_CUSTOMER = {"login": 34, "usage": 10, "mail": 22, "talk": 12, "note": 5, "page": 10, "chat": 3, "buy": 4}
AT_LEAD = {"mail": 30, "talk": 8, "note": 6, "page": 34, "video": 12, "form": 10}
# They logged in less and less lately, which the churn baseline finds.
FADING = {
    "Halden Marine Systems",
    "Polder Freight",
    "Elbkai Terminals",
    "Zirbelhof Dairy",
    "Tamsin & Crewe Foods",
}
# A conversation that ended in the summer, and so many days ago that was.
SILENT, SILENT_DAYS = {"Sundmark Elevators"}, 130
# Of the leads alone the last few were never heard of again; the others asked for something since.
NEVER_HEARD = 3
KNOWN = (
    ("Halden Marine Systems", "mail_in", 0.22, "Renewal terms and the outage", "Maya Lind",
     "Before we sign anything I would like to understand what happened in the outage, and what the terms would be. "
     "It was the third this quarter."),
    ("Halden Marine Systems", "call", 9, "Call with Maya Lind, 24 min", "Priya Nair", ""),
    ("Halden Marine Systems", "note", 1.1, "Report is due on Thursday", "Jonas Weber",
     "Engineering promised the outage report for Thursday. Third gap this quarter."),
    ("Corvane Logistics", "note", 1.0, "Wants one contact for all sites", "Jonas Weber",
     "Henri wants one contact for all sites now that Lyon has opened."),
    ("Corvane Logistics", "call", 6, "Call with Henri Blanc, 31 min", "Jonas Weber", ""),
    ("Lumenfield Energy", "meeting", 1.2, "Pricing round with Astrid Nyström", "Priya Nair",
     "They accept the volume. Legal looks at the data processing terms; everything else is agreed."),
    ("Vantry Robotics", "form", 2.0, "Demo request", "Imogen Kerr", "We have 64 people and twelve vans."),
    ("Brightwater Foods", "meeting", 3.0, "Visit at the Lille plant", "Luis Ortega", ""),
)  # fmt: skip


def rows(
    everybody: list[Company], people: list[Person], deals: list[Deal], clock: Clock, rng: Random
) -> list[Row]:
    """Return exactly ACTIVITY_COUNT rows of what happened at companies, oldest first."""
    told = [_known(one, everybody, clock) for one in KNOWN]
    by_account: dict[str, list[Person]] = {}
    for person in people:
        by_account.setdefault(person.account, []).append(person)
    open_deals = {deal.account: deal for deal in deals if deal.is_open}
    wanted = ACTIVITY_COUNT - len(told)
    found = list(told)
    for company in _in_turn(everybody, wanted, rng):
        someone = rng.choice(by_account[company.external_id])
        found.append(_something(company, someone, open_deals.get(company.external_id), clock, rng))
    found.sort(key=lambda row: (row["occurred_at"], row["account"], row["subject"]))
    return [{"id": f"E-{10_000 + n}", **row} for n, row in enumerate(found)]


def first_words(people: list[Person], clock: Clock, rng: Random) -> list[Row]:
    """What leads without a company filled in on the website in the last months."""
    strangers = [person for person in people if not person.account][:-NEVER_HEARD]
    return [_asked(person, f"E-{20_000 + n}", clock, rng) for n, person in enumerate(strangers)]


def _asked(person: Person, external_id: str, clock: Clock, rng: Random) -> Row:
    return {
        "id": external_id,
        "contact": person.external_id,
        "kind": "form",
        "occurred_at": clock.office(rng, rng.randrange(8, 170)),
        "subject": rng.choice(FORMS),
        "by": f"{person.first_name} {person.last_name}",
    }


def _in_turn(everybody: list[Company], wanted: int, rng: Random) -> Iterator[Company]:
    """Large customers are busier than small ones."""
    weights = [{"small": 1, "mid": 2, "enterprise": 3}[company.segment] for company in everybody]
    yield from rng.choices(everybody, weights, k=wanted)


def _something(company: Company, someone: Person, deal: Deal | None, clock: Clock, rng: Random) -> Row:
    chances = AT_CUSTOMER if company.lifecycle in {"customer", "evangelist", "churned"} else AT_LEAD
    what = rng.choices(list(chances), list(chances.values()))[0]
    days = rng.randrange(1, STORY_DAYS)
    if company.lifecycle == "churned":
        days = max(days, 120 + rng.randrange(30))
    if company.name in SILENT:
        days = SILENT_DAYS + days * (STORY_DAYS - SILENT_DAYS) // STORY_DAYS
    if what in {"login", "usage"} and company.name in FADING:
        days = max(days, 31 + rng.randrange(10)) if rng.random() < 0.9 else days
    row: Row = {
        "account": company.external_id,
        "contact": someone.external_id,
        "opportunity": "",
        "occurred_at": clock.office(rng, days),
        "subject": "",
        "body": "",
        "by": f"{someone.first_name} {someone.last_name}",
        "amount": "",
        "currency": "",
    }
    row |= _told(what, company, rng)
    if deal and row["kind"] in {"call", "meeting", "mail_out"} and row["occurred_at"] > deal.opened_at:
        row["opportunity"] = deal.external_id
    return row


def _told(what: str, company: Company, rng: Random) -> Row:
    product = rng.choice(PRODUCTS)[0]
    ours = company.owner or "Ana Ruiz"
    match what:
        case "mail":
            subject, kind = rng.choice(MAILS)
            said = {"kind": kind, "subject": subject.format(product=product)}
            return said | {"by": ours} if kind == "mail_out" else said
        case "talk":
            subject, kind = rng.choice(TALKS)
            return {"kind": kind, "subject": subject.format(product=product), "by": ours}
        case "note":
            return {"kind": "note", "subject": "Note", "body": rng.choice(NOTES), "by": ours}
        case "page":
            return {"kind": "page_view", "subject": rng.choice(PAGES)}
        case "video":
            return {"kind": "video", "subject": rng.choice(VIDEOS)}
        case "form":
            return {"kind": "form", "subject": rng.choice(FORMS)}
        case "chat":
            return {"kind": "chat", "subject": f"Chat about {product}"}
        case "usage":
            return {
                "kind": "usage",
                "subject": f"{rng.randrange(40, 900)} reports opened in the week",
                "by": "",
            }
        case "buy":
            return _bought(product, company, rng)
    return {"kind": "login", "subject": "Login"}


def _bought(product: str, company: Company, rng: Random) -> Row:
    amount = (company.annual_value or Decimal(10_000)) * Decimal(rng.randrange(2, 12)) / 100
    units = rng.randrange(2, 60)
    return {
        "kind": "purchase",
        "subject": f"{units} units of {product}",
        "amount": amount.quantize(Decimal("0.01")),
        "currency": company.currency,
    }


def _known(one: tuple[str, str, float, str, str, str], everybody: list[Company], clock: Clock) -> Row:
    name, kind, days, subject, by, body = one
    company = next(company for company in everybody if company.name == name)
    return {
        "account": company.external_id,
        "contact": "",
        "opportunity": "",
        "occurred_at": clock.ago(days=days).replace(microsecond=0),
        "subject": subject,
        "body": body,
        "by": by,
        "amount": "",
        "currency": "",
        "kind": kind,
    }
