"""What became of a suggestion, step by step: proposed, read by the gate, decided, executed, written."""

from __future__ import annotations

from typing import Any

from approvals.http import address_of
from approvals.models import ContestedChange, Decision, Execution, Suggestion
from approvals.selectors import done, items, messages, on_the_way
from approvals.services import sent_by_hand
from approvals.services.desk import Look
from crmgov.kernel.actors import ActorType

from .reasons import held_by_pause

EXECUTION_ICONS = {
    Execution.Status.PENDING: "clock",
    Execution.Status.SUCCEEDED: "check",
    Execution.Status.STALE: "alert",
    Execution.Status.CANCELLED: "x",
    Execution.Status.FAILED: "stop",
    Execution.Status.UNKNOWN: "help",
}
TROUBLE = (Execution.Status.FAILED, Execution.Status.STALE, Execution.Status.CANCELLED)
# After the name of who decided.
DID = {
    Decision.Kind.APPROVE: "approved this",
    Decision.Kind.APPROVE_EDITED: "approved this with edits",
    Decision.Kind.APPROVE_SOME: "approved part of this",
    Decision.Kind.REJECT: "rejected this",
    Decision.Kind.ACCEPT_FORM: "saved this from the form",
}
STATUS_TONES = {
    Suggestion.Status.APPROVED: "ok",
    Suggestion.Status.REJECTED: "danger",
    Suggestion.Status.BLOCKED: "block",
    Suggestion.Status.SHADOWED: "unknown",
}
STATUS_ICONS = {
    Suggestion.Status.APPROVED: "check",
    Suggestion.Status.REJECTED: "x",
    Suggestion.Status.BLOCKED: "stop",
    Suggestion.Status.SHADOWED: "eye",
}


def did(decision: Decision) -> str:
    """After the name of who decided; a message of level suggest was sent by their own hand."""
    if sent_by_hand.is_told(decision):
        return "sent this by hand"
    return DID[Decision.Kind(decision.kind)]


def status_tag(suggestion: Suggestion) -> dict[str, str]:
    """The status of one that is over, as a tag."""
    status = Suggestion.Status(suggestion.status)
    return {
        "text": status.label,
        "tone": STATUS_TONES.get(status, ""),
        "icon": STATUS_ICONS.get(status, "history"),
    }


def outcome(look: Look) -> dict[str, Any] | None:
    """The story of a closed suggestion, newest first; None while it waits."""
    suggestion = look.suggestion
    if suggestion.is_open:
        return None
    decision, execution = items.decision_of(suggestion), items.execution_of(suggestion)
    contest = done.contest_of(execution) if execution else None
    entries = [
        *_newer(suggestion),
        *([_contested(contest)] if contest else []),
        *([_executed(execution)] if execution else []),
        *([_under(_decided(decision), suggestion, execution)] if decision else _closed(suggestion)),
        _read(look),
        _proposed(suggestion),
    ]
    change_set = execution.change_set_id if execution else None
    return {
        "entries": entries,
        "note": decision.note if decision else "",
        "note_by": decision.decider_label if decision else "",
        "decision": decision,
        "digest": decision.digest if decision else suggestion.digest,
        "payload_digest": decision.payload_digest if decision else "",
        "change_set": change_set,
        "change_set_url": address_of("change_set", change_set) if change_set else "",
    }


def _under(said: dict[str, Any], suggestion: Suggestion, execution: Execution | None) -> dict[str, Any]:
    """The same with the standing approval under which a message went out."""
    fixed = messages.fixed(suggestion) if execution is not None and execution.leaves else None
    if fixed is None or fixed.standing is None:
        return said
    under = f"under the standing approval of {fixed.standing.signed_by}"
    return {**said, "meta": [*said["meta"], under]}


def _contested(contest: ContestedChange) -> dict[str, Any]:
    back = "what could be was put back and locked" if contest.restored else "nothing could be put back"
    return {
        "who": contest.person_label,
        "sentence": "contested it",
        "at": contest.at,
        "actor": ActorType.HUMAN,
        "icon": "undo",
        "meta": [f"“{contest.reason}”" if contest.reason else "", back],
    }


def _newer(suggestion: Suggestion) -> list[dict[str, Any]]:
    """The one that asks since: newer word, an answer, or a decision undone."""
    newer = on_the_way.successor_of(suggestion)
    if newer is None:
        return []
    link = {"url": address_of("suggestion", newer.pk), "link": newer.get_status_display().lower()}
    return [
        {"sentence": f"Suggestion {newer.number} asks since", "at": newer.made_at, "icon": "reply", **link}
    ]


def _executed(execution: Execution) -> dict[str, Any]:
    status = Execution.Status(execution.status)
    tries = f"{execution.attempts_made} tries" if execution.attempts_made > 1 else ""
    done, waits = "Written to the record", "Waits to be written"
    if execution.leaves:
        done, waits = "Sent", "Waits to be sent"
    elif execution.appends:
        done, waits = "Done", "Waits to be done"
    said = {Execution.Status.SUCCEEDED: done, Execution.Status.PENDING: waits}.get(status, status.label)
    return {
        "sentence": said,
        "at": execution.finished_at or execution.due_at,
        "icon": EXECUTION_ICONS[status],
        "tone": "danger" if status in TROUBLE else "",
        "meta": [execution.note, tries],
    }


def _decided(decision: Decision) -> dict[str, Any]:
    reason = decision.get_reason_code_display() if decision.reason_code else ""
    alone = "as the only admin, after a day on screen" if decision.sole_admin else ""
    by_person = decision.person_id is not None
    return {
        "who": decision.decider_label,
        "sentence": did(decision) if by_person else "approved it by itself",
        "at": decision.decided_at,
        "actor": ActorType.HUMAN if by_person else "",
        "icon": "" if by_person else "sliders",
        "meta": [reason, alone],
    }


def entry_of(decision: Decision) -> dict[str, Any]:
    """A decision as a line of a timeline: who decided what about which suggestion."""
    suggestion = decision.suggestion
    said = _decided(decision)
    did = said["sentence"].replace("this", "the suggestion") if decision.person_id else "let run by itself"
    links = [{"url": address_of("suggestion", suggestion.pk), "link": f"suggestion {suggestion.number}"}]
    execution = getattr(decision, "execution", None)
    sent = execution is not None and execution.leaves
    return said | {
        **({"icon": "mail"} if sent else {}),
        "sentence": f"{did}:",
        "value": suggestion.title,
        "meta": [
            *said["meta"],
            _executed(execution)["sentence"].lower() if execution is not None and sent else "",
            f"“{decision.note}”" if decision.note else "",
        ],
        "links": links,
    }


def _closed(suggestion: Suggestion) -> list[dict[str, Any]]:
    """Over without a decision: blocked by the gate, superseded, withdrawn."""
    if suggestion.closed_at is None:
        return []
    status = Suggestion.Status(suggestion.status)
    icon = STATUS_ICONS.get(status, "history")
    return [{"sentence": status.label, "at": suggestion.closed_at, "icon": icon}]


def _read(look: Look) -> dict[str, Any]:
    verdicts = {"execute": "let it run", "queue": "held it for a person", "block": "blocked it"}
    said = verdicts.get(look.suggestion.verdict, "read it")
    if held_by_pause(look.suggestion, look.findings):
        said = "held it while AI was paused"
    return {"who": str(look.policy), "sentence": said, "at": look.read_at, "icon": "sliders"}


def _proposed(suggestion: Suggestion) -> dict[str, Any]:
    by_agent = suggestion.agent_id is not None
    return {
        "who": str(suggestion.agent or suggestion.proposed_by),
        "sentence": "proposed it",
        "at": suggestion.made_at,
        "actor": ActorType.AI if by_agent else ActorType.HUMAN,
        "meta": [str(suggestion.workflow_version), suggestion.workflow_version.model],
    }
