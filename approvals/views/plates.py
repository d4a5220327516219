"""From what selectors hand over to what components draw: values in words, provenance, lines of a timeline."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import NoReverseMatch, reverse

from approvals.models import Suggestion
from approvals.selectors import dues, origins
from approvals.selectors.track_records import NONE, TrackRecord
from approvals.templatetags import phrases
from crmgov.kernel.actors import ActorType
from crmgov.records import registry
from crmgov.records.contracts import EXTRA
from crmgov.records.models import ActivityKind, AuthorityKind, ChangeSet, FieldChange
from crmgov.records.selectors.records import AMOUNTS, FieldPlate, Written
from crmgov.records.selectors.timeline import Happening, created

from .bodies import IN_FULL, quoted

# Types that have a page of their own.
PAGES = {"account", "contact", "opportunity", "ticket", "task"}
ACTIVITY_ICONS = {
    ActivityKind.MAIL_IN: "mail",
    ActivityKind.MAIL_OUT: "out",
    ActivityKind.MAIL_OPEN: "eye",
    ActivityKind.MAIL_CLICK: "eye",
    ActivityKind.MAIL_EVENT: "mail",
    ActivityKind.REPLY: "reply",
    ActivityKind.CALL: "phone",
    ActivityKind.MEETING: "users",
    ActivityKind.CHAT: "chat",
    ActivityKind.FORM: "log",
    ActivityKind.PAGE_VIEW: "eye",
    ActivityKind.VIDEO: "eye",
    ActivityKind.LOGIN: "login",
    ActivityKind.USAGE: "pulse",
    ActivityKind.PURCHASE: "deal",
}
EMPTY = "empty"
# After a band: "91 % of 214 like this were kept".
KEPT = "like this were kept"
# A line of a timeline names so many fields, then counts.
MOST_NAMED = 3


def address(name: str, *args: object) -> str:
    """Return the address of a screen, "" while it has none: navigation shows only what works."""
    try:
        return reverse(f"approvals:{name}", args=args)
    except NoReverseMatch:
        return ""


def record_url(record_type: str, record_id: UUID | None) -> str:
    return address(record_type, record_id) if record_type in PAGES and record_id is not None else ""


def words(record_type: str, field: str, raw: Any, label: str = "", currency: str = "") -> str:
    """Return a ledger value as a reader sees it; `label` is what the ledger copied in for a reference."""
    if label:
        return label
    if choice := registry.choice_label(record_type, field, raw):
        return choice
    plain = field.startswith(EXTRA) or not registry.is_known(record_type, field)
    kind = "" if plain else str(registry.spec_of(record_type, field).kind)
    return phrases.value(raw, kind, currency if field in AMOUNTS else "") or EMPTY


def old_words(change: FieldChange, currency: str = "") -> str:
    return words(change.record_type, change.field, change.old, change.old_label, currency)


def new_words(change: FieldChange, currency: str = "") -> str:
    return words(change.record_type, change.field, change.new, change.new_label, currency)


def prov(written: Written | None) -> dict[str, Any] | None:
    """Return provenance for components/prov.html: who approved, where it was brought in from, or who typed it."""
    if written is None:
        return None
    who = written.approved_by
    if written.actor == ActorType.HUMAN and not written.locked and not written.imported:
        who = written.label
    brought = written.imported or written.actor == ActorType.SYSTEM
    return {
        "actor": ActorType.SYSTEM if written.imported else written.actor,
        "who": who,
        "source": written.source if brought else "",
        "at": written.at,
        "locked": written.locked,
        "imported": written.imported,
    }


def band_of(record: TrackRecord) -> dict[str, Any]:
    """Return what provenance says of AI's words: what became of those like them."""
    return {"rate": record.rate, "of": record.of, "words": KEPT}


def rec(
    plate: FieldPlate, *, history_url: str = "", opened: bool = False, band: TrackRecord = NONE
) -> dict[str, Any]:
    """Return one field for components/record_field.html."""
    p = prov(plate.written)
    return {
        "name": plate.name,
        "label": plate.label,
        "value": plate.value,
        "value_label": plate.words,
        "kind": plate.kind,
        "currency": plate.currency,
        "p": None if p is None else p | band_of(band),
        "history_url": history_url if plate.written or opened else "",
        "open": opened,
        "differs": plate.differs,
    }


def by_whom(change_set: ChangeSet) -> str:
    """Return who wrote, in a few words: "enrich-firmographics 3", "approved by Tom Becker", "Priya Nair"."""
    workflow = " ".join(part for part in (change_set.workflow, change_set.workflow_version) if part)
    match change_set.actor_type:
        case ActorType.HUMAN_APPROVED_AI:
            return f"approved by {change_set.actor_label}"
        case ActorType.AI:
            return workflow or change_set.agent_label or change_set.actor_label
    return change_set.authority_label if change_set.import_run_id else change_set.actor_label


def actor_of(change_set: ChangeSet) -> str:
    """An import is brought in, whoever confirmed it."""
    return ActorType.SYSTEM if change_set.authority == AuthorityKind.IMPORT else change_set.actor_type


def links_of(change_set: ChangeSet) -> list[dict[str, str]]:
    """Return where to read on: the suggestion behind a change set, and its own page."""
    links = []
    if change_set.suggestion_id and (url := address("suggestion", change_set.suggestion_id)):
        links.append({"url": url, "link": f"suggestion {change_set.suggestion_number}"})
    links.append({"url": address("change_set", change_set.pk), "link": "details"})
    return links


def entry_of(happening: Happening, currency: str = "") -> dict[str, Any]:
    """Return one line for components/timeline.html."""
    if happening.activity is None:
        assert happening.change_set is not None  # noqa: S101 (a happening is one or the other)
        return _changed(happening.change_set, happening.changes, currency)
    activity = happening.activity
    kind = ActivityKind(activity.kind)
    contact = activity.contact
    return {
        "icon": ACTIVITY_ICONS.get(kind, "note"),
        "who": str(contact) if contact else "",
        **quoted(activity.subject or str(kind.label), activity.body, most=IN_FULL),
        "value": phrases.money(activity.amount, activity.currency) if activity.amount is not None else "",
        "at": activity.occurred_at,
        "meta": [
            str(kind.label).lower() if activity.subject != kind.label else "",
            activity.by if activity.by != str(contact) else "",
            *origins.words_of(activity),
        ],
    }


def _changed(change_set: ChangeSet, changes: Sequence[FieldChange], currency: str) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "actor": actor_of(change_set),
        "at": change_set.at,
        "meta": [by_whom(change_set), f"“{change_set.reason}”" if change_set.reason else ""],
        "links": links_of(change_set),
    }
    if change_set.reverses:
        entry["icon"] = "undo"
    if created(changes):
        return entry | {"sentence": f"Created with {len(changes)} fields"}
    if len(changes) == 1 and changes[0].old == changes[0].new:
        return entry | {"sentence": f"{_label(changes[0])} {change_set.authority_label}", "icon": "lock"}
    if len(changes) == 1:
        one = changes[0]
        sentence = f"{_label(one)} {old_words(one, currency)} to"
        return entry | {"sentence": sentence, "value": new_words(one, currency)}
    named = [_label(change) for change in changes[:MOST_NAMED]]
    rest = len(changes) - len(named)
    listed = ", ".join(named) + (f" and {rest} more" if rest else "")
    return entry | {"sentence": f"{listed} changed" if changes else change_set.authority_label}


def _label(change: FieldChange) -> str:
    return registry.label(change.record_type, change.field)


def mini_of(suggestion: Suggestion, *, beside: UUID, at: datetime) -> dict[str, Any]:
    """Return an open suggestion for components/mini.html; what hangs on the record `beside` it is named."""
    about = "" if suggestion.record_id == beside else f"{suggestion.record_label} · "
    rules = [rule.replace("_", " ") for rule in suggestion.rules[:2]]
    held = f"Held: {', '.join(rules)} · " if rules else ""
    due = dues.of(suggestion, at)
    return {
        "title": suggestion.title,
        "url": address("suggestion", suggestion.pk),
        "note": f"{about}{held}{suggestion.workflow_version}",
        "icon": "alert" if suggestion.in_conflict or suggestion.stale_since else "spark",
        "tone": "warn" if suggestion.in_conflict or suggestion.stale_since else "",
        "actor": "ai" if suggestion.agent_id else "",
        "due_at": due.at,
        "due_now": due.now,
    }
