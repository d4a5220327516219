"""What the gate looks at of a message: its reader, its text, and what stands approved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain

from django.conf import settings

from approvals import actions
from approvals.rules import facts as rules
from approvals.rules import message_checks, message_headers
from approvals.rules.findings import Ref
from approvals.rules.message_html import clean
from approvals.rules.messages import NOUNS
from approvals.rules.other_accounts import Accounts
from approvals.rules.topics import topics_of
from approvals.selectors.lately_written import Written
from approvals.selectors.mentions import Mentioned
from crmgov.records.models import Account, ActivityKind, Contact
from crmgov.records.models.accounts import Lifecycle

from . import scored, standing_facts
from .grounds import Ground
from .message_ground import EMAIL, MessageGround, channel_of, said
from .proposed import Proposed

# Whose it is may be another team's to know: neither an agent nor a reviewer learns it by posting names.
NAMELESS = {"other_accounts_words": "It names what belongs to another account."}

NOT_SEEN = "something that another team reads"
ACTIVITIES = {str(value): str(label) for value, label in ActivityKind.choices}


def of(proposed: Proposed, ground: Ground) -> rules.Message | None:
    """None where nothing is sent."""
    if not actions.of(proposed.suggestion).leaves:
        return None
    contact, account = proposed.subject.contact, proposed.subject.account
    text = said(proposed)
    channel = channel_of(text)
    return rules.Message(
        purpose=text.get("purpose", ""),
        recipient=address_of(contact, channel) if contact is not None else "",
        channel=channel,
        barriers=ground.messages.barriers(proposed),
        concerns=concerns(proposed, ground.messages),
        topics=_topics(proposed, ground),
        read_topics=tuple(_read_topics(proposed, ground)),
        customer=Lifecycle.CUSTOMER in (_stage(contact), _stage(account)),
        open_deal=ground.messages.open_deal(proposed),
        before=ground.messages.before(proposed),
        standing=None
        if _comes_of_a_score(proposed, ground)
        else standing_facts.of(proposed, ground.standing),
    )


def _comes_of_a_score(proposed: Proposed, ground: Ground) -> bool:
    """Outreach from a score goes to a person, whatever template somebody signed for."""
    causes = ground.precedents.causes
    names = [causes[key].workflow for key in proposed.suggestion.chain if key in causes]
    return scored.leads_on(names, [str(fact["name"]) for fact in proposed.suggestion.facts])


def concerns(proposed: Proposed, ground: MessageGround) -> tuple[rules.Concern, ...]:
    """What a look at the text finds, as edited where somebody edited it."""
    contact, text = proposed.subject.contact, said(proposed)
    known = known_of(contact, proposed.subject.account, ground.mentioned)
    remarks = message_checks.remarks(subject=text.get("subject", ""), body=text.get("body", ""), known=known)
    found_in = [rules.Concern(one.code, NAMELESS.get(one.code, one.say)) for one in remarks]
    return (*found_in, *(_unsendable(contact, text) if channel_of(text) == EMAIL else ()))


def known_of(contact: Contact | None, account: Account | None, found: Mentioned) -> message_checks.Known:
    """What a text to this contact may link and name, and what in it belongs to others."""
    key = account.pk if account is not None else None
    own = found.of(key, own=True)
    return message_checks.Known(
        link_hosts=frozenset(settings.MESSAGES.link_hosts),
        own=Accounts(
            addresses=own.addresses | {contact.email if contact is not None else ""} - {""},
            phones=own.phones | {contact.phone if contact is not None else ""} - {""},
            domains=own.domains | {account.domain if account is not None else ""} - {""},
            names=own.names | {account.name if account is not None else ""} - {""},
        ),
        others=found.of(key, own=False),
    )


def _unsendable(contact: Contact | None, text: Mapping[str, str]) -> Iterator[rules.Concern]:
    """What no mail can be made of is said before anybody approves it; who has no address is told so elsewhere."""
    if contact is None or not contact.email:
        return
    if not clean(text.get("body", "")).text.strip():
        yield rules.Concern("unsendable", "Nothing of its body is left to send.")
    try:
        message_headers.mailbox("To", str(contact), contact.email)
        message_headers.words("Subject", text.get("subject", ""))
    except message_headers.BadEnvelope as refused:
        yield rules.Concern("unsendable", f"It cannot be sent as a mail: {refused}")


def address_of(contact: Contact, channel: str) -> str:
    """Where it reaches them; nobody keeps names of other networks here."""
    return {EMAIL: contact.email, "phone": contact.phone, "sms": contact.phone}.get(channel, "")


def _stage(record: Account | Contact | None) -> str:
    return record.lifecycle if record is not None else ""


def _topics(proposed: Proposed, ground: Ground) -> tuple[str, ...]:
    """By the word lists, in the message, and in what the customer wrote lately."""
    written = (one.text for one in ground.messages.texts(proposed))
    texts = chain(said(proposed).values(), written)
    return tuple(sorted({topic.name for text in texts for topic in topics_of(text)}))


def _read_topics(proposed: Proposed, ground: Ground) -> Iterator[rules.ReadTopic]:
    """What a model or a person noticed in what the customer wrote lately, of the topics that the gate knows."""
    for one in ground.messages.texts(proposed):
        for noticed in one.noticed:
            if noticed.label in NOUNS:
                where = _where(one, proposed)
                yield rules.ReadTopic(noticed.label, where, noticed.part, noticed.of, noticed.by)


def _where(written: Written, proposed: Proposed) -> Ref:
    """A ticket has a page of its own; mails and notes stand on that of the account, or the contact.

    It counts whoever may read it. Its words are only for those of its team.
    """
    account, contact = proposed.subject.account, proposed.subject.contact
    theirs = written.team is not None and written.team not in _teams(account, contact)
    label = NOT_SEEN if theirs else written.subject or ACTIVITIES.get(written.kind, written.kind)
    if written.kind == "ticket" and not theirs:
        return Ref("ticket", str(written.id), label)
    if account is not None:
        return Ref("account", str(account.pk), label)
    return Ref("contact", str(contact.pk) if contact is not None else "", label)


def _teams(*records: Account | Contact | None) -> set[int | None]:
    return {one.team_id for one in records if one is not None}
