"""Messages that an agent wanted to write and may not, and one that waits for a person."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet

from crmgov.demo.voices import Say, Stage
from crmgov.records.models import Contact, Opportunity
from crmgov.records.services import contacting, suppressions

ASKED_TWICE = "<p>Dear {name},</p><p>just checking in: did you have time to look at the offer?</p>"
ELSEWHERE = (
    '<p>Dear {name},</p><p>the figures are at <a href="https://files.example.net/q3">our page</a>.</p>'
)


def be_kept_in(stage: Stage) -> None:
    """No consent, a suppressed domain, too many touches, a customer who is prospected, a link to somewhere else."""
    clock, ana = stage.clock, stage.cast["ana"]
    never, told_often, linked = _readers().exclude(account__lifecycle="customer")[:3]
    open_deals = Opportunity.objects.filter(stage__kind="open", archived_at=None)
    buys = _readers().filter(account__lifecycle="customer", account__in=open_deals.values("account"))[0]
    _write(stage, never, "newsletter", hours=30)
    suppressions.add_by_hand(
        target=suppressions.Target("domain", never.email.rpartition("@")[2]),
        reason="They asked us in writing never to mail them again.",
        until=None,
        user=ana,
        at=clock.ago(hours=29),
    )
    _write(stage, never, "support", hours=28)
    with transaction.atomic():
        for hours in (100, 76, 52, 27):
            contacting.log_touch(
                contact=told_often,
                channel="email",
                purpose="support",
                by="Priya Nair",
                at=clock.ago(hours=hours),
            )
    _write(stage, told_often, "renewal", hours=26)
    _write(stage, buys, "prospecting", hours=25)
    _write(stage, linked, "support", hours=24, body=ELSEWHERE)
    stage["writer"].ask(
        told_often,
        clock.ago(hours=23),
        Say("kind", "address", 0.9, "mail"),
        Say("value", told_often.email, 0.9, "mail"),
        Say("reason", "They answered: please stop writing to me.", 0.9, "mail"),
        reason="They answered the last mail with a plea to stop.",
        action="request_suppression",
    )


def _readers() -> QuerySet[Contact]:
    """People with a first name, an address and an account, in an order that stays."""
    rows: QuerySet[Contact] = Contact.objects.present().exclude(first_name="").exclude(email="")
    quiet = rows.filter(account__isnull=False, account__strategic=False, account__escalated=False)
    return quiet.exclude(consents__state="opted_out").order_by("account__name", "pk")


def _write(stage: Stage, contact: Contact, purpose: str, *, hours: float, body: str = ASKED_TWICE) -> None:
    stage["writer"].ask(
        contact,
        stage.clock.ago(hours=hours),
        Say("purpose", purpose, 0.8, "mail"),
        Say("subject", "Just checking in", 0.8, "mail"),
        Say("body", body.format(name=contact.first_name), 0.8, "mail"),
        reason="Nobody wrote for two weeks.",
        action="send_message",
    )
