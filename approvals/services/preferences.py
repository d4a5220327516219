"""What somebody outside says about being written to, over the link in a message and nothing else.

The link is signed and does not age: whoever kept a message may unsubscribe years later. It names the contact by id;
what is said counts for every contact with the same address, because one person reads there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from django.core import signing
from django.db import transaction
from django.urls import Resolver404, resolve, reverse

from approvals.selectors.preferences import Choice, choices_of, contacts_like, words_of
from crmgov.kernel.actors import Actor, ActorType
from crmgov.kernel.refusals import NotFound
from crmgov.records.models import Consent, Contact
from crmgov.records.rules.contactability import ANY, SERVICE, holding
from crmgov.records.services import consent, trouble
from crmgov.records.services.consent import Out, Word

SALT = "crmgov.preferences"
CHANNEL = Consent.Channel.EMAIL.value
ON_THE_PAGE = "preference page"


@dataclass(frozen=True, slots=True)
class Link:
    """Of whom, for what they were written to, and in which message."""

    contact_id: UUID
    purpose: str
    message_id: str


def token_for(*, contact_id: UUID, purpose: str, message_id: str) -> str:
    """Return what stands in the address; nobody else can make one, and it holds no name and no address."""
    return signing.dumps([contact_id.hex, purpose, message_id], salt=SALT)


def unsubscribe_path(*, contact_id: UUID, purpose: str, message_id: str) -> str:
    """Return the path for List-Unsubscribe; the preference page is its parent."""
    token = token_for(contact_id=contact_id, purpose=purpose, message_id=message_id)
    return reverse("approvals:unsubscribe", kwargs={"token": token})


def key_in(address: str) -> str:
    """The token of an address that `unsubscribe_path` made; "" of any other. With it one speaks as the contact."""
    try:
        return str(resolve(urlsplit(address).path).kwargs.get("token", ""))
    except (Resolver404, ValueError):
        return ""


def read(token: str) -> tuple[Link, Contact]:
    """Raises NotFound for what nobody of ours wrote."""
    try:
        contact, purpose, message = signing.loads(token, salt=SALT)
        link = Link(UUID(contact), str(purpose), str(message))
    except (signing.BadSignature, ValueError, TypeError) as bad:
        raise NotFound("This link leads nowhere.") from bad
    found = Contact.objects.filter(pk=link.contact_id).first()
    if found is None:
        raise NotFound("This link leads nowhere.")
    return link, found


@trouble.twice(trouble.crossed)
@transaction.atomic(durable=True)
def unsubscribe(*, token: str, at: datetime) -> Link:
    """Out of the purpose they were written to for, or of everything where it names none. Raises NotFound.

    Who is out already stays out since then: a second press changes nothing.
    """
    link, contact = read(token)
    purpose = link.purpose.strip().lower() or ANY
    _out(contact, [purpose], f"unsubscribe link in message {link.message_id}"[:120], at)
    return link


@trouble.twice(trouble.crossed)
@transaction.atomic(durable=True)
def stop_all(*, token: str, at: datetime) -> None:
    """Out of everything, also of what may come. Raises NotFound."""
    _, contact = read(token)
    _out(contact, [ANY], ON_THE_PAGE, at)


@trouble.twice(trouble.crossed)
@transaction.atomic(durable=True)
def choose(*, token: str, wanted: Collection[str], at: datetime) -> None:
    """Keep what was ticked of what the page shows; what stayed as it was is left alone. Raises NotFound."""
    link, contact = read(token)
    shown = choices_of(contact, link.purpose)
    off = [one.purpose for one in shown if one.is_on and one.purpose not in wanted]
    on = [one.purpose for one in shown if not one.is_on and one.purpose in wanted]
    _out(contact, off, ON_THE_PAGE, at)
    if on:
        _in(contact, on, shown, at)


def _out(contact: Contact, purposes: Sequence[str], source: str, at: datetime) -> None:
    """Of those who are not out already."""
    people = contacts_like(contact)
    said = words_of(people)
    outs = [
        Out(key, CHANNEL, purpose, source)
        for key in people
        for purpose in purposes
        if holding(purpose, said[key]) != Consent.State.OPTED_OUT
    ]
    if outs:
        consent.withdraw_all(outs, actor=_themselves(contact), at=at)


def _in(contact: Contact, purposes: Sequence[str], shown: Sequence[Choice], at: datetime) -> None:
    """A yes to one thing takes back a no to everything, and the rest of that no stands, purpose by purpose."""
    people = contacts_like(contact)
    said = words_of(people)
    stays_out = (SERVICE | {one.purpose for one in shown if not one.is_on}) - set(purposes)
    words: list[Word] = []
    for key in people:
        if said[key].get(ANY) == Consent.State.OPTED_OUT:
            words.append(Word(key, CHANNEL, ANY, Consent.State.UNKNOWN, at, source=ON_THE_PAGE))
            words += [_word(key, purpose, Consent.State.OPTED_OUT, at) for purpose in sorted(stays_out)]
        words += [
            _word(key, name, Consent.State.OPTED_IN, at)
            for purpose in purposes
            for name in _spellings(said[key], purpose)
        ]
    consent.record_all(words, actor=_themselves(contact))


def _spellings(said: Mapping[str, str], purpose: str) -> set[str]:
    """As it stands on record: a file may have written it in capitals, and a no there is a no."""
    return {name for name in said if name.strip().lower() == purpose} or {purpose}


def _word(contact_id: UUID, purpose: str, state: str, at: datetime) -> Word:
    basis = "consent" if state == Consent.State.OPTED_IN else ""
    return Word(contact_id, CHANNEL, purpose, state, at, lawful_basis=basis, source=ON_THE_PAGE)


def _themselves(contact: Contact) -> Actor:
    """A person's own word, as the ledger names them: their link is what shows who they are."""
    return Actor(ActorType.HUMAN, f"contact:{contact.pk}", str(contact))
