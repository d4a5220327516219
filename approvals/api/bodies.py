"""How large a body may be, and reading one that is checked part by part."""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from ninja.errors import HttpError
from ninja.parser import Parser
from ninja.types import DictStrAny

# One proposal, not a file.
MEGABYTES = 2
# As much as Django reads at all: a thousand proposals of ten thousand characters.
BATCH_MEGABYTES = 10


ONE = "One proposal has at most 50 items; send less evidence."


class TooBig(RequestDataTooBig):
    """The sentence says how large a body may be."""

    def __init__(self, megabytes: int = MEGABYTES, otherwise: str = ONE) -> None:
        super().__init__(f"The body is larger than {megabytes} MB. {otherwise}")


class ProposalParser(Parser):
    """Reads JSON, and refuses a body that is far larger than any proposal before reading it."""

    def parse_body(self, request: HttpRequest) -> DictStrAny:
        body_of(request, MEGABYTES, ONE)
        return super().parse_body(request)


def json_of(request: HttpRequest) -> Any:
    """The JSON of a batch, not checked yet. Raises TooBig, and HttpError where it is none."""
    try:
        return json.loads(body_of(request, BATCH_MEGABYTES, "Send fewer at a time."))
    except (ValueError, RecursionError) as error:
        raise HttpError(400, "Cannot parse request body") from error


def body_of(request: HttpRequest, megabytes: int, otherwise: str) -> bytes:
    """The body. Raises TooBig, saying what to do otherwise."""
    try:
        if len(request.body) <= megabytes * 2**20:
            return request.body
    except RequestDataTooBig:
        pass
    raise TooBig(megabytes, otherwise)
