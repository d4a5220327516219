"""One policy draft: what it changes, what it would have changed lately, and putting it into force."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from approvals.http import ReviewerRequest, address_of, refusals, refusals_on
from approvals.models import PolicyDraft
from approvals.rules.policy import Policy
from approvals.rules.replays import ORDER
from approvals.rules.vocabulary import Outcome
from approvals.selectors import policies as plates
from approvals.selectors import replays
from approvals.selectors.replays import BAD, GOOD, LOOSER, STRICTER, UNKNOWN, Asked, Row, Tally
from approvals.services import policies
from approvals.services.replays import LOOKS_BACK, MOST
from approvals.templatetags import phrases
from crmgov.kernel.refusals import NotFound, Refused
from crmgov.people.models import User
from crmgov.people.policy import Act, may

from . import policy_words
from .policies import require_reader

OUTCOMES = {
    Outcome.APPROVED: {"text": "runs by itself", "tone": "execute", "icon": "check"},
    Outcome.QUEUED: {"text": "held for a person", "tone": "queue", "icon": "hand"},
    Outcome.SHADOWED: {"text": "only compared", "tone": "", "icon": "eye"},
    Outcome.BLOCKED: {"text": "blocked", "tone": "block", "icon": "stop"},
}
KNOWN = {GOOD: "Known good", BAD: "Known bad", UNKNOWN: "Unknown"}
KNOWN_TAGS = {
    GOOD: {"text": "known good", "tone": "ok", "icon": "check"},
    BAD: {"text": "known bad", "tone": "danger", "icon": "undo"},
    UNKNOWN: {"text": "unknown", "tone": "unknown", "icon": "help"},
}
WAYS = {STRICTER: "Stricter", LOOSER: "Looser"}


@require_safe
@login_required
@refusals
def draft(request: ReviewerRequest, draft_id: int) -> HttpResponse:
    """The draft as a page."""
    require_reader(request.user)
    return _page(request, _found(draft_id))


@require_safe
@login_required
@refusals
def rows(request: ReviewerRequest, draft_id: int) -> HttpResponse:
    """The suggestions the draft says something else about, narrowed as the counts lead here."""
    require_reader(request.user)
    found = _found(draft_id)
    asked = _asked(request)
    page = replays.page_for(request.user, found, asked, cursor=request.GET.get("from", ""))
    state = {name: value for name in ("way", "was", "becomes", "known") if (value := getattr(asked, name))}
    context = {
        "now": timezone.now(),
        "draft": found,
        "replay": getattr(found, "replay", None),
        "rows": [_row(row) for row in page.rows],
        "tags": [_tag(found, state, name) for name in state],
        "newer_url": _rows_url(found, {**state, "from": page.newer}) if page.newer else "",
        "older_url": _rows_url(found, {**state, "from": page.older}) if page.older else "",
        "views": [
            {
                "name": words,
                "url": _rows_url(found, {**state, "known": known}),
                "current": asked.known == known,
            }
            for known, words in ({"": "All"} | KNOWN).items()
        ],
    }
    return render(request, "policies/replay.html", context)


def _draft_again(request: ReviewerRequest, refusal: Refused, draft_id: int) -> HttpResponse | None:
    """The refusal on the draft, for whoever may read it."""
    require_reader(request.user)
    return _page(request, _found(draft_id), refusal)


@require_POST
@login_required
@refusals_on(_draft_again)
def publish(request: ReviewerRequest, draft_id: int) -> HttpResponse:
    """Put it into force."""
    version = policies.publish(draft_id=draft_id, user=request.user, at=timezone.now())
    messages.success(request, f"{version} is in force. What waits is judged again within a minute.")
    return redirect("approvals:policy")


@require_POST
@login_required
@refusals_on(_draft_again)
def discard(request: ReviewerRequest, draft_id: int) -> HttpResponse:
    """Close it unpublished."""
    policies.discard(draft_id=draft_id, user=request.user, at=timezone.now())
    messages.success(request, "The draft is discarded. The policy in force stays.")
    return redirect("approvals:policy")


def _found(draft_id: int) -> PolicyDraft:
    found = plates.draft(draft_id)
    if found is None:
        raise NotFound("There is no policy draft of this number.")
    return found


def _page(request: ReviewerRequest, found: PolicyDraft, refusal: Refused | None = None) -> HttpResponse:
    base, in_force = plates.numbered(found.against), plates.in_force()
    is_old = found.is_open and in_force is not None and in_force.number != found.against
    before = Policy.from_json(base.document, version=0) if base else Policy()
    manages = may(request.user, Act.ADMINISTER)
    context = {
        "now": timezone.now(),
        "draft": found,
        "base": base,
        "in_force": in_force,
        "against_words": str(found.against),
        "next": in_force.number + 1 if in_force else 1,
        "refusal": refusal,
        "state": _state(found, is_old=is_old),
        "is_old": is_old,
        "manages": manages and found.is_open,
        "changes": policy_words.differences(before, Policy.from_json(found.document, version=0)),
        "publishing": _publishing(found, request.user, is_old=is_old) if found.is_open else None,
        **_replay(request.user, found),
    }
    return render(request, "policies/draft.html", context)


def _state(found: PolicyDraft, *, is_old: bool) -> dict[str, str]:
    if found.published is not None:
        return {"text": f"Published as policy {found.published.number}", "tone": "ok", "icon": "check"}
    if found.discarded_at is not None:
        return {"text": "Discarded", "tone": "", "icon": "x"}
    if is_old:
        return {"text": "Overtaken", "tone": "warn", "icon": "alert"}
    return {"text": "Waits to be published", "tone": "warn", "icon": "clock"}


def _publishing(found: PolicyDraft, user: User, *, is_old: bool) -> dict[str, Any]:
    """Who may, from when, and whether this person can press now."""
    if is_old:
        return {"may": False, "says": "An overtaken draft is not published. Draft it again first."}
    if not may(user, Act.ADMINISTER):
        return {"may": False, "says": f"Another admin than {found.drafted_by} publishes it."}
    who = policies.publishing(found, user)
    if who.other is not None:
        return {"may": False, "says": f"You wrote this, so another admin publishes it: ask {who.other}."}
    if who.ripe_at is not None:
        if timezone.now() < who.ripe_at:
            from_when = phrases.moment(who.ripe_at)
            return {
                "may": False,
                "says": f"You are the only admin, so it waits a day: publish it from {from_when}.",
            }
        return {"may": True, "says": "You are the only admin. The version will say so."}
    return {"may": True, "says": f"{found.drafted_by} wrote it, so you may publish it."}


def _replay(user: User, found: PolicyDraft) -> dict[str, Any]:
    """The counts, each with the way to its rows; nothing before it was replayed."""
    replay = getattr(found, "replay", None)
    shared = {"replay": replay, "days": LOOKS_BACK.days, "most": MOST}
    if replay is None:
        return shared
    counted = replays.counts_for(user, found)
    return shared | {
        "ways": [_way(found, way, [one for one in counted if one.way == way]) for way in WAYS],
        "judged": replay.suggestions - replay.unreadable,
        "unmoved": replay.suggestions - replay.unreadable - sum(one.all for one in counted),
    }


def _way(found: PolicyDraft, way: str, counted: list[Tally]) -> dict[str, Any]:
    total = sum(one.all for one in counted)
    return {
        "name": WAYS[way],
        "total": total,
        "url": _rows_url(found, {"way": way}) if total else "",
        "lines": [
            {
                "was": OUTCOMES[one.was],
                "becomes": OUTCOMES[one.becomes],
                "cells": [_cell(found, one, known) for known in ("", *KNOWN)],
            }
            for one in counted
        ],
    }


def _cell(found: PolicyDraft, one: Tally, known: str) -> dict[str, Any]:
    number = one.known.get(known, 0) if known else one.all
    state = {"was": one.was.value, "becomes": one.becomes.value, "known": known}
    return {
        "label": KNOWN.get(known, "All"),
        "number": number,
        "url": _rows_url(found, state) if number else "",
    }


def _asked(request: ReviewerRequest) -> Asked:
    given = {name: request.GET.get(name, "") for name in ("way", "was", "becomes", "known")}
    outcomes = {one.value for one in ORDER}
    allowed = {"way": set(WAYS), "was": outcomes, "becomes": outcomes, "known": set(KNOWN)}
    return Asked(**{name: value for name, value in given.items() if value in allowed[name]})


def _tag(found: PolicyDraft, state: dict[str, str], name: str) -> dict[str, str]:
    value = state[name]
    said = {
        "way": lambda: f"became {WAYS[value].lower()}",
        "was": lambda: f"now: {OUTCOMES[Outcome(value)]['text']}",
        "becomes": lambda: f"draft: {OUTCOMES[Outcome(value)]['text']}",
        "known": lambda: KNOWN[value],
    }[name]()
    rest = {key: kept for key, kept in state.items() if key != name}
    return {"text": said, "remove_url": _rows_url(found, rest)}


def _rows_url(found: PolicyDraft, state: dict[str, str]) -> str:
    query = urlencode({name: value for name, value in state.items() if value})
    path = reverse("approvals:policy_replay", args=[found.pk])
    return f"{path}?{query}" if query else path


def _row(row: Row) -> dict[str, Any]:
    return {
        "row": row,
        "url": address_of("suggestion", row.suggestion_id),
        "was": OUTCOMES[row.was],
        "becomes": OUTCOMES[row.becomes],
        "known": KNOWN_TAGS[row.known],
        "rules": [policy_words.rule_words(rule) for rule in row.rules],
    }
