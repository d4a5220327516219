"""Report what happened."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from ninja import Header, Router
from pydantic import TypeAdapter

from approvals.models.agent import Scope
from approvals.services import agents, arrivals
from approvals.services.arrivals import MOST
from approvals.services.idempotency import Call
from approvals.services.incoming import Event

from . import problems
from .bodies import json_of
from .keys import key_of
from .once import once
from .shapes import REFUSED, EventLine, EventsAnswer

router = Router(tags=["events"])

SHAPES = TypeAdapter(Event).json_schema(ref_template="#/components/schemas/{model}")
ONE = {"$ref": "#/components/schemas/Event"}
BODY = {"anyOf": [ONE, {"type": "array", "maxItems": MOST, "items": ONE}]}


@router.post(
    "/events",
    response={200: EventsAnswer | EventLine, 201: EventLine, 202: EventLine, **REFUSED},
    openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": BODY}}}},
)
def report(
    request: HttpRequest,
    idempotency_key: Annotated[str | None, Header(alias="Idempotency-Key")] = None,
) -> HttpResponse:
    """Report one event, or a list of up to 1,000 with an answer each in order.

    An event is appended to the timeline of a record, named by id, by external id or by a person's e-mail address
    (201). With an `id` of yours it acts once (200 `already_there`). A person nobody knows becomes a lead, if the gate
    and a person or the policy say so; until then the event waits (202) with the suggestion that would make it.
    """
    key = key_of(request)
    agents.require_scope(key, Scope.REPORT)
    sent = json_of(request)
    single = not isinstance(sent, list)

    def do(call: Call | None) -> HttpResponse:
        lines = arrivals.receive(
            events=[sent] if single else sent,
            agent=key.agent,
            at=timezone.now(),
            told=problems.body_of,
            call=call,
        )
        return answer(200, {"results": lines})

    def answer(status: int, body: dict[str, Any]) -> HttpResponse:
        if status >= 400:
            return problems.response(body)
        lines = [_absolute(request, line) for line in body["results"]]
        if not single:
            return JsonResponse({"results": lines}, status=status)
        (line,) = lines
        if line["problem"]:
            where = {"suggestion": line["suggestion"]} if line["suggestion"] else {}
            return problems.response({**line["problem"], **where})
        return JsonResponse(line, status=line["code"])

    return once(request, key.agent, idempotency_key, answer=answer, do=do)


def _absolute(request: HttpRequest, line: dict[str, Any]) -> dict[str, Any]:
    path = line["suggestion"]
    return {**line, "suggestion": request.build_absolute_uri(path)} if path else line
