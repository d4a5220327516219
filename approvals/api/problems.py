"""Refusals as problem details (RFC 9457): a sentence for the reader, a pointer to each mistake."""

from __future__ import annotations

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import structlog
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from approvals.services.drafts import Impossible
from approvals.services.proposals import Problem, problems_in
from crmgov.kernel.refusals import Invalid, Refused

from .bodies import TooBig

CONTENT_TYPE = "application/problem+json"
log = structlog.get_logger(__name__)

NOT_VALID = "What you sent is not valid. Each mistake is named in errors."


def register(api: NinjaAPI) -> None:
    """Answer every refusal of this API with problem details."""
    api.add_exception_handler(Impossible, _impossible)
    api.add_exception_handler(Refused, _refused)
    api.add_exception_handler(ValidationError, _not_valid)
    api.add_exception_handler(AuthenticationError, _no_key)
    api.add_exception_handler(HttpError, _http_error)
    api.add_exception_handler(Http404, _not_found)
    api.add_exception_handler(RequestDataTooBig, _too_big)
    api.add_exception_handler(Exception, _broken)


def body_of(refused: Refused) -> dict[str, Any]:
    """The problem details of a refusal."""
    errors: list[Problem] = []
    if isinstance(refused, Impossible):
        errors = list(refused.problems)
    elif isinstance(refused, Invalid):
        errors = [Problem(f"/{name}", say) for name, say in refused.errors.items()]
    return details(status=refused.status, kind=_kind(type(refused).__name__), say=refused.say, errors=errors)


def details(*, status: int, kind: str, say: str, errors: Sequence[Problem] = ()) -> dict[str, Any]:
    """The members of RFC 9457, and `errors` with a pointer (RFC 6901) and a sentence each."""
    body: dict[str, Any] = {
        "type": f"urn:crmgov:problem:{kind}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": say,
    }
    if errors:
        body["errors"] = [{"pointer": error.pointer, "detail": error.say} for error in errors]
    return body


def response(body: dict[str, Any]) -> HttpResponse:
    """The problem details as a response; 401 says how to authenticate."""
    answer = JsonResponse(body, status=body["status"], content_type=CONTENT_TYPE)
    if body["status"] == HTTPStatus.UNAUTHORIZED:
        answer["WWW-Authenticate"] = "Bearer"
    return answer


def _refused(request: HttpRequest, error: Refused | type[Refused]) -> HttpResponse:
    assert isinstance(error, Refused)  # noqa: S101 (ninja hands over the exception raised)
    return response(body_of(error))


def _impossible(request: HttpRequest, error: Impossible | type[Impossible]) -> HttpResponse:
    return _refused(request, error)


def _not_valid(request: HttpRequest, error: ValidationError | type[ValidationError]) -> HttpResponse:
    assert isinstance(error, ValidationError)  # noqa: S101
    if any(one["loc"][0] == "path" for one in error.errors):
        return _not_found(request, Http404())
    parts = {str(one["loc"][0]) for one in error.errors}
    # ("body", name of the parameter, ...) and ("query", name, ...)
    skip = 2 if parts == {"body"} else 1
    found = problems_in(error.errors, skip=skip)
    return response(details(status=422, kind="not-valid", say=NOT_VALID, errors=found))


def _no_key(request: HttpRequest, error: AuthenticationError | type[AuthenticationError]) -> HttpResponse:
    say = "Send your agent key: Authorization: Bearer KEY."
    return response(details(status=401, kind="no-key", say=say))


def _http_error(request: HttpRequest, error: HttpError | type[HttpError]) -> HttpResponse:
    assert isinstance(error, HttpError)  # noqa: S101
    if isinstance(error.__cause__, RequestDataTooBig):
        return _too_big(request, error.__cause__)
    if error.status_code == HTTPStatus.BAD_REQUEST:
        say = "The body is not JSON. Send one JSON object with Content-Type: application/json."
        return response(details(status=400, kind="not-json", say=say))
    return response(details(status=error.status_code, kind="http", say=str(error)))


def _too_big(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    # Django itself stops reading a body before we have looked at it.
    say = str(error if isinstance(error, TooBig) else TooBig())
    return response(details(status=413, kind="too-big", say=say))


def _not_found(request: HttpRequest, error: Http404 | type[Http404]) -> HttpResponse:
    say = "There is no such thing here, or it is not yours."
    return response(details(status=404, kind="not-found", say=say))


def _broken(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    """A bug is ours: a log line with everything, an answer with nothing."""
    log.error("api_broken", path=request.path, exc_info=error)
    say = "Something broke here; it is logged. Try again with the same Idempotency-Key."
    return response(details(status=500, kind="broken", say=say))


def _kind(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()
