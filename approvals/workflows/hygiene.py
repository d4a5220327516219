"""Records as people want to read them: names in plain letters, people at the company they write from, and leads that
went cold marked as such. E-mails, phones and domains are brought into form where they are written, at the door.
"""

from __future__ import annotations

from collections.abc import Iterator

from crmgov.records.rules import domains

from .kinds import CHANGED, CREATED, Answer, BuiltIn, Case, Step, Terms, Trigger, setting, tagging, task

NAMES = {"contact": ("first_name", "last_name"), "account": ("name",)}
COLD = "cold"
COLD_DAYS = 180
# A name in capitals that has no longer word is an abbreviation: ASML, IBM. People are hardly called so, but for JP.
ABBREVIATIONS = {"contact": 2, "account": 4}
# Among longer words only shorter ones are: DHL Global Forwarding.
AMONG_OTHERS = 3


class ContactHygiene(BuiltIn):
    name = "hygiene-contacts"
    version = "2"
    subject = "contact"
    triggers = (
        Trigger(CREATED, ("contact",)),
        Trigger(CHANGED, ("contact",), fields=("first_name", "last_name", "email")),
    )
    needs = ("identity",)
    terms = Terms(
        trigger="A contact is made, or its name or e-mail changes.",
        record_types=("contact",),
        actions=("set_fields", "create_task"),
        reads=("contact.first_name", "contact.last_name", "contact.email", "account.domain"),
        writes=("contact.first_name", "contact.last_name", "contact.account"),
        metric="kept",
    )

    def propose(self, case: Case) -> Answer:
        yield from _plain_names(case)
        if any(one.kind == CHANGED for one in case.news) and case.moved("email"):
            yield from _moved_company(case)


class AccountHygiene(BuiltIn):
    name = "hygiene-accounts"
    version = "2"
    subject = "account"
    triggers = (Trigger(CREATED, ("account",)), Trigger(CHANGED, ("account",), fields=("name",)))
    terms = Terms(
        trigger="An account is made, or its name changes.",
        record_types=("account",),
        actions=("set_fields",),
        reads=("account.name",),
        writes=("account.name",),
        metric="kept",
    )

    def propose(self, case: Case) -> Answer:
        return _plain_names(case)


class ColdLeads(BuiltIn):
    name = "cold-leads"
    version = "2"
    subject = "contact"
    needs = ("lead",)
    sweep = "old_leads"
    terms = Terms(
        trigger=f"Every night: leads of whom nothing was heard for {COLD_DAYS} days.",
        record_types=("contact",),
        actions=("add_tag",),
        reads=("contact.lifecycle", "contact.tags"),
        writes=("contact.tags",),
        metric="kept",
    )

    def propose(self, case: Case) -> Answer:
        lead = case.known.lead
        if lead is None or not case.record.is_lead or lead.buying_roles:
            return
        if lead.last_seen is None:
            reason = f"Nothing they did is on record, and we have known them for {COLD_DAYS} days or more."
        elif (silent := (case.today - lead.last_seen).days) >= COLD_DAYS:
            reason = f"Nothing was heard of them for {silent} days."
        else:
            return
        yield from tagging(case, COLD, reason=reason)


def _plain_names(case: Case) -> Iterator[Step]:
    for field in NAMES[case.record_type]:
        now = getattr(case.record, field)
        better = plain_name(now, ABBREVIATIONS[case.record_type])
        if better != now and not case.known.has_said(field, better):
            reason = "The name is written in capitals, in small letters, or with stray spaces."
            yield setting(case, field, better, reason=reason, confidence=0.85)


def plain_name(name: str, kept: int) -> str:
    """Without stray spaces; a name all in capitals or all in small letters as names are written.

    Words of up to `kept` letters may be abbreviations.
    """
    tidy = " ".join(name.split())
    if tidy != tidy.upper() and tidy != tidy.lower():
        return tidy
    if tidy == tidy.upper() and all(len(word) <= kept for word in tidy.split()):
        return tidy
    return " ".join(_plain_word(word, min(kept, AMONG_OTHERS)) for word in tidy.split())


def _plain_word(word: str, kept: int) -> str:
    """O'Brien and Anne-Marie have capitals inside; an abbreviation keeps its own."""
    if word == word.upper() and len(word) <= kept:
        return word
    parts, inside = [], ""
    for mark in word.lower():
        parts.append(mark.upper() if mark.isalpha() and not inside.isalpha() else mark)
        inside = mark
    return "".join(parts)


def _moved_company(case: Case) -> Iterator[Step]:
    """They write from another company now: the one account of that domain, or somebody asks them."""
    contact, account = case.record, case.known.account
    name = domains.of_email(contact.email)
    if account is None or not account.domain or not domains.identifies(name) or name == account.domain:
        return
    if len(case.known.companies) == 1:
        company = case.known.companies[0]
        if not case.known.has_said("account", str(company.id)):
            reason = f"Their e-mail address is of the domain of {company.label} now, no longer of {account}."
            yield setting(case, "account", str(company.id), reason=reason, confidence=0.9)
    elif "moved company" not in case.known.late_tasks:
        yield task(
            case,
            title=f"Ask whether {contact} still works at {account}",
            purpose="moved company",
            due_on=case.in_days(3),
            reason=f"Their e-mail address is of {name} now, and no one account has that domain.",
        )
