"""What no page, form or table can hold is refused where it comes in, once for all of them."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

NUL = "\x00"
API = "/api/"
SAY = (
    "It holds the character U+0000, which no text here can hold. Go back, take it out of the address or of what "
    "you typed (a paste from a binary file brings it), and send it again."
)


class NoNul:
    """Middleware: answers 400 to an address or a form that holds U+0000, which Postgres refuses as text."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if NUL in request.path_info or _holds_nul(request.GET) or _holds_nul(_form(request)):
            return render(request, "400.html", {"text": SAY}, status=400)
        return self.get_response(request)


def _form(request: HttpRequest) -> QueryDict:
    """What a page posted. The API reads its own bodies, and a form read here could not be read there again."""
    return QueryDict() if request.path_info.startswith(API) else request.POST


def _holds_nul(sent: QueryDict) -> bool:
    return any(NUL in text for name, texts in sent.lists() for text in (name, *map(str, texts)))
