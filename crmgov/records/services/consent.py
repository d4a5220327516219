"""What a contact said about being contacted. Door verbs: they join the caller's transaction.

No agent ever sets anyone to opted in, approved or not (INVARIANTS F7); taking consent back is open to everybody
who may write, because it only ever tightens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from crmgov.kernel.actors import Actor, ActorType
from crmgov.kernel.refusals import Invalid, NotAllowed
from crmgov.records.models import Consent, Contact, RecordEvent, Source
from crmgov.records.rules.contactability import ANY, objection

from . import recipients

BY_AI = frozenset({ActorType.AI, ActorType.HUMAN_APPROVED_AI})
WHY = {
    "opted_out_here": "They opted out, and it was not this source that told us: ours stands.",
    "objected_to_all": f"They objected to every purpose on this channel (“{ANY}”): only taking that back opts them in.",
}
# An import never writes over an opt-out that is not its own, not even one that came in while it looked.
WRITE = """
INSERT INTO records_consent AS c
  (contact_id, channel, purpose, state, lawful_basis, source, recorded_at, recorded_by, told_by_id)
SELECT u.*, %(by)s, %(teller)s::bigint
FROM unnest(%(contact)s::uuid[], %(channel)s::text[], %(purpose)s::text[], %(state)s::text[], %(basis)s::text[],
            %(source)s::text[], %(at)s::timestamptz[]) AS u(contact, channel, purpose, state, basis, source, at)
ORDER BY u.contact, u.channel, u.purpose
ON CONFLICT (contact_id, channel, purpose) DO UPDATE SET
  state = excluded.state, lawful_basis = excluded.lawful_basis, source = excluded.source,
  recorded_at = excluded.recorded_at, recorded_by = excluded.recorded_by, told_by_id = excluded.told_by_id
WHERE %(teller)s::bigint IS NULL OR c.state <> 'opted_out' OR c.told_by_id = %(teller)s::bigint
RETURNING contact_id, channel, purpose, id"""
Key = tuple[UUID, str, str]


class AgentsNeverOptIn(NotAllowed):
    """Only the contact, a person on their word or a confirmed import opts somebody in, never an agent."""


@dataclass(frozen=True, slots=True)
class Word:
    """What one contact said about one purpose on one channel, and when."""

    contact_id: UUID
    channel: str
    purpose: str
    state: str
    at: datetime
    lawful_basis: str = ""
    source: str = ""

    @property
    def key(self) -> Key:
        return self.contact_id, self.channel, self.purpose


@dataclass(frozen=True, slots=True)
class Out:
    """One contact wants no more of one purpose on one channel, or of all where it names none."""

    contact_id: UUID
    channel: str
    purpose: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a word was not written down: what they said before stands."""

    reason: str

    @property
    def say(self) -> str:
        return WHY[self.reason]


def record(
    *,
    contact: Contact,
    channel: str,
    purpose: str,
    state: str,
    actor: Actor,
    at: datetime,
    lawful_basis: str = "",
    source: str = "",
) -> Consent:
    """Write down what they said; what they said before stands in the event. Raises AgentsNeverOptIn, Invalid."""
    word = Word(contact.pk, channel, purpose, state, at, lawful_basis, source)
    return record_all([word], actor=actor)[0]


def record_all(words: Sequence[Word], *, actor: Actor) -> list[Consent]:
    """Write down many words, each about another contact, channel or purpose, with a handful of statements.

    Raises AgentsNeverOptIn, Invalid.
    """
    recipients.lock_contacts(_opting_out(words))
    return _all_of(words, actor)


def _all_of(words: Sequence[Word], actor: Actor) -> list[Consent]:
    kept = _record(words, actor, None)
    for one in kept:
        if isinstance(one, Objection):
            raise Invalid("This consent cannot be recorded.", {"state": one.say})
    return [one for one in kept if isinstance(one, Consent)]


def record_told(words: Sequence[Word], *, source: Source, actor: Actor) -> list[Consent | Objection]:
    """Write down what a source says in an import: no opt-out that is not its own is loosened or taken over.

    Raises Invalid.
    """
    recipients.lock_contacts(_opting_out(words))
    return _record(words, actor, source)


def _opting_out(words: Sequence[Word]) -> set[tuple[UUID, str]]:
    """Whom nobody may be writing to meanwhile: what is being sent is sent, and nothing after it."""
    return {(word.contact_id, word.channel) for word in words if word.state == Consent.State.OPTED_OUT}


def _record(words: Sequence[Word], actor: Actor, teller: Source | None) -> list[Consent | Objection]:
    for word in words:
        if word.state == Consent.State.OPTED_IN and actor.type in BY_AI:
            raise AgentsNeverOptIn
        _check(word.channel, word.purpose, word.state)
    before = _before(words)
    objections = _objections(words, before, teller)
    fresh = [word for word in words if word.key not in objections]
    written = _write(fresh, actor, teller)
    moved = [word for word in fresh if word.key in written and _state(before, word.key) != word.state]
    RecordEvent.objects.bulk_create([_event(word, _state(before, word.key), actor) for word in moved])
    stood = _before([word for word in fresh if word.key not in written])
    return [_outcome(word, objections, written, stood, actor, teller) for word in words]


def _outcome(
    word: Word,
    objections: dict[Key, str],
    written: dict[Key, int],
    stood: dict[Key, Consent],
    actor: Actor,
    teller: Source | None,
) -> Consent | Objection:
    if word.key in objections:
        return Objection(objections[word.key])
    if word.key in written:
        return _row(word, written[word.key], actor, teller)
    # It was opted out already, or while we looked.
    return stood[word.key] if word.state == Consent.State.OPTED_OUT else Objection("opted_out_here")


def _objections(words: Sequence[Word], before: dict[Key, Consent], teller: Source | None) -> dict[Key, str]:
    """Why a word is not written, by its key; a word for any counts for the others that come with it."""
    said: dict[tuple[UUID, str], dict[str, str]] = {}
    for (contact, channel, purpose), row in before.items():
        said.setdefault((contact, channel), {})[purpose] = row.state
    found: dict[Key, str] = {}
    for word in sorted(words, key=lambda word: word.purpose != ANY):
        there = said.setdefault((word.contact_id, word.channel), {})
        held = before.get(word.key)
        theirs = teller is not None and held is not None and held.told_by_id != teller.pk
        if why := objection(word.purpose, word.state, there, theirs=theirs):
            found[word.key] = why
        else:
            there[word.purpose] = word.state
    return found


def _before(words: Sequence[Word]) -> dict[Key, Consent]:
    """What is on record of these contacts, locked until the caller's transaction ends."""
    if not words:
        return {}
    rows = Consent.objects.filter(contact__in={word.contact_id for word in words}).order_by("pk")
    return {(row.contact_id, row.channel, row.purpose): row for row in rows.select_for_update()}


def _state(before: dict[Key, Consent], key: Key) -> str:
    return before[key].state if key in before else ""


def _write(words: Sequence[Word], actor: Actor, teller: Source | None) -> dict[Key, int]:
    """Return the key of each row that was written."""
    if not words:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            WRITE,
            {
                "contact": [word.contact_id for word in words],
                "channel": [word.channel for word in words],
                "purpose": [word.purpose for word in words],
                "state": [word.state for word in words],
                "basis": [word.lawful_basis for word in words],
                "source": [word.source for word in words],
                "at": [word.at for word in words],
                "by": actor.label[:160],
                "teller": teller.pk if teller else None,
            },
        )
        return {(contact, channel, purpose): pk for contact, channel, purpose, pk in cursor.fetchall()}


def _row(word: Word, pk: int, actor: Actor, teller: Source | None) -> Consent:
    return Consent(
        pk=pk,
        contact_id=word.contact_id,
        channel=word.channel,
        purpose=word.purpose,
        state=word.state,
        lawful_basis=word.lawful_basis,
        source=word.source,
        told_by=teller,
        recorded_by=actor.label[:160],
        recorded_at=word.at,
    )


def withdraw(
    *, contact: Contact, channel: str, actor: Actor, at: datetime, purpose: str = "", source: str = ""
) -> list[Consent]:
    """Take consent back on a channel for one purpose, or for all there are and may come: that is out for any."""
    return withdraw_all([Out(contact.pk, channel, purpose, source)], actor=actor, at=at)


def withdraw_all(outs: Sequence[Out], *, actor: Actor, at: datetime) -> list[Consent]:
    """Take consent back of many contacts, with a handful of statements."""
    recipients.lock_contacts({(one.contact_id, one.channel) for one in outs})
    all_of = {(one.contact_id, one.channel) for one in outs if one.purpose in ("", ANY)}
    on_record = Consent.objects.filter(contact__in={contact for contact, _ in all_of})
    purposes: dict[tuple[UUID, str], list[str]] = {}
    for contact, channel, purpose in on_record.values_list("contact_id", "channel", "purpose").order_by("pk"):
        purposes.setdefault((contact, channel), []).append(purpose)
    words: dict[Key, Word] = {}
    for one in outs:
        whole = one.purpose in ("", ANY)
        named = [ANY, *purposes.get((one.contact_id, one.channel), [])] if whole else [one.purpose]
        for purpose in named:
            word = Word(one.contact_id, one.channel, purpose, Consent.State.OPTED_OUT, at, source=one.source)
            words[word.key] = word
    return _all_of(list(words.values()), actor)


def _event(word: Word, before: str, actor: Actor) -> RecordEvent:
    return RecordEvent(
        kind=RecordEvent.Kind.CHANGED,
        record_type="contact",
        record_id=word.contact_id,
        fields=[f"consent.{word.channel}.{word.purpose}"],
        data={
            "consent": {"channel": word.channel, "purpose": word.purpose},
            "from": before,
            "to": word.state,
            "evidence": word.source,
            "actor": actor.type.value,
            "by": actor.label,
        },
        at=word.at,
    )


def _check(channel: str, purpose: str, state: str) -> None:
    errors: dict[str, str] = {}
    if channel not in Consent.Channel.values:
        errors["channel"] = f"“{channel[:40]}” is not one of {', '.join(Consent.Channel.values)}."
    if state not in Consent.State.values:
        errors["state"] = f"“{state[:40]}” is not one of {', '.join(Consent.State.values)}."
    if not purpose.strip() or len(purpose) > 40:
        errors["purpose"] = "Name the purpose in at most 40 characters, such as newsletter."
    if errors:
        raise Invalid("This consent cannot be recorded.", errors)
