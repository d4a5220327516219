"""A suggestion as the template draws it: head, difference, reasons, what was said, and the buttons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from approvals import actions
from approvals.forms.shown import Shown
from approvals.http import address_of
from approvals.rules import in_sight
from approvals.selectors import context, dues, items, subjects
from approvals.selectors.beside import Beside
from approvals.selectors.items import ItemLine
from approvals.selectors.sights import Sight
from approvals.selectors.subjects import Proposer
from approvals.selectors.track_records import TrackRecord
from approvals.services.desk import Look
from approvals.templatetags import phrases
from crmgov.kernel.actors import ActorType
from crmgov.kernel.refusals import Refused
from crmgov.people.models import User
from crmgov.records import registry
from crmgov.records.contracts import contract_for

from . import (
    action_bars,
    banners,
    blind_spots,
    message_plates,
    outcomes,
    plates,
    quotes,
    way_plates,
    writer_plates,
)
from .bodies import BESIDE, quoted
from .list_pane import ListState
from .reasons import as_held, held_by_pause, reasons_of

LEVELS = {
    "shadow": "Shadow",
    "suggest": "Suggest",
    "draft": "Draft",
    "execute": "Execute",
    "full": "Full",
}
RECORD_ICONS = {
    "account": "building",
    "contact": "user",
    "opportunity": "deal",
    "ticket": "ticket",
    "task": "task",
    "buying_role": "users",
}


def lines_of(user: User, look: Look, imported: Collection[str]) -> list[ItemLine]:
    """The rows of the difference, with the values the gate saw; `imported` are the sources that are imports."""
    (lines,) = lines_of_all(user, [look], imported)
    return lines


def lines_of_all(user: User, looks: Sequence[Look], imported: Collection[str]) -> list[list[ItemLine]]:
    """The same of each; a query per kind of thing referred to, whatever their number."""
    sight = Sight(Proposer(None, user))
    asked: defaultdict[tuple[str, str], list[tuple[Any, Any]]] = defaultdict(list)
    for look in looks:
        named = items.names_in(look.items, writes=look.writes, record=look.record, facts=look.facts)
        for field, pairs in named.items():
            asked[field] += pairs
    sight.learn_names(asked)
    return [
        _added(
            look,
            items.lines_for(
                sight,
                look.items,
                writes=look.writes,
                record=look.record,
                facts=look.facts,
                imported=imported,
                findings=look.findings,
            ),
        )
        for look in looks
    ]


def _added(look: Look, lines: list[ItemLine]) -> list[ItemLine]:
    """What is added to a list stands beside what is there, and replaces none of it."""
    if not actions.of(look.suggestion).adds:
        return lines
    return [_beside(line, look.added_to) for line in lines]


def _beside(line: ItemLine, record: Any) -> ItemLine:
    note = line.proposed_note or "beside what is there"
    wanted = line.edited if line.was_edited else line.proposed
    # What an agent sent may be no list: then it stands there as it came.
    if record is None or not isinstance(wanted, list):
        return replace(line, proposed_note=note)
    now = list(registry.get(record, line.field))
    whole = ", ".join([*now, *(str(one) for one in wanted if one not in now)])
    return replace(line, now=now, proposed_label=whole, proposed_note=note)


def plate(
    user: User,
    look: Look,
    around: Beside,
    lines: Sequence[ItemLine],
    state: ListState,
    at: datetime,
    *,
    refusal: Refused | None = None,
) -> dict[str, Any]:
    """Everything the item pane shows."""
    suggestion = look.suggestion
    if suggestion.account_id is not None and around.account is None:
        look = _without_account(look)
    due = dues.of(suggestion, at)
    way = way_plates.plate(user, look, around.thread, state, at)
    message = message_plates.plate(user, look)
    return {
        "id": suggestion.pk,
        "number": suggestion.number,
        "title": suggestion.title,
        "level": LEVELS.get(suggestion.level, suggestion.level),
        "open": suggestion.is_open,
        "status": outcomes.status_tag(suggestion),
        "verdict": "queue" if held_by_pause(suggestion, look.findings) else suggestion.verdict,
        "due_at": due.at,
        "due_now": due.now,
        "due_says": _due_says(due, suggestion.due_explained, at),
        "queue": suggestion.queue,
        "record": {
            "label": suggestion.record_label,
            "icon": RECORD_ICONS.get(suggestion.record_type, "field"),
            "url": _record_url(look),
        },
        "p": _author(look, around.track_record),
        "banner": banners.banner(user, look, lines, refusal) or way_plates.banner(user, look, at, state),
        "lines": lines,
        "message": message,
        "claims": [*writer_plates.claims_of(user, suggestion), *message_plates.claims(look, lines)]
        if message
        else [],
        # Of a message nothing is left out.
        "takes": suggestion.is_open and not message and len(lines) > 1 and suggestion.level != "suggest",
        "reasons": reasons_of(as_held(suggestion, look.findings)),
        "policy": str(look.policy),
        "read_at": look.read_at,
        "quotes": quotes.quotes_of(
            suggestion.reason, str(suggestion.agent or suggestion.proposed_by), _spoken(lines, message)
        ),
        "facts": _facts(look),
        "actions": action_bars.bar(look, lines, state, way["buttons"]),
        **way,
        "outcome": outcomes.outcome(look),
        "shown": Shown(look.digest, at).sign(thing=suggestion.pk, user=user),
        "digest": look.digest,
        "list": state.query(),
        "back_url": state.of_list(),
    }


def _spoken(lines: Sequence[ItemLine], message: dict[str, Any] | None) -> list[quotes.Spoken]:
    """What is quoted beside the reason; what a message claims stands with its sources by itself."""
    kept = ("reason", "by", "source") if message else None
    return [
        quotes.Spoken(
            line.label,
            [{key: one.get(key) for key in kept} if kept else one for one in line.evidence],
        )
        for line in lines
    ]


def _without_account(look: Look) -> Look:
    """What it says to somebody who does not see the account."""
    facts = in_sight.without_account(look.facts) if look.facts else None
    return replace(look, facts=facts, findings=in_sight.told(look.findings, look.facts))


def _due_says(due: dues.Due, explained: str, at: datetime) -> str:
    return phrases.due_sentence(due.at, explained, at, due_now=due.now) if due.at is not None else ""


def context_plate(card: context.AccountCard) -> dict[str, Any]:
    worth = phrases.money(card.annual_value, card.currency) if card.annual_value is not None else ""
    keys = [
        ("Domain", card.domain, "domain"),
        ("Industry", card.industry, "industry"),
        ("Employees", phrases.value(card.employees), "employees"),
        ("Annual value", worth, "annual_value"),
        ("Renewal", phrases.day(card.renewal_date) if card.renewal_date else "", "renewal_date"),
        ("Lifecycle", card.lifecycle, "lifecycle"),
        ("Owner", card.owner or "nobody", "owner"),
        ("Owner view", card.owner_view, "owner_view"),
        ("Hold", card.hold, "hold"),
    ]
    shown = [(label, said, card.marks.get(field, "")) for label, said, field in keys]
    always = {"Domain", "Annual value", "Renewal", "Owner", "Hold"}
    tickets = [
        {
            "title": ticket.title,
            "note": ticket.note,
            "tone": ticket.tone,
            "icon": "alert" if ticket.tone else "ticket",
            "url": address_of("ticket", ticket.id),
            "mark": ticket.mark,
        }
        for ticket in card.tickets
    ]
    return {
        "name": card.name,
        "url": address_of("account", card.id),
        "tags": [{"text": text, **TAGS.get(text, {})} for text in card.tags],
        "keys": [
            {"label": label, "value": said, "mark": mark}
            for label, said, mark in shown
            if said or label in always
        ],
        "blind": blind_spots.of(card, [mark for label, said, mark in shown if said or label in always]),
        "tickets": tickets,
        "tickets_said": f"{len(tickets)} of more" if card.more_tickets else str(len(tickets)),
        "proposals": [
            {
                "title": other.title,
                "note": other.note,
                "actor": "ai",
                "icon": "spark",
                "url": address_of("suggestion", other.id),
            }
            for other in card.proposals
        ],
        "promises": [_entry(entry) for entry in card.promises],
        "timeline": [_entry(entry) for entry in card.timeline],
    }


def _entry(entry: context.Entry) -> dict[str, Any]:
    return {
        "at": entry.at,
        "icon": entry.icon,
        "actor": entry.actor,
        "who": entry.who,
        "value": entry.value,
        "meta": entry.meta,
        "mark": entry.mark,
        **quoted(entry.sentence, entry.body, most=BESIDE),
    }


TAGS = {"Strategic": {"icon": "flag"}, "Escalated": {"icon": "alert", "tone": "danger"}}


def _author(look: Look, record: TrackRecord) -> dict[str, Any]:
    suggestion = look.suggestion
    made = {"at": suggestion.made_at, "in_words": True}
    if suggestion.agent is None:
        return {"actor": ActorType.HUMAN, "who": str(suggestion.proposed_by), **made}
    return {
        "actor": ActorType.AI,
        "who": f"{suggestion.agent}, {suggestion.workflow_version}",
        **plates.band_of(record),
        **made,
    }


def _facts(look: Look) -> list[dict[str, Any]]:
    found = []
    for relied in items.facts_relied(look.facts):
        then, now = (_in_words(look, relied.name, value) for value in (relied.then, relied.now))
        changed = relied.then != relied.now
        where = f"now {now}" if changed else "as it is now"
        found.append({"name": relied.label, "value": then, "changed": changed, "where": where})
    return found


def _in_words(look: Look, name: str, value: Any) -> str:
    """The value of a fact; its name is record type and field, or a field of the suggestion's own record."""
    kind, dot, field = name.partition(".")
    record_type, field = (kind, field) if dot else (look.suggestion.record_type, name)
    if contract_for(record_type, field) is None:
        return phrases.value(value) or "empty"
    return subjects.shown(record_type, field, value, {}) or "empty"


def _record_url(look: Look) -> str:
    suggestion = look.suggestion
    if suggestion.record_id is None:
        return ""
    return address_of(suggestion.record_type, suggestion.record_id)
