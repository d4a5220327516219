"""A message drawn as its reader will see it, on a page that can do nothing: no script, no form, no address but ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, cast
from uuid import UUID

import nh3
from csp.constants import NONE, SELF
from csp.decorators import csp_replace
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from approvals.http import ReviewerRequest, refusals
from approvals.rules import message_html
from approvals.selectors import items, messages
from crmgov.kernel.refusals import NotFound

from .message_plates import is_message

# `sandbox` without a word: an origin of its own, no script, no form, nothing opened. It holds without our frame, too.
ALONE = {
    # What the pages of the product may load is taken out: the default says it all.
    **dict.fromkeys(settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]),
    "sandbox": True,
    "default-src": [NONE],
    "style-src": [SELF],
    "base-uri": [NONE],
    "form-action": [NONE],
    "frame-ancestors": [SELF],
}


P = ParamSpec("P")


def alone(view: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """A view that answers with the inside of a frame."""
    unframed = xframe_options_sameorigin(cast("Any", view))
    return cast("Callable[P, HttpResponse]", csp_replace(ALONE)(cast("Any", unframed)))


@alone
@require_safe
@login_required
@refusals
def preview(request: ReviewerRequest, suggestion_id: UUID) -> HttpResponse:
    """The message of a suggestion: the bytes that were approved, else what is proposed."""
    suggestion = items.find(request.user, suggestion_id)
    if not is_message(suggestion):
        raise NotFound
    fixed = messages.fixed(suggestion)
    said = fixed.html if fixed else messages.taken(suggestion.items.all()).body
    return drawn(request, said)


def drawn(request: ReviewerRequest, body: str) -> HttpResponse:
    """The page around a body. Links stand there as words: where they lead is listed beside the frame."""
    cleaned = message_html.clean(body)
    inert = nh3.clean(cleaned.html, tags=set(message_html.TAGS), attributes={}, link_rel=None)
    return render(request, "messages/preview.html", {"body": mark_safe(inert)})  # noqa: S308 (nh3 wrote it)
