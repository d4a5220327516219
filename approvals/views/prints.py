"""A decision on paper: all that was on screen when it was made, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from approvals import actions
from approvals.http import ReviewerRequest, address_of, refusals
from approvals.models import Decision, Message, SuggestionItem
from approvals.rules.facts import Facts
from approvals.rules.in_sight import NOT_SEEN
from approvals.selectors import decided, items, messages, subjects
from approvals.selectors.decided import Decided
from approvals.templatetags import phrases
from crmgov.records import registry
from crmgov.records.contracts import contract_for
from crmgov.records.rules.values import Kind

from . import message_plates, plates, writer_plates
from .outcomes import did
from .quotes import Quote, Spoken, quotes_of
from .reasons import as_held, reasons_of

Pair = tuple[str, str]


@require_safe
@login_required
@refusals
def decision(request: ReviewerRequest, suggestion_id: UUID) -> HttpResponse:
    """The page of one decision, without the frame. Not there for what nobody has decided."""
    found, at = decided.find(request.user, suggestion_id), timezone.now()
    suggestion = found.suggestion
    writes = actions.of(suggestion).writes(suggestion.record_type)
    back, fixed = address_of("suggestion", suggestion.pk), messages.fixed(suggestion)
    context = {
        "now": at,
        "suggestion": suggestion,
        "back_url": back,
        "outcome": _outcome(found.decision, fixed),
        "as_read": found.as_read,
        "about": _about(found),
        "lines": [line_of(found, writes, item) for item in found.items],
        "decided": _decided(found),
        "note": found.decision.note,
        "reasons": reasons_of(as_held(suggestion, found.findings)),
        "relied": relied_on(found, writes),
        "stated": [(one["text"], one["source"]) for one in writer_plates.claims_of(request.user, suggestion)],
        "around": beside(found),
        "quotes": quotes_in(found),
        "message": message_plates.printed(fixed),
        "execution": _execution(found),
        "written": [
            (
                registry.label(change.record_type, change.field),
                plates.old_words(change),
                plates.new_words(change),
            )
            for change in found.written
        ],
        "versions": _versions(found),
        "printed_for": request.user,
        "address": request.build_absolute_uri(back),
    }
    return render(request, "prints/decision.html", context)


def _outcome(decision: Decision, fixed: Message | None) -> str:
    if fixed is not None and fixed.standing is not None:
        return (
            f"{decision.decider_label} let it out under the standing approval of {fixed.standing.signed_by}"
        )
    if decision.person_id is None:
        return f"{decision.decider_label} approved this by itself"
    return f"{decision.decider_label} {did(decision)}"


def _about(found: Decided) -> list[Pair]:
    suggestion = found.suggestion
    by = str(suggestion.agent or suggestion.proposed_by)
    return _said(
        ("Record", f"{subjects.named(suggestion.record_type).capitalize()} {suggestion.record_label}"),
        ("Record id", str(suggestion.record_id or "")),
        ("Account id", "" if found.account_hidden else str(suggestion.account_id or "")),
        ("Proposed by", f"{by}, {_moment(suggestion.made_at)}"),
        ("Workflow", f"{suggestion.workflow_version} {suggestion.workflow_version.model}".strip()),
        ("Written by", writer_plates.writer_of(suggestion)),
        ("Level", found.reading.level if found.reading else suggestion.level),
        ("Queue", str(suggestion.queue or "")),
        ("Due", suggestion.due_explained),
    )


def _decided(found: Decided) -> list[Pair]:
    """Who, when, after how long a look, and what they had opened."""
    decision = found.decision
    shown = decision.shown_at
    return _said(
        ("Decided", _moment(decision.decided_at)),
        ("On screen since", _moment(shown) if shown else ""),
        ("Looked at for", phrases.span(decision.decided_at - shown) if shown else ""),
        ("Of that in sight", _in_sight(decision)),
        ("Reason", decision.get_reason_code_display() if decision.reason_code else ""),
        ("Evidence opened", ", ".join(str(one) for one in decision.evidence_opened)),
        ("Alone", "as the only admin, after a day on screen" if decision.sole_admin else ""),
    )


def _in_sight(decision: Decision) -> str:
    """As the browser counted; nothing where nobody did."""
    counted = decision.visible_ms
    return "" if counted is None else phrases.span(timedelta(milliseconds=counted))


def line_of(found: Decided, writes: str, item: SuggestionItem) -> dict[str, Any]:
    """One proposed change. What stood in the field is what the gate read for the decider."""
    seen = {one.field: (one.current, one.current_label) for one in found.facts.items} if found.facts else {}
    stood, label = seen.get(item.field, (item.seen, item.seen_label))
    return {
        "label": registry.label(writes, item.field),
        "note": items.note_of(writes, item.field),
        "stood": _words(writes, item.field, stood, label or (item.seen_label if stood == item.seen else "")),
        "proposed": _words(writes, item.field, item.proposed, item.proposed_label),
        "source": item.source,
        "taken": {True: "taken", False: "not taken"}.get(item.taken, "") if item.taken is not None else "",
        "written": _words(writes, item.field, item.edited) if item.was_edited else "",
    }


def _words(record_type: str, field: str, raw: Any, label: str = "") -> str:
    """A label belongs to a reference or a choice; other values are told by their kind, a text to customers as read."""
    if (said := messages.words(record_type, field, raw)) is not None:
        # In the cell of a table; what was sent stands beneath with its lines.
        return " ".join(said.split())
    if not registry.is_known(record_type, field):
        return plates.words(record_type, field, raw, label)
    kind = registry.spec_of(record_type, field).kind
    return plates.words(record_type, field, raw, label if kind in (Kind.REFERENCE, Kind.CHOICE) else "")


def relied_on(found: Decided, writes: str) -> list[dict[str, Any]]:
    relied = found.facts.relied if found.facts else ()
    rows = []
    for fact in relied:
        kind, dot, field = fact.name.partition(".")
        place = (kind, field) if dot else (found.suggestion.record_type, fact.name)
        then, now = (_fact(place, value) for value in (fact.then, fact.now))
        rows.append({"label": fact.label, "then": then, "now": now, "changed": fact.then != fact.now})
    return rows


def _fact(place: Pair, value: Any) -> str:
    if contract_for(*place) is None:
        return phrases.value(value) or plates.EMPTY
    return plates.words(*place, value)


def beside(found: Decided) -> list[Pair]:
    hidden = [("Account", NOT_SEEN)] if found.account_hidden else []
    return [*hidden, *(_around(found.facts) if found.facts else ())]


def _around(facts: Facts) -> list[Pair]:
    """What the gate knew of the account: the same words that stood beside the item."""
    account, hold = facts.account, facts.hold
    flags = [
        name
        for name in ("strategic", "regulated", "escalated")
        if account is not None and getattr(account, name)
    ]
    return _said(
        ("Account", account.label if account else ""),
        ("It is", ", ".join([*flags, *(account.relationships if account else ())])),
        ("Industry", account.industry if account else ""),
        ("Segment", account.segment if account else ""),
        *(("At stake", f"{stake.label}: {phrases.money(stake.worth.amount, stake.worth.currency)}")
          for stake in facts.stakes),
        *(("Open ticket", f"{ticket.label}, {ticket.priority}{', escalated' if ticket.escalated else ''}")
          for ticket in facts.tickets),
        ("Hold", f"{hold.by}, until {hold.until or 'further notice'}: {hold.note}" if hold else ""),
        *(("Paused", f"{pause.label or 'everything'}: {pause.reason}") for pause in facts.pauses),
        *(("Another claim", f"{rival.by} proposed {phrases.value(rival.proposed) or plates.EMPTY}, "
           f"{rival.suggestion.label}") for rival in facts.rivals),
    )  # fmt: skip


def quotes_in(found: Decided) -> list[Quote]:
    writes = actions.of(found.suggestion).writes(found.suggestion.record_type)
    said = [Spoken(registry.label(writes, item.field), item.evidence) for item in found.items]
    return quotes_of(
        found.suggestion.reason, str(found.suggestion.agent or found.suggestion.proposed_by), said
    )


def _execution(found: Decided) -> list[Pair]:
    done = found.execution
    if done is None:
        return []
    return _said(
        ("Outcome", done.get_status_display()),
        ("At", _moment(done.finished_at) if done.finished_at else ""),
        ("Tries", str(done.attempts_made)),
        ("Note", done.note),
        ("Change set", str(done.change_set_id or "")),
    )


def _versions(found: Decided) -> list[Pair]:
    reading, decision = found.reading, found.decision
    return _said(
        ("Policy", f"{reading.policy_version}, read {_moment(reading.read_at)}" if reading else ""),
        (
            "Rules and contracts",
            f"{reading.rules_version} and {reading.contracts_version}" if reading else "",
        ),
        ("Digest decided on", decision.digest),
        ("Digest of what may be written", decision.payload_digest),
        ("Decision id", str(decision.pk)),
        ("Suggestion id", str(found.suggestion.pk)),
    )


def _said(*pairs: Pair) -> list[Pair]:
    return list(_kept(pairs))


def _kept(pairs: tuple[Pair, ...]) -> Iterator[Pair]:
    return ((name, said) for name, said in pairs if said)


def _moment(at: datetime) -> str:
    """To the second, in the reader's zone and in UTC: paper has no tooltip."""
    local = timezone.localtime(at)
    utc = f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    return utc if local.tzname() == "UTC" else f"{local:%Y-%m-%d %H:%M:%S %Z} ({utc})"
