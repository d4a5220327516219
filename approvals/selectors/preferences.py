"""What somebody outside may choose: the purposes we know of for their address, each on or off."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from crmgov.records.models import Consent, Contact
from crmgov.records.rules.addresses import masked
from crmgov.records.rules.contactability import ANY, OUT, Said, objecting

CHANNEL = Consent.Channel.EMAIL.value
# Nobody reads a longer list; a source that made a purpose of every campaign does not make this page endless.
MOST = 40


@dataclass(frozen=True, slots=True)
class Choice:
    purpose: str
    is_on: bool

    @property
    def label(self) -> str:
        return self.purpose[:1].upper() + self.purpose[1:]


@dataclass(frozen=True, slots=True)
class Preferences:
    """`about` is the purpose of the message they came from, `address` only what they recognize."""

    address: str
    about: str
    choices: list[Choice]
    all_stopped: bool


def preferences_of(contact: Contact, purpose: str) -> Preferences:
    """What the page shows; two queries."""
    words = _words(contacts_like(contact))
    stopped = any(word.purpose == ANY and word.state == OUT for word in words)
    return Preferences(masked(contact.email), _plain(purpose), _choices(words, purpose), stopped)


def choices_of(contact: Contact, purpose: str) -> list[Choice]:
    return _choices(_words(contacts_like(contact)), purpose)


def contacts_like(contact: Contact) -> list[UUID]:
    """They and everybody with the same address, archived ones too: they may be restored."""
    same = Contact.objects.filter(email=contact.email) if contact.email else Contact.objects.none()
    return sorted({contact.pk, *same.values_list("pk", flat=True)})


def words_of(contacts: Collection[UUID]) -> dict[UUID, dict[str, str]]:
    """What each said by mail, by purpose; with an entry for everybody."""
    said: defaultdict[UUID, dict[str, str]] = defaultdict(dict)
    for row in Consent.objects.filter(contact__in=contacts, channel=CHANNEL).order_by("pk"):
        said[row.contact_id][row.purpose] = row.state
    return {key: said[key] for key in contacts}


def _words(contacts: Collection[UUID]) -> list[Said]:
    """Whoever of them said it: one person reads there."""
    rows = Consent.objects.filter(contact__in=contacts, channel=CHANNEL).order_by("purpose", "pk")
    return [Said(_plain(row.purpose), row.state, row.lawful_basis) for row in rows]


def _choices(words: list[Said], purpose: str) -> list[Choice]:
    """The purpose of the message first."""
    first = _plain(purpose)
    named = sorted({word.purpose for word in words} - {first, ANY, ""})
    shown = [first] * (first not in ("", ANY)) + named
    return [Choice(one, not objecting(words, one)) for one in shown[:MOST]]


def _plain(purpose: str) -> str:
    return purpose.strip().lower()
