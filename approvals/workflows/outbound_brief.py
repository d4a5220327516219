"""A lead we mean to write to first: what the CRM knows of them and their company, and what it does not."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from crmgov.records.models import Account

from .kinds import CHANGED, CREATED, Answer, BuiltIn, Case, Terms, Trigger, lines_of, summary

ABOUT = "Research before the first word"
OUTBOUND = "outbound"
# What somebody should know before they write, and how the brief calls it.
OF_PERSON = (("title", "Title"), ("email", "E-mail"), ("phone", "Phone"), ("language", "Language"))
OF_COMPANY = (
    ("industry", "Industry"), ("employees", "Employees"), ("region", "Region"), ("domain", "Domain"),
    ("lifecycle", "Lifecycle"), ("buying_timeline", "Buying timeline"),
)  # fmt: skip


class OutboundBrief(BuiltIn):
    name = "outbound-brief"
    version = "1"
    subject = "contact"
    triggers = (
        Trigger(CREATED, ("contact",)),
        Trigger(CHANGED, ("contact",), fields=("source", "account")),
    )
    needs = ("brief",)
    terms = Terms(
        trigger=f"A lead comes whose source begins with “{OUTBOUND}”.",
        record_types=("contact",),
        actions=("log_summary",),
        reads=(
            *(f"contact.{field}" for field, _ in OF_PERSON),
            "contact.source",
            *(f"account.{field}" for field, _ in OF_COMPANY),
        ),
        minutes_saved=Decimal(20),
        sla_hours=24,
    )

    def propose(self, case: Case) -> Answer:
        lead = case.record
        if not lead.is_lead or not lead.source.strip().lower().startswith(OUTBOUND):
            return
        if case.known.has_said("about", ABOUT):
            return
        account = _seen_beside(case)
        known = [*_known(lead, OF_PERSON), *(_known(account, OF_COMPANY) if account else ())]
        missing = [*_missing(lead, OF_PERSON), *(_missing(account, OF_COMPANY) if account else ("company",))]
        yield summary(
            "contact",
            lead.pk,
            about=ABOUT,
            lines=[
                f"Who: {lead}{f', {account}' if account else ''}",
                f"Known: {'; '.join(known) or 'nothing beyond the name'}",
                *(lines_of(case.known.brief) if account else ()),
                f"Missing: {', '.join(missing) or 'nothing of this list'}",
            ],
            reason=f"A lead whose source is “{lead.source}”: nobody has talked with them here yet.",
        )


def _seen_beside(case: Case) -> Account | None:
    """The account, where whoever sees the lead sees it too."""
    account = case.known.account
    return account if account is not None and account.team_id in (None, case.record.team_id) else None


def _known(record: Any, fields: tuple[tuple[str, str], ...]) -> Iterator[str]:
    return (
        f"{name} {value}" for field, name in fields if (value := getattr(record, field)) not in (None, "")
    )


def _missing(record: Any, fields: tuple[tuple[str, str], ...]) -> Iterator[str]:
    return (name.lower() for field, name in fields if getattr(record, field) in (None, ""))
