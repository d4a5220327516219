"""The pages behind the links in our messages. No login, no cookie, no script: the link is all there is.

Forgery from elsewhere is no danger here, because no cookie says who asks; a mail provider that unsubscribes for its
reader (RFC 8058) could not send a token of ours either.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from approvals.http import posted_from
from approvals.selectors.preferences import preferences_of
from approvals.services import preferences
from crmgov.kernel.refusals import NotFound

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def by_link(view: View[P]) -> View[P]:
    """A link that nobody of ours wrote leads nowhere; no page of it is kept, indexed or told to another site."""

    @csrf_exempt
    @never_cache
    @wraps(view)
    def answered(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            page = view(request, *args, **kwargs)
        except NotFound:
            page = render(request, "preferences/gone.html", status=404)
        page["X-Robots-Tag"] = "noindex"
        page["Referrer-Policy"] = "no-referrer"
        return page

    return cast("View[P]", answered)


@require_http_methods(["GET", "HEAD", "POST"])
@by_link
def page(request: HttpRequest, token: str) -> HttpResponse:
    """What they get from us, each with a tick; a POST keeps what is ticked."""
    if request.method == "POST":
        preferences.choose(token=token, wanted=request.POST.getlist("purpose"), at=timezone.now())
        return _page(request, token, said="Your choice is saved.")
    return _page(request, token)


@by_link
@posted_from("approvals:preferences", "token")
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Out of everything."""
    preferences.stop_all(token=token, at=timezone.now())
    return _page(request, token, said="We will not write to you again.")


@require_http_methods(["GET", "HEAD", "POST"])
@by_link
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """One click, also by a mail provider (RFC 8058): a POST is enough, whatever it holds. A GET changes nothing."""
    if request.method == "POST":
        preferences.unsubscribe(token=token, at=timezone.now())
    link, contact = preferences.read(token)
    context = {
        "token": token,
        "done": request.method == "POST",
        "shown": preferences_of(contact, link.purpose),
    }
    return render(request, "preferences/unsubscribe.html", context)


def _page(request: HttpRequest, token: str, said: str = "") -> HttpResponse:
    link, contact = preferences.read(token)
    context = {"token": token, "said": said, "shown": preferences_of(contact, link.purpose)}
    return render(request, "preferences/page.html", context)
