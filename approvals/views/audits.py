"""What ran by itself and was drawn to be read: a person says whether it was right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from approvals.http import ReviewerRequest, number_of, refusals, refusals_on
from approvals.models import AuditSample, Cell
from approvals.selectors import audits as plates
from approvals.selectors import cells
from approvals.selectors.audits import VIEWS, WAITING, Drawn
from approvals.services import audits
from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound, Refused
from crmgov.people.policy import Act, may

from . import cell_words, done
from .plates import address

WHY = {
    AuditSample.Drawn.UNIFORM: {"text": "Drawn by chance", "icon": "check", "tone": ""},
    AuditSample.Drawn.RISK: {"text": "Drawn for its value", "icon": "alert", "tone": "warn"},
    AuditSample.Drawn.ASKED: {"text": "Asked for by the studio", "icon": "sliders", "tone": ""},
}
FOUND = {
    AuditSample.Verdict.RIGHT: {"text": "Right", "icon": "check", "tone": "ok"},
    AuditSample.Verdict.WRONG: {"text": "Wrong", "icon": "undo", "tone": "danger"},
}
KEPT = ("view", "drawn", "cell", "from")


@require_safe
@login_required
@refusals
def page(request: ReviewerRequest) -> HttpResponse:
    """What waits to be read, the oldest first; what was read, the newest first."""
    return _page(request, _state(request.GET))


def _again(request: ReviewerRequest, refusal: Refused, sample_id: int) -> HttpResponse | None:
    """The list with the refusal at the line it is about, for whoever sees that."""
    seen = plates.found(request.user, sample_id)
    if seen is None or isinstance(refusal, NotAllowed | NotFound):
        return None
    return _page(request, _state(request.POST), refusal, at=sample_id)


@require_POST
@login_required
@refusals_on(_again)
def right(request: ReviewerRequest, sample_id: int) -> HttpResponse:
    """It was right."""
    read = audits.right(sample_id=sample_id, user=request.user, at=timezone.now())
    messages.success(request, f"Noted as right: {read.sample.execution.suggestion.title}.")
    return redirect(_url(_state(request.POST)))


@require_POST
@login_required
@refusals_on(_again)
def wrong(request: ReviewerRequest, sample_id: int) -> HttpResponse:
    """It was wrong: it is put back as far as possible, and counts."""
    reason = request.POST.get("reason", "")
    read = audits.wrong(sample_id=sample_id, user=request.user, at=timezone.now(), reason=reason)
    if read.contest is None:
        messages.warning(request, "Noted as wrong. What was sent or added stays; it counts all the same.")
        return redirect(_url(_state(request.POST)))
    say = messages.success if read.contest.restored else messages.warning
    say(request, done.told(read.contest))
    return redirect(_url(_state(request.POST)))


def _page(
    request: ReviewerRequest, state: Mapping[str, str], refusal: Refused | None = None, *, at: int = 0
) -> HttpResponse:
    cell = cells.by_number(request.user, number_of(state.get("cell", "")))
    shown = plates.page_for(
        request.user,
        view=state["view"],
        drawn=state.get("drawn", ""),
        cell=cell,
        cursor=state.get("from", ""),
    )
    known: dict[object, str] = {}
    context = {
        "now": timezone.now(),
        "state": state,
        "views": [
            {"name": name, "url": _url({**_narrowed(state), "view": key}), "current": key == state["view"]}
            for key, name in VIEWS.items()
        ],
        "tags": _tags(state, cell),
        "lines": [_line(one, at, refusal, request, known) for one in shown.rows],
        "refusal": refusal,
        "newer_url": _url({**state, "from": shown.newer}) if shown.newer else "",
        "older_url": _url({**state, "from": shown.older}) if shown.older else "",
    }
    return render(request, "audits/page.html", context)


def _line(
    one: Drawn, refused_at: int, refusal: Refused | None, request: ReviewerRequest, known: dict[object, str]
) -> dict[str, Any]:
    """`known` keeps who may not read what, so that a page asks once per agent and team."""
    sample, execution, user = one.sample, one.sample.execution, request.user
    is_refused = sample.pk == refused_at
    about = (execution.suggestion.agent_id, execution.suggestion.team_id)
    if not sample.verdict and about not in known:
        known[about] = audits.why_not(user, execution)
    why_not = known.get(about, "") if not sample.verdict else ""
    shown = done.line_of(one.done, reads_policies=may(user, Act.AUDIT))
    return {
        **shown,
        "contest_url": "",
        "sample": sample,
        "reason": execution.suggestion.reason,
        "why": WHY[AuditSample.Drawn(sample.drawn)],
        "found": FOUND[AuditSample.Verdict(sample.verdict)] if sample.verdict else None,
        "why_not": why_not,
        "reads": not sample.verdict and not why_not,
        "right_url": address("audit_right", sample.pk),
        "wrong_url": address("audit_wrong", sample.pk),
        "error": refusal.errors.get("reason", refusal.say)
        if is_refused and isinstance(refusal, Invalid)
        else "",
        "typed": request.POST.get("reason", "") if is_refused else "",
    }


def _state(given: Mapping[str, str]) -> dict[str, str]:
    """View and filters as the address or the form has them; what is not known is left out."""
    view = given.get("view", "")
    state = {"view": view if view in VIEWS else WAITING}
    if given.get("drawn", "") in AuditSample.Drawn.values:
        state["drawn"] = given["drawn"]
    return state | {name: given[name] for name in ("cell", "from") if given.get(name)}


def _narrowed(state: Mapping[str, str]) -> dict[str, str]:
    return {name: state[name] for name in ("drawn", "cell") if name in state}


def _tags(state: Mapping[str, str], cell: Cell | None) -> list[dict[str, str]]:
    found = []
    if "drawn" in state:
        rest = {name: value for name, value in state.items() if name not in ("drawn", "from")}
        text = WHY[AuditSample.Drawn(state["drawn"])]["text"]
        found.append({"text": text, "remove_url": _url(rest)})
    if cell is not None:
        rest = {name: value for name, value in state.items() if name not in ("cell", "from")}
        found.append({"text": cell_words.name(cell), "remove_url": _url(rest)})
    return found


def _url(state: Mapping[str, str]) -> str:
    said = {name: value for name in KEPT if (value := state.get(name)) and (name, value) != ("view", WAITING)}
    return f"{address('audits')}?{urlencode(said)}" if said else address("audits")
