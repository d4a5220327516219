"""What the criteria look at, fetched for many records at once: a fixed number of queries per batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet

from crmgov.records.models import Account, Activity, ActivityKind, BuyingRole, Contact, Lifecycle, Ticket
from scoring.rules.churn import ChurnFacts
from scoring.rules.lead_fit import LeadFacts

CUSTOMERS = (Lifecycle.CUSTOMER, Lifecycle.EVANGELIST)
NO_LEADS = (Lifecycle.CUSTOMER, Lifecycle.EVANGELIST, Lifecycle.CHURNED)
TOUCHES = (
    ActivityKind.REPLY,
    ActivityKind.MAIL_IN,
    ActivityKind.CALL,
    ActivityKind.MEETING,
    ActivityKind.CHAT,
)
ASKED = (*TOUCHES, ActivityKind.FORM)
LOOKED = (ActivityKind.PAGE_VIEW, ActivityKind.VIDEO)
UNHAPPY = Q(priority=Ticket.Priority.URGENT) | Q(escalated=True)
BATCH = 2_000


def customers() -> QuerySet[Account]:
    """Who can churn."""
    return Account.objects.present().filter(lifecycle__in=CUSTOMERS)


def leads() -> QuerySet[Contact]:
    """Who can still become a customer."""
    return Contact.objects.present().exclude(lifecycle__in=NO_LEADS)


def batches(rows: QuerySet[Any]) -> Iterator[list[UUID]]:
    """Ids in order, a batch at a time, by keyset: nothing holds the whole table in memory."""
    last: UUID | None = None
    while True:
        page = rows.order_by("id") if last is None else rows.filter(id__gt=last).order_by("id")
        ids = list(page.values_list("id", flat=True)[:BATCH])
        if not ids:
            return
        yield ids
        last = ids[-1]


def churn_facts(ids: Sequence[UUID], at: datetime) -> dict[UUID, tuple[str, ChurnFacts]]:
    """Return segment and facts per account."""
    activity = _activity_by_account(ids, at)
    tickets = _tickets_by_account(ids, at)
    known = Contact.objects.present().filter(account_id__in=ids).values("account_id").annotate(n=Count("id"))
    people = {row["account_id"]: row["n"] for row in known}
    columns = ("id", "segment_id", "renewal_date", "escalated", "owner_view")
    return {
        row["id"]: (
            row["segment_id"] or "",
            ChurnFacts(
                today=at.date(),
                renewal_date=row["renewal_date"],
                escalated=row["escalated"],
                owner_view=row["owner_view"],
                people=people.get(row["id"], 0),
                **tickets.get(row["id"], {}),
                **activity.get(row["id"], {}),
            ),
        )
        for row in Account.objects.filter(id__in=ids).values(*columns)
    }


def lead_facts(ids: Sequence[UUID], at: datetime) -> dict[UUID, tuple[str, LeadFacts]]:
    """Return segment and facts per contact."""
    activity = _activity_by_contact(ids, at)
    roles = (
        BuyingRole.objects.present().filter(contact_id__in=ids).values("contact_id").annotate(n=Count("id"))
    )
    deals = {row["contact_id"]: row["n"] for row in roles}
    account = ("account__segment_id", "account__domain", "account__employees", "account__industry")
    rows = Contact.objects.filter(id__in=ids).values("id", "title", "email", "account_id", *account)
    return {
        row["id"]: (
            row["account__segment_id"] or "",
            LeadFacts(
                today=at.date(),
                title=row["title"],
                email=row["email"],
                company_domain=row["account__domain"] or "",
                employees=row["account__employees"],
                industry=row["account__industry"] or "",
                has_account=row["account_id"] is not None,
                buying_roles=deals.get(row["id"], 0),
                **activity.get(row["id"], {}),
            ),
        )
        for row in rows
    }


def _activity_by_account(ids: Sequence[UUID], at: datetime) -> dict[UUID, dict[str, Any]]:
    month, two, half = (at - timedelta(days=days) for days in (30, 60, 180))
    login = Q(kind=ActivityKind.LOGIN)
    rows = (
        Activity.objects.filter(account_id__in=ids, occurred_at__lte=at)
        .values("account_id")
        .annotate(
            touched=Max("occurred_at", filter=Q(kind__in=TOUCHES)),
            ever=Count("id", filter=login),
            lately=Count("id", filter=login & Q(occurred_at__gt=month)),
            before=Count("id", filter=login & Q(occurred_at__gt=two, occurred_at__lte=month)),
            bought=Count("id", filter=Q(kind=ActivityKind.PURCHASE, occurred_at__gt=half)),
        )
    )
    return {
        row["account_id"]: {
            "last_touch": _day(row["touched"]),
            "logins_30": row["lately"] if row["ever"] else None,
            "logins_before_30": row["before"] if row["ever"] else None,
            "purchases_180": row["bought"],
        }
        for row in rows
    }


def _tickets_by_account(ids: Sequence[UUID], at: datetime) -> dict[UUID, dict[str, Any]]:
    is_open = Q(status__in=(Ticket.Status.OPEN, Ticket.Status.WAITING))
    rows = (
        Ticket.objects.present()
        .filter(account_id__in=ids)
        .values("account_id")
        .annotate(
            urgent_open=Count("id", filter=is_open & UNHAPPY),
            tickets_90=Count("id", filter=Q(opened_at__gt=at - timedelta(days=90), opened_at__lte=at)),
        )
    )
    return {
        row["account_id"]: {"urgent_open": row["urgent_open"], "tickets_90": row["tickets_90"]}
        for row in rows
    }


def _activity_by_contact(ids: Sequence[UUID], at: datetime) -> dict[UUID, dict[str, Any]]:
    lately = Q(occurred_at__gt=at - timedelta(days=30))
    theirs = Q(kind__in=(*ASKED, *LOOKED, ActivityKind.LOGIN))
    rows = (
        Activity.objects.filter(contact_id__in=ids, occurred_at__lte=at)
        .values("contact_id")
        .annotate(
            seen=Max("occurred_at", filter=theirs),
            asked_30=Count("id", filter=lately & Q(kind__in=ASKED)),
            looked_30=Count("id", filter=lately & Q(kind__in=LOOKED)),
        )
    )
    return {
        row["contact_id"]: {
            "last_seen": _day(row["seen"]),
            "asked_30": row["asked_30"],
            "looked_30": row["looked_30"],
        }
        for row in rows
    }


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None
