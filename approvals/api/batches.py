"""Propose many actions in one call."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from ninja import Header, Router
from pydantic import TypeAdapter

from approvals.models.agent import Scope
from approvals.services import agents, batches
from approvals.services.batches import MOST, BatchedProposal
from approvals.services.idempotency import Call

from . import problems
from .bodies import json_of
from .keys import key_of
from .once import once
from .shapes import REFUSED, BatchAnswer

router = Router(tags=["suggestions"])

SHAPES = TypeAdapter(BatchedProposal).json_schema(ref_template="#/components/schemas/{model}")
BODY = {
    "type": "array",
    "maxItems": MOST,
    "items": {"$ref": "#/components/schemas/BatchedProposal"},
}


@router.post(
    "/suggestions/batch",
    response={200: BatchAnswer, **REFUSED},
    openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": BODY}}}},
)
def propose_many(
    request: HttpRequest,
    idempotency_key: Annotated[str | None, Header(alias="Idempotency-Key")] = None,
) -> HttpResponse:
    """Propose up to 1,000 actions; the answers stand in the order of the proposals.

    Each is taken in as if it had been posted alone: `code` is the status it would have had, with `suggestion` or
    `problem`. One that is refused leaves the others alone. A proposal may have an `idempotency_key` of its own;
    the header counts for the whole.
    """
    key = key_of(request)
    agents.require_scope(key, Scope.PROPOSE)
    batch = json_of(request)

    def do(call: Call | None) -> HttpResponse:
        lines = batches.receive(
            batch=batch, agent=key.agent, at=timezone.now(), told=problems.body_of, call=call
        )
        return _answer(request, 200, {"results": lines})

    def answer(status: int, body: dict[str, Any]) -> HttpResponse:
        return _answer(request, status, body)

    return once(request, key.agent, idempotency_key, answer=answer, do=do)


def _answer(request: HttpRequest, status: int, body: dict[str, Any]) -> HttpResponse:
    if status >= 400:
        return problems.response(body)
    host = request.build_absolute_uri("/").rstrip("/")
    lines = [
        {**line, "suggestion": {**said, "url": host + said["url"]}} if (said := line["suggestion"]) else line
        for line in body["results"]
    ]
    return JsonResponse({"results": lines}, status=status)
