"""May somebody be contacted: what holds of all they said, what stands against it, and which words may not loosen it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from .addresses import hosts_of, key_of
from .contact_rules import Cap, ContactRules, Quiet
from .quiet_hours import quiet_until, zone_of

IN, OUT, UNKNOWN = "opted_in", "opted_out", "unknown"
# The purpose of somebody who spoke of none. Out for any is out for all of a channel, whatever else was said.
ANY = "any"
# What goes with having a contract at all: it needs no yes, only that nobody said no. All else needs one.
SERVICE = frozenset({"service", "onboarding", "renewal", "support", "account"})
# Lawful bases beside consent, by how they begin (GDPR Art. 6, and as large CRMs spell them).
BASES = ("legitimate interest", "contract", "performance of a contract", "legal obligation", "vital interest",
         "public task")  # fmt: skip
# A letter that comes by night wakes nobody.
BY_THE_CLOCK = frozenset({"email", "phone", "sms"})
NO_ADDRESS = {
    "email": "We have no e-mail address of them.",
    "phone": "We have no phone number of them.",
    "sms": "We have no phone number of them.",
}


class Reason(StrEnum):
    ARCHIVED = "archived"
    NO_ADDRESS = "no_address"
    OPTED_OUT = "opted_out"
    SUPPRESSED = "suppressed"
    FREQUENCY_CAP = "frequency_cap"
    QUIET_HOURS = "quiet_hours"


@dataclass(frozen=True, slots=True)
class Blocked:
    """Why they may not be contacted; `until` is when this reason ends by itself, None where it does not."""

    reason: Reason
    sentence: str
    until: datetime | None = None

    @property
    def is_delay(self) -> bool:
        """Does it only put off?"""
        return self.reason == Reason.QUIET_HOURS


@dataclass(frozen=True, slots=True)
class Said:
    """One word about one purpose on the channel; `theirs` is False for another contact with the same address."""

    purpose: str
    state: str
    lawful_basis: str = ""
    theirs: bool = True


@dataclass(frozen=True, slots=True)
class Ban:
    """A suppression that was not lifted; `value` is the address, the domain or the id of the account."""

    kind: str
    value: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one contact for one channel. `address` is where the channel leads, "" for nowhere.

    Touches count from one span of their cap before the moment asked about; where fewer are known than the cap
    allows they may be left out.
    """

    address: str = ""
    account: str = ""
    archived: bool = False
    time_zone: str = ""
    said: tuple[Said, ...] = ()
    bans: tuple[Ban, ...] = ()
    contact_touches: tuple[datetime, ...] = ()
    account_touches: tuple[datetime, ...] = ()


NOBODY = (Blocked(Reason.ARCHIVED, "There is no such contact here any more."),)


def blocking(
    known: Known, *, channel: str, purpose: str, at: datetime, rules: ContactRules
) -> tuple[Blocked, ...]:
    """Return everything that stands against contacting them at this moment, the lasting reasons first."""
    found: list[Blocked] = []
    if known.archived:
        found.append(Blocked(Reason.ARCHIVED, "The contact is archived."))
    if not known.address:
        found.append(Blocked(Reason.NO_ADDRESS, NO_ADDRESS.get(channel, "We have no address of them.")))
    if said := objecting(known.said, purpose.strip().lower()):
        found.append(Blocked(Reason.OPTED_OUT, said))
    found.extend(_banned(known, channel, at))
    if full := _full(known.contact_touches, rules.contact, at, "This contact"):
        found.append(full)
    if known.account and (full := _full(known.account_touches, rules.account, at, "This account")):
        found.append(full)
    if channel in BY_THE_CLOCK and (quiet := _quiet(at, known.time_zone, rules.time_zone, rules.quiet)):
        found.append(quiet)
    return tuple(found)


def objecting(words: Sequence[Said], purpose: str) -> str:
    """Return why what they said is no permission for a purpose, in lower case; "" where it is."""
    outs = {_plain(word): word for word in words if word.state == OUT and not word.theirs}
    outs |= {_plain(word): word for word in words if word.state == OUT and word.theirs}
    if word := outs.get(ANY) or outs.get(purpose):
        who = "They" if word.theirs else "Somebody with the same address"
        what = "everything on this channel" if ANY in outs else f"“{purpose}”"
        return f"{who} opted out of {what}."
    if purpose in SERVICE or any(_permits(word, purpose) for word in words):
        return ""
    return f"No consent for “{purpose}” is on record, and it needs one."


def _permits(word: Said, purpose: str) -> bool:
    about = word.theirs and _plain(word) in (purpose, ANY)
    return about and (word.state == IN or is_basis(word.lawful_basis))


def _plain(word: Said) -> str:
    return word.purpose.strip().lower()


def is_basis(text: str) -> bool:
    """Is this a lawful basis that needs no yes? Consent is none: it needs the yes."""
    return " ".join(text.lower().replace("_", " ").replace("-", " ").split()).startswith(BASES)


def _banned(known: Known, channel: str, at: datetime) -> Iterator[Blocked]:
    """One for each kind: a suppressed address or domain is one of mail, an account stands for every channel."""
    if not known.bans:
        return
    mail = known.address if channel == "email" else ""
    of_kind = {
        "address": ("This address is suppressed", {key_of(mail)} - {""}),
        "domain": ("Its domain is suppressed", set(hosts_of(mail))),
        "account": ("The account is suppressed", {known.account} - {""}),
    }
    for kind, (say, values) in of_kind.items():
        ends = [ban.until for ban in known.bans if ban.kind == kind and _target(ban) in values]
        ends = [end for end in ends if end is None or end > at]
        if ends:
            until = None if None in ends else max(end for end in ends if end is not None)
            yield Blocked(Reason.SUPPRESSED, f"{say}{f' until {until:%d %b %Y}' if until else ''}.", until)


def _target(ban: Ban) -> str:
    """The one spelling of what it names."""
    return next(iter(hosts_of(f"x@{ban.value}")), "") if ban.kind == "domain" else key_of(ban.value)


def _full(touches: tuple[datetime, ...], cap: Cap, at: datetime, who: str) -> Blocked | None:
    most = cap.most
    return None if most is None or len(touches) < most else _over(touches, cap, most, at, who)


# All contacts of an account have its touches in common.
@lru_cache(maxsize=4096)
def _over(touches: tuple[datetime, ...], cap: Cap, most: int, at: datetime, who: str) -> Blocked | None:
    if most == 0:
        return Blocked(Reason.FREQUENCY_CAP, f"{who} may not be written to at all: the cap is 0.")
    until = free_from(touches, at, most=most, span=timedelta(days=cap.days))
    if until is None:
        return None
    times = "once" if most == 1 else f"{most} times"
    return Blocked(
        Reason.FREQUENCY_CAP,
        f"{who} may be written to {times} in {cap.days} days, and was or will be.",
        until,
    )


def free_from(touches: Sequence[datetime], at: datetime, *, most: int, span: timedelta) -> datetime | None:
    """Return the first moment with room for one more, None where there is room now. `most` is 1 or more.

    No stretch of this length may hold more than `most`, ahead or behind: what is planned counts, and a clock that
    jumps back makes no room.
    """
    if len(touches) < most:
        return None
    ordered = sorted(touches)
    if _fits(ordered, at, most, span):
        return None
    ends = (touch + span for touch in ordered)
    return next(end for end in ends if end > at and _fits(ordered, end, most, span))


def _fits(ordered: Sequence[datetime], at: datetime, most: int, span: timedelta) -> bool:
    near = [touch for touch in ordered if abs(touch - at) < span]
    if len(near) < most:
        return True
    begins = [*(touch for touch in near if touch <= at), at]
    return all(sum(begin <= touch < begin + span for touch in near) < most for begin in begins)


@lru_cache(maxsize=4096)
def _quiet(at: datetime, theirs: str, ours: str, quiet: Quiet) -> Blocked | None:
    zone = zone_of(theirs, ours)
    until = quiet_until(at, zone, quiet)
    if until is None:
        return None
    where = "where they are" if zone.key == theirs else f"in {zone.key}, and where they are nobody knows"
    say = f"It is {at.astimezone(zone):%H:%M} {where}. Quiet hours end at {until.astimezone(zone):%H:%M}."
    return Blocked(Reason.QUIET_HOURS, say, until)


def holding(purpose: str, said: Mapping[str, str]) -> str:
    """Return the state that holds for a purpose; `said` is what was said on the channel, by purpose."""
    if OUT in (said.get(ANY), said.get(purpose)):
        return OUT
    return said.get(purpose) or UNKNOWN


def objection(purpose: str, state: str, said: Mapping[str, str], *, theirs: bool) -> str:
    """Return why a word may not be written over what was said, "" when it may.

    `theirs`: a file says it, and the opt-out on record for this purpose is not this source's own.
    """
    if state == OUT:
        return ""
    if theirs and said.get(purpose) == OUT:
        return "opted_out_here"
    if state == IN and purpose != ANY and said.get(ANY) == OUT:
        return "objected_to_all"
    return ""
