"""How well a lead fits what we sell in a segment, by explicit criteria. The yardstick of every later model."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date

from .criteria import Criterion, Judgment, Unknown, judge

MODEL, VERSION = "baseline-lead-fit", "1"
BASE = 20
QUIET_DAYS = 90
# Addresses people have at home: they say nothing about a company.
FREE_MAIL = frozenset(
    {
        "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "yahoo.com", "icloud.com",
        "gmx.de", "gmx.net", "web.de", "proton.me",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LeadFacts:
    """One lead as of `today`; `asked` counts forms, replies, chats and meetings of the last 30 days."""

    today: date
    title: str = ""
    email: str = ""
    company_domain: str = ""
    employees: int | None = None
    industry: str = ""
    has_account: bool = False
    asked_30: int = 0
    looked_30: int = 0
    last_seen: date | None = None
    buying_roles: int = 0


@dataclass(frozen=True, slots=True)
class Profile:
    """Who decides in companies of a segment, and how large these are (employees, both ends included)."""

    deciders: tuple[str, ...]
    least: int
    most: int | None
    pattern: re.Pattern[str] = field(repr=False)


def _profile(deciders: tuple[str, ...], least: int, most: int | None) -> Profile:
    words = "|".join(re.escape(word) for word in deciders)
    return Profile(deciders, least, most, re.compile(rf"\b(?:{words})\b", re.IGNORECASE))


SEGMENTS = {
    "small": _profile(("owner", "founder", "managing director", "CEO", "partner"), 1, 99),
    "mid": _profile(("head", "director", "COO", "CFO", "managing director"), 100, 999),
    "enterprise": _profile(("VP", "vice president", "director", "chief", "CIO", "COO"), 1_000, None),
}
ANY_SEGMENT = _profile(("head", "director", "chief", "CEO", "COO", "owner", "VP"), 1, None)


def assess(facts: LeadFacts, segment: str) -> Judgment:
    return judge(facts, criteria(segment), base=BASE)


def criteria(segment: str) -> tuple[Criterion[LeadFacts], ...]:
    """Return what counts in a segment, to judge by and to show."""
    of = SEGMENTS.get(segment, ANY_SEGMENT)
    return (
        Criterion(
            "decides", 20, f"The title names a decider: {', '.join(of.deciders)}", lambda f: _decides(f, of)
        ),
        Criterion("asked", 25, "They wrote, filled in a form or met us within 30 days", _asked),
        Criterion("looked", 10, "They read or watched something within 30 days", _looked),
        Criterion("right_size", 10, f"The company has {_size(of)} employees", lambda f: _right_size(f, of)),
        Criterion("in_a_deal", 15, "They have a role in an opportunity", _in_a_deal),
        Criterion("company_mail", 5, "They write from the company's own domain", _company_mail),
        Criterion("no_company", -10, "Nobody knows which company they belong to", _no_company),
        Criterion("free_mail", -10, "They write from a private address", _free_mail),
        Criterion("gone_quiet", -15, f"Nothing was heard of them for {QUIET_DAYS} days", _gone_quiet),
    )


def _decides(facts: LeadFacts, of: Profile) -> str | Unknown | None:
    if not facts.title.strip():
        return Unknown("No title is on record.")
    return f"“{facts.title}” decides in companies of this size." if of.pattern.search(facts.title) else None


def _asked(facts: LeadFacts) -> str | None:
    if not facts.asked_30:
        return None
    what = "message, form or meeting" if facts.asked_30 == 1 else "messages, forms or meetings"
    return f"{facts.asked_30} {what} in 30 days."


def _looked(facts: LeadFacts) -> str | None:
    if not facts.looked_30:
        return None
    return f"{facts.looked_30} {'page or video' if facts.looked_30 == 1 else 'pages or videos'} in 30 days."


def _right_size(facts: LeadFacts, of: Profile) -> str | Unknown | None:
    if facts.employees is None:
        return Unknown("The size of the company is not on record.")
    fits = facts.employees >= of.least and (of.most is None or facts.employees <= of.most)
    return f"The company has {facts.employees:,} employees." if fits else None


def _in_a_deal(facts: LeadFacts) -> str | None:
    if not facts.buying_roles:
        return None
    return f"A role in {facts.buying_roles} {'opportunity' if facts.buying_roles == 1 else 'opportunities'}."


def _company_mail(facts: LeadFacts) -> str | None:
    same = facts.company_domain and _domain(facts.email) == facts.company_domain.lower()
    return f"They write from {facts.company_domain}." if same else None


def _no_company(facts: LeadFacts) -> str | None:
    return None if facts.has_account else "No account is known for them."


def _free_mail(facts: LeadFacts) -> str | None:
    domain = _domain(facts.email)
    return f"They write from {domain}." if domain in FREE_MAIL else None


def _gone_quiet(facts: LeadFacts) -> str | Unknown | None:
    if facts.last_seen is None:
        return Unknown("Nothing they did is on record.")
    silent = (facts.today - facts.last_seen).days
    return f"Nothing heard for {silent} days." if silent >= QUIET_DAYS else None


def _size(of: Profile) -> str:
    return f"{of.least:,} or more" if of.most is None else f"{of.least:,} to {of.most:,}"


def _domain(email: str) -> str:
    return email.rpartition("@")[2].lower()
