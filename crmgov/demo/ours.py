"""What the workflows that crmgov ships make of today: a deal won, a ticket escalated, two trials that begin."""

from __future__ import annotations

from datetime import datetime, timedelta

from approvals.models import Suggestion, TemplateVersion
from approvals.services import sending, standing_approvals, workflow_triggers, workflows_built_in
from approvals.workflows import BUILT_IN
from approvals.workflows.letters import WELCOME
from crmgov.demo import book
from crmgov.demo.cast import Cast
from crmgov.demo.clock import Clock
from crmgov.records.models import Contact, Opportunity, Ticket

OWNER, WON = "felix", "Won"
# Whoever the templates are shipped for does not sign for them.
SIGNER = "daniel"
TRIALS = 2


def work(cast: Cast, clock: Clock) -> None:
    """They are registered, people move things by hand, and what they propose waits or leaves under a signature."""
    at = clock.ago(hours=2)
    workflows_built_in.register(at=at, workflows=BUILT_IN)
    _win_a_deal(cast, at)
    _sign_the_welcome(cast, at)
    _begin_trials(cast, at)
    _escalate(cast, at)
    workflow_triggers.run(at=clock.ago(hours=1, minutes=59), workflows=BUILT_IN)
    sending.work_off(clock=lambda: clock.now)


def _win_a_deal(cast: Cast, at: datetime) -> None:
    asked = Suggestion.objects.queued().values("account_id")
    mine = Opportunity.objects.filter(account__owner=cast[OWNER], stage__kind="open", archived_at=None)
    quiet = mine.exclude(account__in=asked).filter(account__escalated=False)
    deal = (quiet or mine).order_by("amount", "id").first()
    if deal is None:
        return
    moved = {"stage": WON, "close_date": at.date()}
    book.type_in(deal, moved, cast[OWNER], at, "signed this morning")


def _sign_the_welcome(cast: Cast, at: datetime) -> None:
    standing_approvals.sign(
        version_id=TemplateVersion.objects.get(template__name=WELCOME.name).pk,
        segments=[],
        lifecycles=[],
        until=at + timedelta(days=60),
        why="Fixed text that every trial gets.",
        user=cast[SIGNER],
        at=at,
    )


def _begin_trials(cast: Cast, at: datetime) -> None:
    """People with an address and an owner at accounts where nothing is going on."""
    calm = Contact.objects.present().filter(account__escalated=False, account__archived_at=None)
    calm = calm.exclude(account__tickets__status__in=("open", "waiting")).exclude(consents__state="opted_out")
    named = calm.exclude(first_name="").exclude(email="").filter(account__owner__isnull=False)
    small = named.filter(account__strategic=False, account__regulated=False).order_by(
        "account__annual_value", "pk"
    )
    for contact in small[:TRIALS]:
        book.type_in(
            contact,
            {"tags": sorted({*contact.tags, "trial"})},
            cast["ana"],
            at,
            "asked for a trial on the phone",
        )


def _escalate(cast: Cast, at: datetime) -> None:
    waiting = Ticket.objects.present().filter(status="open", escalated=False, contact__isnull=False)
    ticket = (
        waiting.exclude(contact__email="")
        .filter(account__owner__isnull=False)
        .order_by("-opened_at", "pk")
        .first()
    )
    if ticket is not None:
        book.type_in(ticket, {"escalated": True}, cast["ana"], at, "they called twice")
