"""What AI did by itself: the owner looks it over, and says where it was wrong."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from approvals.http import ReviewerRequest, address_of, refusals
from approvals.models import ContestedChange
from approvals.selectors import done
from approvals.selectors.done import NEW, OWN, TEAM, Done, Wrote
from approvals.selectors.inbox import COUNTED
from approvals.services import contests, scored
from approvals.templatetags import phrases
from crmgov.kernel.actors import ActorType
from crmgov.people.models import User
from crmgov.people.policy import Act, may
from crmgov.records import registry

from . import plates

# A record an agent made is told in a few of its fields.
MOST_FIELDS = 6
CONTEST = {"label": "Put it back", "kind": "danger"}


@require_safe
@login_required
@refusals
def page(request: ReviewerRequest) -> HttpResponse:
    """The last seven days, what a customer notices first."""
    at, view = timezone.now(), _view(request.user, request.GET.get("view", ""))
    found = done.page_for(request.user, at=at, view=view, cursor=request.GET.get("from", ""))
    reads_policies = may(request.user, Act.AUDIT)
    lines = [line_of(one, reads_policies=reads_policies) for one in found.rows]
    context = {
        "now": at,
        "view": view,
        "views": [
            {"name": name, "url": _url(view=key), "current": key == view} for key, name in done.VIEWS.items()
        ],
        "lines": lines,
        "contests": any(line["contest_url"] for line in lines),
        "fresh": [line["id"] for line in lines if not line["seen"]],
        "from": request.GET.get("from", ""),
        "newer_url": _url(view=view, **{"from": found.newer}) if found.newer else "",
        "older_url": _url(view=view, **{"from": found.older}) if found.older else "",
    }
    if not lines:
        context |= _empty(request.user, view, at)
    return render(request, "approvals/done.html", context)


@require_POST
@login_required
@refusals
def seen(request: ReviewerRequest) -> HttpResponse:
    """Mark what stands on the page as looked at."""
    ids = [key for raw in request.POST.getlist("execution")[: done.SIZE] if (key := _id(raw))]
    count = contests.mark_seen(execution_ids=ids, user=request.user, at=timezone.now())
    messages.success(request, f"{count} marked as seen." if count else "There was nothing to mark.")
    return redirect(_back(request))


@require_POST
@login_required
@refusals
def contest(request: ReviewerRequest, execution_id: UUID) -> HttpResponse:
    """Say that it was wrong: old values back, locked, and counted."""
    made = contests.contest(
        execution_id=execution_id,
        user=request.user,
        at=timezone.now(),
        reason=request.POST.get("reason", ""),
    )
    say = messages.success if made.restored else messages.warning
    say(request, told(made))
    return redirect(_back(request))


def _view(user: User, asked: str) -> str:
    """Whoever owns accounts begins with what they have not looked at there; others with what they see."""
    if asked in done.VIEWS:
        return asked
    return NEW if done.owns_accounts(user) else TEAM


def told(made: ContestedChange) -> str:
    """What was put back, what was not and why, and that it counts."""
    suggestion = made.execution.suggestion
    counts = f"It counts against {suggestion.agent or suggestion.workflow_version}."
    parts = []
    if made.restored == ["archived_at"]:
        parts.append("Archived.")
    elif made.restored:
        parts.append(f"Put back and locked: {_labels(suggestion.record_type, made.restored)}.")
    parts += [
        f"{_labels(suggestion.record_type, [field])} stays as it is: {say[:1].lower()}{say[1:]}"
        for field, say in made.kept.items()
    ]
    return " ".join([*parts, counts])


def _labels(record_type: str, fields: list[str]) -> str:
    return ", ".join(registry.label(record_type, field) for field in fields)


def _empty(user: User, view: str, at: datetime) -> dict[str, Any]:
    """What is true and what to do next: all was looked at, or nothing ran."""
    number = done.ran(user, at=at, view=view, most=COUNTED) if view == NEW else 0
    if not number:
        return {"looked_at": ""}
    themselves, are = ("itself", "it is") if number == 1 else ("themselves", "they are")
    text = (
        f"{phrases.counted(number, COUNTED)} ran by {themselves} on your accounts in the last seven days. "
        f"Look again while {are} easy to undo."
    )
    return {"looked_at": text, "again": _url(view=OWN)}


def line_of(one: Done, *, reads_policies: bool) -> dict[str, Any]:
    """One line of a list of what ran by itself."""
    execution, suggestion = one.execution, one.suggestion
    version = execution.decision.policy_version
    agent = suggestion.agent or suggestion.proposed_by
    return {
        "id": execution.pk,
        "title": suggestion.title,
        "url": address_of("suggestion", suggestion.pk),
        "number": suggestion.number,
        "record": suggestion.record_label,
        "record_url": plates.record_url(suggestion.record_type, suggestion.record_id),
        "account": str(one.account) if one.account else "",
        "account_url": plates.record_url("account", one.account.pk) if one.account else "",
        "customer_visible": execution.customer_visible,
        "seen": one.seen,
        "wrote": [_wrote(wrote) for wrote in one.wrote[:MOST_FIELDS]],
        "sent": suggestion.title if execution.leaves else "",
        "added": execution.note if execution.appends else "",
        "more": max(len(one.wrote) - MOST_FIELDS, 0),
        "p": {
            "actor": ActorType.AI,
            "who": f"{agent}, {suggestion.workflow_version}",
            **plates.band_of(one.record),
        },
        "policy": str(version),
        "policy_url": plates.address("policy_version", version.number) if version and reads_policies else "",
        "at": execution.finished_at,
        "change_url": address_of("change_set", execution.change_set_id) if execution.change_set_id else "",
        "contest": _contested(one.contest, suggestion.record_type) if one.contest else None,
        "contest_url": plates.address("contest", execution.pk) if one.may_contest else "",
        "contest_dialog": f"contest-{execution.pk}",
        "contest_button": CONTEST,
        "needs_reason": scored.is_ours(suggestion),
    }


def _wrote(one: Wrote) -> dict[str, Any]:
    change = one.change
    made = change.old is None and not one.before_source
    return {
        "label": registry.label(change.record_type, change.field),
        "old": "" if change.old in (None, "", []) else plates.old_words(change, one.currency),
        "old_source": one.before_source,
        "new": plates.new_words(change, one.currency),
        "source": change.source,
        "made": made,
        "overtaken": one.overtaken,
    }


def _contested(contest: ContestedChange, record_type: str) -> dict[str, Any]:
    return {
        "by": contest.person_label,
        "at": contest.at,
        "reason": contest.reason,
        "restored": bool(contest.restored),
        "url": address_of("change_set", contest.revert_id) if contest.revert_id else "",
        "kept": [f"{_labels(record_type, [field])}: {say}" for field, say in contest.kept.items()],
    }


def _back(request: ReviewerRequest) -> str:
    view = request.POST.get("view", "")
    return _url(view=view if view in done.VIEWS else "", **{"from": request.POST.get("from", "")})


def _url(**state: str) -> str:
    said: Mapping[str, str] = {name: value for name, value in state.items() if value}
    return f"{plates.address('done')}?{urlencode(said)}" if said else plates.address("done")


def _id(raw: str) -> UUID | None:
    try:
        return UUID(raw)
    except ValueError:
        return None
