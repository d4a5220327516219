"""What the gate looks at around messages: consent and pressure, other accounts, what was written lately."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from approvals import actions
from approvals.models import Suggestion
from approvals.rules.facts import Barrier
from approvals.rules.findings import Ref
from approvals.selectors import lately_written, mentions
from approvals.selectors.lately_written import Around, Written
from approvals.selectors.mentions import Mentioned
from crmgov.records.models import Opportunity, Stage
from crmgov.records.rules.contactability import Blocked
from crmgov.records.selectors.contact_rules import in_force
from crmgov.records.selectors.contactability import reasons_for

from .proposed import Proposed

EMAIL = "email"
# So long the same words are the same message, and while one is on its way another of its purpose waits for a person.
REMEMBERED = timedelta(days=30)
UNDERWAY = ("pending", "unknown")


class MessageGround:
    """Fetched when it is made; five queries and one per purpose, none where nothing is sent."""

    def __init__(self, cases: Sequence[Proposed], at: datetime) -> None:
        sent = [case for case in cases if actions.of(case.suggestion).leaves]
        # By contact, channel and purpose.
        self._blocked: dict[tuple[UUID, str, str], tuple[Blocked, ...]] = {}
        self._texts: dict[Around, list[Written]] = {}
        self._deals: dict[UUID, str] = {}
        self._before: dict[UUID, Ref] = {}
        self.mentioned = Mentioned()
        if not sent:
            return
        self._texts = lately_written.texts_of({_around(case) for case in sent}, at=at)
        self.mentioned = mentions.mentioned(text for case in sent for text in said(case).values())
        accounts = {case.subject.account.pk for case in sent if case.subject.account is not None}
        open_ones = Opportunity.objects.filter(
            account__in=accounts, archived_at=None, stage__kind=Stage.Kind.OPEN
        )
        self._deals = dict(open_ones.order_by("-pk").values_list("account", "name"))
        self._before = _written_before(sent, at)
        rules, besides = in_force(), [case.suggestion.pk for case in sent]
        for channel, purpose in {_way(case) for case in sent}:
            contacts = {_contact(case) for case in sent if _way(case) == (channel, purpose)}
            found = reasons_for(
                contacts - {None},  # type: ignore[arg-type]
                channel=channel,
                purpose=purpose,
                at=at,
                rules=rules,
                besides=besides,
            )
            self._blocked |= {(contact, channel, purpose): reasons for contact, reasons in found.items()}

    def barriers(self, case: Proposed) -> tuple[Barrier, ...]:
        """Everything that stands against it but the hour of the day, which only puts it off."""
        contact = _contact(case)
        found = self._blocked.get((contact, *_way(case)), ()) if contact is not None else ()
        return tuple(Barrier(one.reason.value, one.sentence) for one in found if not one.is_delay)

    def open_deal(self, case: Proposed) -> str:
        """The name of an opportunity of the account that is still open; empty for none."""
        account = case.subject.account
        return self._deals.get(account.pk, "") if account is not None else ""

    def before(self, case: Proposed) -> Ref | None:
        """A message that is on its way to them for this purpose, or left lately with the same words."""
        return self._before.get(case.suggestion.pk)

    def texts(self, case: Proposed) -> list[Written]:
        """What was written around it lately, and what was noticed in it."""
        return self._texts.get(_around(case), [])


def _written_before(sent: Sequence[Proposed], at: datetime) -> dict[UUID, Ref]:
    """By suggestion; one query."""
    contacts = {contact for case in sent if (contact := _contact(case)) is not None}
    rows = Suggestion.objects.filter(action="send_message", record_id__in=contacts, execution__isnull=False)
    underway = Q(execution__status__in=UNDERWAY)
    left = Q(execution__status="succeeded", execution__finished_at__gt=at - REMEMBERED)
    found = list(rows.filter(underway | left).select_related("execution").order_by("-number"))
    return {
        case.suggestion.pk: Ref("suggestion", str(one.pk), f"Suggestion {one.number}, {one.title}")
        for case in sent
        for one in reversed(found)
        if one.pk != case.suggestion.pk and one.record_id == _contact(case) and _is_again(one, case)
    }


def _is_again(one: Suggestion, case: Proposed) -> bool:
    if one.asks == case.suggestion.asks:
        return True
    return one.purpose == said(case).get("purpose", "") and one.execution.status in UNDERWAY


def said(case: Proposed) -> dict[str, str]:
    """Field -> what is proposed of it, as edited where somebody edited it."""
    return {item.field: str(item.wanted or "") for item in case.items}


def channel_of(text: Mapping[str, str]) -> str:
    """The way a message is meant to take; without a word it is a mail."""
    return text.get("channel") or EMAIL


def _way(case: Proposed) -> tuple[str, str]:
    """Channel and purpose."""
    text = said(case)
    return channel_of(text), text.get("purpose", "")


def _contact(case: Proposed) -> UUID | None:
    return case.subject.contact.pk if case.subject.contact is not None else None


def _around(case: Proposed) -> Around:
    account = case.subject.account
    return (account.pk if account is not None else None, _contact(case))
