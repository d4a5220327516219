"""What the workflows that crmgov ships make of today: a deal won, a ticket escalated, two trials that begin, a meeting
held, another one ahead, and a lead somebody means to write to; and of what came before: a customer who left two months
ago, and a night over those who fell silent.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from approvals.models import Agent, Suggestion, TemplateVersion
from approvals.services import arrivals, sending, standing_approvals, workflow_triggers, workflows_built_in
from approvals.workflows import BUILT_IN
from approvals.workflows.dormant import Dormant
from approvals.workflows.hygiene import ColdLeads
from approvals.workflows.letters import WELCOME
from approvals.workflows.win_back import QUIET, WinBack
from crmgov.demo import book, everyday, hands, trying
from crmgov.demo.cast import Cast
from crmgov.demo.clock import Clock
from crmgov.records.models import Contact, Opportunity, Ticket
from crmgov.records.services import tasks

OWNER, WON = "felix", "Won"
# Whoever the templates are shipped for does not sign for them.
SIGNER = "daniel"
TRIALS = 2
# What takes its time is switched on before all others: two months ago, and a few nights ago.
SLOW, NIGHTLY = (WinBack(),), (Dormant(), ColdLeads())
LEFT, LOST_BY = "Haverleigh Hospitals", "jonas"
SILENT = "Sundmark Elevators"
# The beat rings so soon after a change; a night begins at one.
RING, NIGHT_HOUR = timedelta(seconds=15), 1
NOTE_TAKER = "Meeting notes agent"
NOTES = (
    "They showed us both depots and the cold store. Doors stand open while they load, which explains the gaps. "
    "We will send a plan for twelve more sensors by Friday. Who pays for the mounting?"
)


def begin_early(cast: Cast, clock: Clock) -> None:
    """Two months ago the first of them is switched on, and an account leaves: it will be looked at again today."""
    left = clock.ago(hours=2) - QUIET
    workflows_built_in.register(at=left - timedelta(hours=1), workflows=SLOW)
    book.type_in(
        book.account(LEFT),
        {"lifecycle": "churned"},
        cast[LOST_BY],
        left,
        "their group buys for all hospitals now",
    )
    hands.may_be_written_to(LEFT, "winback", "Exit form", cast, left)
    workflow_triggers.run(at=left + RING, workflows=SLOW)
    hands.may_be_written_to(SILENT, "prospecting", "Trade fair form", cast, clock.ago(days=300))


def work(cast: Cast, clock: Clock) -> None:
    """They are registered, people move things by hand, and what they propose waits or leaves under a signature."""
    at = clock.ago(hours=2)
    _pass_a_night(clock)
    workflows_built_in.register(at=at, workflows=BUILT_IN)
    _win_a_deal(cast, at)
    trying.write_the_other(cast, at)
    for name in (WELCOME.name, trying.OTHER):
        _sign(name, cast, at)
    trying.run(cast, at)
    _begin_trials(cast, at)
    _escalate(cast, at)
    _meet(cast, at)
    _mean_to_write(cast, at)
    everyday.happen(cast, clock, at)
    workflow_triggers.run(at=clock.ago(hours=1, minutes=59), workflows=BUILT_IN)
    sending.work_off(clock=lambda: clock.now)


def _pass_a_night(clock: Clock) -> None:
    """Switched on three days ago, two of them look at the last night that was over before today began here."""
    night = clock.ago(hours=3).replace(hour=NIGHT_HOUR, minute=10, second=0, microsecond=0)
    if night > clock.ago(hours=3):
        night -= timedelta(days=1)
    workflows_built_in.register(at=night - timedelta(days=3), workflows=NIGHTLY)
    workflow_triggers.run(at=night, workflows=NIGHTLY)


def _win_a_deal(cast: Cast, at: datetime) -> None:
    asked = Suggestion.objects.queued().values("account_id")
    mine = Opportunity.objects.filter(account__owner=cast[OWNER], stage__kind="open", archived_at=None)
    quiet = mine.exclude(account__in=asked).filter(account__escalated=False)
    deal = (quiet or mine).order_by("amount", "id").first()
    if deal is None:
        return
    moved = {"stage": WON, "close_date": at.date()}
    book.type_in(deal, moved, cast[OWNER], at, "signed this morning")


def _sign(template: str, cast: Cast, at: datetime) -> None:
    standing_approvals.sign(
        version_id=TemplateVersion.objects.get(template__name=template).pk,
        segments=[],
        lifecycles=[],
        until=at + timedelta(days=60),
        why="Fixed text that every trial gets.",
        user=cast[SIGNER],
        at=at,
    )


def _begin_trials(cast: Cast, at: datetime) -> None:
    """People with an address and an owner at accounts where nothing is going on, one at each."""
    calm = Contact.objects.present().filter(account__escalated=False, account__archived_at=None)
    calm = calm.exclude(account__tickets__status__in=("open", "waiting")).exclude(consents__state="opted_out")
    named = calm.exclude(first_name="").exclude(email="").filter(account__owner__isnull=False)
    small = named.filter(account__strategic=False, account__regulated=False).order_by(
        "account__annual_value", "pk"
    )
    first: dict[Any, Contact] = {}
    for contact in small:
        first.setdefault(contact.account_id, contact)
    for contact in list(first.values())[:TRIALS]:
        book.type_in(
            contact,
            {"tags": sorted({*contact.tags, "trial"})},
            cast["ana"],
            at,
            "asked for a trial on the phone",
        )


def _escalate(cast: Cast, at: datetime) -> None:
    """The newest of all, and the newest of those that whoever logs in first may answer."""
    waiting = Ticket.objects.present().filter(status="open", escalated=False, contact__isnull=False)
    waiting = waiting.exclude(contact__email="").filter(account__owner__isnull=False)
    waiting = waiting.order_by("-opened_at", "pk")
    hers = waiting.filter(account__owner=cast["priya"])
    for ticket in {*waiting[:1], *hers[:1]}:
        book.type_in(ticket, {"escalated": True}, cast["ana"], at, "they called twice")


def _meet(cast: Cast, at: datetime) -> None:
    """One meeting was held this morning, and the next one is prepared."""
    people = Contact.objects.present().filter(account__owner=cast[OWNER], account__escalated=False)
    contact = people.exclude(first_name="").order_by("account__name", "pk").first()
    if contact is None or contact.account is None:
        return
    held = {
        "kind": "meeting",
        "occurred_at": at.isoformat(),
        "record": {"type": "contact", "id": str(contact.pk)},
        "subject": "Depot visit",
        "body": NOTES,
        "by": str(cast[OWNER]),
    }
    arrivals.receive(
        events=[held],
        agent=Agent.objects.get(name=NOTE_TAKER),
        at=at,
        told=lambda refused: {"say": refused.say},
    )
    tasks.create(
        title="Talk through the pilot",
        purpose="meeting",
        due_on=(at + timedelta(days=1)).date(),
        about=("account", contact.account.pk),
        user=cast[OWNER],
        at=at,
    )


def _mean_to_write(cast: Cast, at: datetime) -> None:
    leads = Contact.objects.present().filter(lifecycle="lead", account__isnull=False).exclude(first_name="")
    lead = leads.exclude(tags__contains=["trial"]).order_by("account__name", "pk").first()
    if lead is not None:
        book.type_in(lead, {"source": "Outbound list"}, cast["ana"], at, "from the list of the trade fair")
