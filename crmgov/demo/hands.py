"""What people typed over the months: contracts put right, owners handed over, views, holds, consents."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random

from django.db import transaction

from crmgov.demo import book
from crmgov.demo.accounts import Company
from crmgov.demo.cast import Cast
from crmgov.demo.clock import Clock
from crmgov.people.models import User
from crmgov.records.models import Account, Consent, Contact
from crmgov.records.services import consent, holds, owner_views, tasks
from crmgov.records.services.edits import person

VIEWS = (
    ("Halden Marine Systems", "at_risk", "Three outages this quarter; they want the report before terms.", 2),
    ("Lumenfield Energy", "healthy", "Two more depots agreed in principle.", 9),
    ("Norrgard Timber", "healthy", "Renewed early, asks for the new sensors.", 12),
    ("Polder Freight", "unknown", "New managing director since the summer.", 30),
    ("Eiderdal Shipping", "healthy", "Signed the framework, waits for the paper.", 15),
    ("Aurach Pharma", "at_risk", "Procurement opened a tender for next year.", 21),
    ("Kranich Aerospace", "healthy", "", 44),
    ("Montclar Aviation", "healthy", "Two sites more in the spring.", 37),
)


def put_contracts_right(everybody: list[Company], cast: Cast, clock: Clock, rng: Random) -> None:
    """Each owner typed the value and the renewal date from the signed contract; these are verified since."""
    owners = {str(user): user for user in cast.people.values()}
    for company in everybody:
        if company.annual_value is None or company.renews_in_days is None or rng.random() < 0.4:
            continue
        owner = owners.get(company.owner, cast["ana"])
        values = {
            "annual_value": company.annual_value,
            "renewal_date": company.renewal_date(clock.now.date()),
        }
        at = clock.office(rng, rng.randrange(50, 330))
        book.type_in(book.account(company.name), values, owner, at, "from the signed contract")


def know_better(cast: Cast, clock: Clock) -> None:
    """Single corrections the story comes back to."""
    book.type_in(
        book.account("Halden Marine Systems"),
        {"employees": 380},
        cast["priya"],
        clock.ago(days=480),
        "from the annual report",
    )
    book.type_in(
        book.account("Polder Freight"),
        {"employees": 250},
        cast["priya"],
        clock.ago(days=65),
        "told by their CFO",
    )
    book.type_in(
        book.account("Corvane Logistics"),
        {"region": "France"},
        cast["jonas"],
        clock.ago(days=140),
        "head office moved to Lyon",
    )
    book.type_in(
        book.account("Osterlund Cold Storage"),
        {"domain": "osterlund-cold.example"},
        cast["jonas"],
        clock.ago(days=210),
    )
    book.type_in(
        book.account("Ardenne Castings"),
        {"lifecycle": "churned"},
        cast["amelie"],
        clock.ago(days=205),
        "closed the foundry that had our sensors",
    )


def hand_over(cast: Cast, clock: Clock) -> None:
    """Henrik left: Ana gave his accounts to Priya and Jonas."""
    for place, account in enumerate(Account.objects.filter(owner=cast["henrik"]).order_by("name")):
        heir = cast["priya"] if place % 2 == 0 else cast["jonas"]
        book.type_in(account, {"owner": heir.pk}, cast["ana"], clock.ago(days=95), "Henrik has left")


def judge(cast: Cast, clock: Clock) -> None:
    """Owners say how they see their accounts."""
    for name, view, note, days in VIEWS:
        account = book.account(name)
        owner_views.give(
            account_id=account.pk,
            view=view,
            note=note,
            user=_owner(account, cast),
            at=clock.ago(days=days, hours=2),
        )


def escalate(cast: Cast, clock: Clock) -> None:
    """Two days ago Jonas raised the alarm at Halden; Felix did so at the terminals."""
    for name, by, hours, why in (
        ("Halden Marine Systems", "jonas", 49, "third gap this quarter"),
        ("Elbkai Terminals", "felix", 43, "positions an hour late on the quay"),
    ):
        book.type_in(book.account(name), {"escalated": True}, cast[by], clock.ago(hours=hours), why)


def keep_away(cast: Cast, clock: Clock) -> None:
    """Priya wants no AI at Brackenhurst until the gateway works again."""
    holds.place(
        account_id=book.account("Brackenhurst Rail").pk,
        until=clock.now.date() + timedelta(days=12),
        reason="The gateway must work before anybody proposes anything",
        user=cast["priya"],
        at=clock.ago(days=2, hours=5),
    )


def plan_tasks(cast: Cast, clock: Clock) -> None:
    """What people set themselves to do; one of it is done."""
    today: date = clock.now.date()
    halden, eiderdal = book.account("Halden Marine Systems"), book.account("Eiderdal Shipping")
    tasks.create(
        title="Get the outage report from engineering",
        about=("account", halden.pk),
        due_on=today + timedelta(days=3),
        user=cast["priya"],
        at=clock.ago(days=1, hours=3),
    )
    done = tasks.create(
        title="Send the framework for signature",
        about=("account", eiderdal.pk),
        due_on=today - timedelta(days=4),
        user=cast["priya"],
        at=clock.ago(days=9),
    )
    tasks.complete(task_id=done, user=cast["priya"], at=clock.ago(days=5))
    for title, name, key, days in (
        ("Ask who signs since the change at the top", "Polder Freight", "priya", -2),
        ("Send the offer for the new sensors", "Norrgard Timber", "priya", 0),
        ("Visit the new site in Lyon", "Corvane Logistics", "jonas", 6),
    ):
        tasks.create(
            title=title,
            about=("account", book.account(name).pk),
            due_on=today + timedelta(days=days),
            user=cast[key],
            at=clock.ago(days=6),
        )
    tasks.create(
        title="Find an owner for Brightwater Foods",
        about=("account", book.account("Brightwater Foods").pk),
        due_on=today + timedelta(days=1),
        user=cast["luis"],
        at=clock.ago(days=2),
    )


@transaction.atomic
def hear_consents(cast: Cast, clock: Clock, rng: Random) -> None:
    """What contacts said about being written to, taken down by Ana's team from the forms."""
    actor = person(cast["ana"])
    for contact in Contact.objects.order_by("email").exclude(email=""):
        if rng.random() < 0.8:
            continue
        said = rng.choices(list(Consent.State.values), [6, 2, 1])[0]
        consent.record(
            contact=contact,
            channel=Consent.Channel.EMAIL,
            purpose="newsletter",
            state=said,
            lawful_basis="consent" if said == Consent.State.OPTED_IN else "",
            source="Web form",
            actor=actor,
            at=clock.office(rng, rng.randrange(20, 500)),
        )


@transaction.atomic
def may_be_written_to(company: str, purpose: str, on: str, cast: Cast, at: datetime) -> None:
    """Everybody there with an address ticked a box on a form."""
    for contact in (
        Contact.objects.present().filter(account__name=company).exclude(email="").order_by("email")
    ):
        consent.record(
            contact=contact,
            channel=Consent.Channel.EMAIL,
            purpose=purpose,
            state=Consent.State.OPTED_IN,
            lawful_basis="consent",
            source=on,
            actor=person(cast["ana"]),
            at=at,
        )


def _owner(account: Account, cast: Cast) -> User:
    return next((user for user in cast.people.values() if user.pk == account.owner_id), cast["ana"])
