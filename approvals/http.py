"""Between a request and a service: who asks, where a list begins, and how a refusal is answered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import NoReverseMatch, Resolver404, resolve, reverse
from django.views.decorators.http import require_http_methods
from django_htmx.http import reselect, reswap, retarget
from django_htmx.middleware import HtmxDetails

from crmgov.kernel.refusals import Invalid, Refused
from crmgov.people.models import User
from crmgov.people.policy import Act, may
from crmgov.records.rules.values import ROW_MAX, ROW_NUMBER
from crmgov.records.selectors.cursors import Cursor

# What people type beside a choice, under the names our forms use.
TYPED = ("note", "reason")
# Where the names of uploads stand that were too large to be kept.
TOO_LARGE = "crmgov.too_large"
# Those that were too large together with the others of their request.
TOO_MUCH = "crmgov.too_much"
# The only views that files are sent to.
TAKES_FILES = frozenset({"approvals:import_new", "approvals:import_add"})
# Where a script puts a refusal that comes as a piece of a page.
REFUSED_INTO = "#main"

P = ParamSpec("P")


class ReviewerRequest(HttpRequest):
    """A request of somebody signed in: views behind `login_required` get one."""

    user: User
    htmx: HtmxDetails


View = Callable[Concatenate[ReviewerRequest, P], HttpResponse]
# Draws the page the person was on, with the refusal on it; None where there is no such page.
Again = Callable[Concatenate[ReviewerRequest, Refused, P], HttpResponse | None]
DjangoView = Callable[Concatenate[HttpRequest, P], HttpResponse]


def refusals(view: View[P]) -> DjangoView[P]:
    """Answer any `Refused` of the services with its status and its sentence; what was typed is kept."""

    @wraps(view)
    def answered(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        asked = cast("ReviewerRequest", request)
        try:
            return view(asked, *args, **kwargs)
        except Refused as refusal:
            return refused(asked, refusal)

    return cast("DjangoView[P]", answered)


def refusals_on(again: Again[P]) -> Callable[[View[P]], DjangoView[P]]:
    """The same, but shown on the page where it happened: `again` draws that page anew with the refusal on it."""

    def decorate(view: View[P]) -> DjangoView[P]:
        @wraps(view)
        def answered(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            asked = cast("ReviewerRequest", request)
            try:
                return view(asked, *args, **kwargs)
            except Refused as refusal:
                return _on_its_page(again, asked, refusal, *args, **kwargs)

        return cast("DjangoView[P]", answered)

    return decorate


def posted_from(page: str, *names: str) -> Callable[[DjangoView[P]], DjangoView[P]]:
    """Only a POST does what the view does; a GET of its address, which a refusal leaves in the bar, leads to `page`.

    `names` are the arguments that the address of the page takes. Nothing is looked up: the page says who may see it.
    """

    def decorate(view: DjangoView[P]) -> DjangoView[P]:
        @require_http_methods(["GET", "HEAD", "POST"])
        @wraps(view)
        def answered(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if request.method == "POST":
                return view(request, *args, **kwargs)
            return HttpResponseRedirect(reverse(page, kwargs={name: kwargs[name] for name in names}))

        return cast("DjangoView[P]", answered)

    return decorate


def _on_its_page(
    again: Again[P], request: ReviewerRequest, refusal: Refused, *args: P.args, **kwargs: P.kwargs
) -> HttpResponse:
    try:
        page = again(request, refusal, *args, **kwargs)
    except Refused as worse:
        return refused(request, worse)
    if page is None:
        return refused(request, refusal)
    page.status_code = refusal.status
    return page


def refused(request: HttpRequest, refusal: Refused, *, back_url: str = "") -> HttpResponse:
    """The refusal as a page of its own, or for a script as a piece of one."""
    kept = "\n".join(typed for name in TYPED if (typed := request.POST.get(name, "").strip()))
    context = {"refusal": refusal, "kept": kept, "back_url": back_url}
    page = render(request, "refused.html", context, status=refusal.status)
    if getattr(request, "htmx", False):
        page = reswap(reselect(retarget(page, REFUSED_INTO), "#refused"), "innerHTML")
    return page


def first_wrong(refusal: Refused, names: Sequence[str]) -> str:
    """The first of these controls that a refusal finds fault with, to begin again there; empty for none."""
    errors = refusal.errors if isinstance(refusal, Invalid) else {}
    return next((name for name in names if name in errors), "")


def cursor_of(request: HttpRequest, *, length: int) -> Cursor | None:
    """Where the page begins (`?from=`), of a list sorted by `length` values; None for its start."""
    return Cursor.read(request.GET.get("from", ""), length=length)


def number_of(raw: str) -> int | None:
    """The number of a row in an address or a form; None for what cannot be one, however long it is."""
    number = int(raw) if ROW_NUMBER.fullmatch(raw) else None
    return number if number is not None and number <= ROW_MAX else None


def address_of(kind: str, key: object) -> str:
    """The address of a thing that a sentence names; empty for what has no page of its own."""
    try:
        return reverse(f"approvals:{kind}", args=[key])
    except NoReverseMatch:
        return ""


class UploadLimit(FileUploadHandler):
    """Upload handler, before those that keep: nobody but an admin who hands in files of an import writes to disk.

    Of a file larger than an import may be, or than what is left of a request's total, no more is kept. The names of
    these stand in `request.META[TOO_LARGE]` and `[TOO_MUCH]`, for the page that has to say so.
    """

    kept = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        if self.request is None or not _hands_in(self.request):
            raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        size = start + len(raw_data)
        if size > settings.IMPORT_MAX_BYTES:
            raise self._dropped(TOO_LARGE)
        if self.kept + size > settings.IMPORT_MAX_BYTES:
            raise self._dropped(TOO_MUCH)
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """The next handler has the file."""
        self.kept += file_size

    def _dropped(self, why: str) -> SkipFile:
        if self.request is not None:
            self.request.META.setdefault(why, []).append(self.file_name or "")
        return SkipFile()


def _hands_in(request: HttpRequest) -> bool:
    """Is it an admin with files of an import? A file sent to any other address, or by anybody else, is passed over."""
    try:
        match = resolve(request.path_info)
    except Resolver404:
        return False
    user = getattr(request, "user", None)
    return match.view_name in TAKES_FILES and isinstance(user, User) and may(user, Act.ADMINISTER)
