"""Who may leave: accounts by score with the reasons, as far as the score was shown to hold."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from approvals.http import ReviewerRequest, refusals
from approvals.selectors import churn_list
from approvals.selectors.churn_list import BANDS, NO_SEGMENT, Asked, Ground, Line
from crmgov.people.policy import Act, may

from . import plates, score_cards
from .lists import Echo, neutral
from .readers import oversees

MOST_REASONS = 3
COLUMNS = (
    "account_id",
    "account",
    "owner",
    "segment",
    "score",
    "reasons",
    "owner_view",
    "model",
    "scored_at",
)


@require_safe
@login_required
@refusals
def page(request: ReviewerRequest) -> HttpResponse:
    """One page; what is asked stands in the address."""
    on, asked = churn_list.ground(), _asked(request)
    found = churn_list.page_for(request.user, on=on, asked=asked, cursor=request.GET.get("from", ""))
    context: dict[str, Any] = {
        "now": timezone.now(),
        "here": plates.address("churn_scores"),
        "asked": asked,
        "segments": _segments(on, asked),
        "bands": [
            {"value": key, "label": words, "on": key == asked.band} for key, (words, *_) in BANDS.items()
        ],
        "lines": [line_of(line) for line in found.rows],
        "newer_url": _url(asked, found.newer) if found.newer else "",
        "older_url": _url(asked, found.older) if found.older else "",
        "export_url": f"{plates.address('churn_scores_export')}{_query(asked)}",
        "model": f"the model {on.model}" if on.model else "",
        "model_url": plates.address("model", on.model.pk) if on.model and oversees(request.user) else "",
        "left_out": _left_out(on),
        "empty": _empty(request, on, asked),
    }
    return render(request, "scores/churn.html", context)


@require_safe
@login_required
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The whole filtered list as CSV, streamed; no cell of it is a formula."""
    user = cast("ReviewerRequest", request).user
    rows = churn_list.exported(user, on=churn_list.ground(), asked=_asked(request))
    answer = StreamingHttpResponse(_csv(rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="churn-{timezone.localdate()}.csv"'
    return answer


def line_of(line: Line) -> dict[str, Any]:
    """One account as the table shows it."""
    score, account = line.believed.score, line.account
    told = score_cards.told(line.believed)
    return {
        "id": account.pk,
        "account": account.name,
        "url": plates.record_url("account", account.pk),
        "owner": str(account.owner) if account.owner else "nobody",
        "segment": score.segment or NO_SEGMENT,
        "says": told["says"],
        "standing": told["standing"],
        "bars": 1 + sum(score.value >= edge for edge in (BANDS["25"][1], BANDS["50"][1], BANDS["75"][1])),
        "reasons": [one["title"] for one in told["reasons"] if one["side"] != "not known"][:MOST_REASONS],
        "view": account.get_owner_view_display() if account.owner_view else "",
        "renews_on": line.renews_on,
    }


def _csv(rows: Iterator[Line]) -> Iterator[str]:
    writer = csv.writer(Echo())
    yield writer.writerow(COLUMNS)
    for line in rows:
        score, account = line.believed.score, line.account
        reasons = " ".join(str(one["say"]) for one in score.reasons if one.get("points"))
        cells = [
            str(account.pk), account.name, str(account.owner or ""), score.segment, score.value, reasons,
            account.owner_view, f"{score.model} {score.model_version}", score.scored_at.isoformat(),
        ]  # fmt: skip
        yield writer.writerow([neutral(cell) for cell in cells])


def _asked(request: HttpRequest) -> Asked:
    given = request.GET
    band = given.get("band", "")
    return Asked(given.get("segment", "")[:40], band if band in BANDS else "", given.get("mine") == "1")


def _segments(on: Ground, asked: Asked) -> list[dict[str, Any]]:
    names = [segment or NO_SEGMENT for segment in on.calibrated]
    return [{"value": name, "on": name == asked.segment} for name in names]


def _left_out(on: Ground) -> str:
    """The segments whose accounts are not listed, because nobody knows whether their scores hold."""
    names = sorted(segment or NO_SEGMENT for segment in on.standings if segment not in on.calibrated)
    if not names or not on.calibrated:
        return ""
    return f"Not listed, because scores are not validated there: {', '.join(names)}."


def _empty(request: ReviewerRequest, on: Ground, asked: Asked) -> dict[str, str]:
    """What is true and what to do next, where nothing is listed."""
    administers = may(request.user, Act.ADMINISTER)
    models = {"url": plates.address("models"), "link": "Models"} if administers else {}
    if on.model is None:
        who = "Train one" if administers else "An admin trains one"
        text = f"{who} on what became of your customers. Until its numbers were shown to hold, no score is shown."
        return {"title": "No model is in use", "text": text, **models}
    if not on.calibrated:
        text = "Too few outcomes were looked at, or they did not fit. No number is shown before they do."
        return {"title": "The scores are not validated in any segment", "text": text, **models}
    if asked.is_filtered:
        text = "No account that you see fits these filters. Take one off."
        return {
            "title": "Nothing matches",
            "text": text,
            "url": plates.address("churn_scores"),
            "link": "Show all",
        }
    text = "Customers are scored every night. Whoever you may see stands here as soon as they have a score."
    return {"title": "Nobody you see has a score yet", "text": text}


def _url(asked: Asked, cursor: str) -> str:
    query = _query(asked)
    return f"{plates.address('churn_scores')}{query}{'&' if query else '?'}{urlencode({'from': cursor})}"


def _query(asked: Asked) -> str:
    said = {"segment": asked.segment, "band": asked.band, "mine": "1" if asked.mine else ""}
    kept = {name: value for name, value in said.items() if value}
    return f"?{urlencode(kept)}" if kept else ""
