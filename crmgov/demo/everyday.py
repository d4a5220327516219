"""What moves on an ordinary day, so that each workflow that crmgov ships has something to say of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from approvals.models import Agent
from approvals.services import arrivals
from crmgov.demo import book
from crmgov.demo.cast import Cast
from crmgov.demo.clock import Clock
from crmgov.records.models import Account, Contact, Opportunity, Stage

WEBSITE = "Lead agent"
OWNER = "felix"


def happen(cast: Cast, clock: Clock, at: datetime) -> None:
    """Questions come in, a deal moves, a contract nears its end, and somebody types names in capitals."""
    _ask(cast, clock, at)
    _move_a_deal(cast, at)
    _near_a_renewal(cast, at)
    _type_in_capitals(cast, at)


def _ask(cast: Cast, clock: Clock, at: datetime) -> None:
    """A lead fills in a form, and a customer who wrote days ago has heard nothing."""
    people = (
        Contact.objects.present().filter(account__owner=cast[OWNER]).exclude(first_name="").order_by("pk")
    )
    lead = people.filter(lifecycle="lead").first()
    customer = people.filter(lifecycle="customer", account__escalated=False).first()
    events = []
    if lead is not None:
        words = "We have 40 trailers and want to know where they stand. Who can show us?"
        events.append(_event(lead, "form", at, "Please call me", words))
    if customer is not None:
        words = "When does somebody come and look at the gateway?"
        events.append(_event(customer, "mail_in", clock.ago(days=3), "The gateway again", words))
    arrivals.receive(
        events=events,
        agent=Agent.objects.get(name=WEBSITE),
        at=at,
        told=lambda refused: {"say": refused.say},
    )


def _event(contact: Contact, kind: str, at: datetime, subject: str, body: str) -> dict[str, object]:
    return {
        "kind": kind,
        "occurred_at": at.isoformat(),
        "record": {"type": "contact", "id": str(contact.pk)},
        "subject": subject,
        "body": body,
    }


def _move_a_deal(cast: Cast, at: datetime) -> None:
    mine = Opportunity.objects.filter(account__owner=cast[OWNER], stage__kind="open", archived_at=None)
    for deal in mine.select_related("stage").order_by("-amount", "pk"):
        position = deal.stage.position if deal.stage else 0
        later = Stage.objects.filter(kind="open", position__gt=position).order_by("position").first()
        if later is not None:
            book.type_in(deal, {"stage": later.name}, cast[OWNER], at, "they asked for an offer")
            return


def _near_a_renewal(cast: Cast, at: datetime) -> None:
    mine = Account.objects.present().filter(owner=cast[OWNER], lifecycle="customer", escalated=False)
    account = mine.order_by("-annual_value", "pk").first()
    if account is not None:
        day = (at + timedelta(days=25)).date()
        book.type_in(account, {"renewal_date": day}, cast[OWNER], at, "as in the signed contract")


def _type_in_capitals(cast: Cast, at: datetime) -> None:
    """From a business card, and from a letterhead."""
    people = Contact.objects.present().filter(account__owner=cast[OWNER]).exclude(first_name="")
    contact = people.order_by("-pk").first()
    if contact is not None:
        book.type_in(contact, {"last_name": contact.last_name.upper()}, cast[OWNER], at, "from their card")
    account = Account.objects.present().filter(owner=cast[OWNER]).order_by("-pk").first()
    if account is not None:
        book.type_in(account, {"name": account.name.upper()}, cast[OWNER], at, "from their letterhead")
