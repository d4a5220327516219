"""The people at the customers, and leads nobody has matched to a company yet."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from crmgov.demo.accounts import Company, slug
from crmgov.demo.exports import Row
from crmgov.demo.words import PLACES, TITLES

CONTACTS, LEADS_ALONE = 400, 30
PER_SEGMENT = {"small": 4, "mid": 6, "enterprise": 8}
OF_CUSTOMER = {"customer": "customer", "evangelist": "customer", "churned": "customer"}
SOURCES = ("Web form", "Trade fair", "Referral", "Webinar", "Cold call", "Partner")
# Who the story is about; they come first at their company.
KNOWN = {
    "Halden Marine Systems": [("Maya", "Lind", "Head of fleet operations"), ("Nils", "Haugen", "CFO")],
    "Corvane Logistics": [("Henri", "Blanc", "Director of logistics")],
    "Lumenfield Energy": [("Astrid", "Nyström", "VP Supply chain")],
    "Tessaly Health": [("Signe", "Holmgren", "Head of operations")],
    "Vantry Robotics": [("Imogen", "Kerr", "Founder")],
    "Skarholm Paper": [("Johan", "Ekdahl", "Fleet manager"), ("Karin", "Sand", "Purchasing manager")],
    "Quillstone Media": [("Rhys", "Tresham", "Managing director")],
    "Brightwater Foods": [("Margaux", "Perrin", "Head of procurement")],
}
FREE_MAIL = ("gmail.com", "outlook.com", "gmx.net")


@dataclass(frozen=True, slots=True)
class Person:
    """A contact as the story knows it; the account is empty for a lead alone."""

    external_id: str
    first_name: str
    last_name: str
    title: str
    email: str
    account: str
    country: str
    is_customer: bool


def people(everybody: list[Company], rng: Random) -> list[Person]:
    """Return exactly CONTACTS people, spread by the size of the company."""
    wanted = CONTACTS - LEADS_ALONE
    seats = [company for company in everybody for _ in range(PER_SEGMENT[company.segment])]
    while len(seats) < wanted:
        seats.append(rng.choice([company for company in everybody if company.segment != "small"]))
    taken: set[str] = set()
    known = {name: list(heroes) for name, heroes in KNOWN.items()}
    found = [_employee(company, known, taken, rng, 2001 + n) for n, company in enumerate(seats[:wanted])]
    return found + [_stranger(taken, rng, 2001 + wanted + n) for n in range(LEADS_ALONE)]


def rows(everybody: list[Person], by_account: dict[str, Company], rng: Random) -> list[Row]:
    return [_row(person, by_account.get(person.account), rng) for person in everybody]


def _employee(
    company: Company, known: dict[str, list[tuple[str, str, str]]], taken: set[str], rng: Random, number: int
) -> Person:
    heroes = known.get(company.name)
    if heroes:
        first, last, title = heroes.pop(0)
    else:
        first, last = _free_name(company.country, company.domain, taken, rng)
        title = rng.choice(TITLES[company.segment])
    email = f"{slug(first)}.{slug(last)}@{company.domain}"
    taken.add(email)
    customer = company.lifecycle in OF_CUSTOMER
    return Person(f"C-{number}", first, last, title, email, company.external_id, company.country, customer)


def _stranger(taken: set[str], rng: Random, number: int) -> Person:
    country = rng.choice(list(PLACES))
    domain = rng.choice(FREE_MAIL)
    first, last = _free_name(country, domain, taken, rng)
    email = f"{slug(first)}.{slug(last)}@{domain}"
    taken.add(email)
    return Person(f"C-{number}", first, last, "", email, "", country, is_customer=False)


def _free_name(country: str, domain: str, taken: set[str], rng: Random) -> tuple[str, str]:
    place = PLACES[country]
    while True:
        first, last = rng.choice(place.first_names), rng.choice(place.last_names)
        if f"{slug(first)}.{slug(last)}@{domain}" not in taken:
            return first, last


def _row(person: Person, company: Company | None, rng: Random) -> Row:
    place = PLACES[person.country]
    stage = OF_CUSTOMER.get(company.lifecycle, "") if company else ""
    gaps = rng.random()
    return {
        "id": person.external_id,
        "account": person.account,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "email": person.email,
        "phone": "" if gaps < 0.3 else f"{place.phone} {rng.randrange(1000, 10_000)}".replace(" ", ""),
        "title": "" if 0.25 <= gaps < 0.38 else person.title,
        "language": "" if gaps > 0.85 else place.language,
        "time_zone": place.time_zone if gaps < 0.7 else "",
        "lifecycle": stage or rng.choice(["subscriber", "lead", "lead", "mql"]),
        "lead_score": "" if stage else rng.randrange(5, 60),
        "source": rng.choice(SOURCES) if rng.random() < 0.8 else "",
        "owner": company.owner if company else "",
    }
