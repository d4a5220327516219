"""The header Idempotency-Key: do it once per key, replay what was answered, keep what is answered now."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from approvals.models import Agent
from approvals.services import idempotency
from approvals.services.idempotency import Call, Replay
from crmgov.kernel.refusals import Refused

from . import problems

Answer = Callable[[int, dict[str, object]], HttpResponse]


def once(
    request: HttpRequest,
    agent: Agent,
    key: str | None,
    *,
    answer: Answer,
    do: Callable[[Call | None], HttpResponse],
) -> HttpResponse:
    """`do` keeps its answer with the call it is given; `answer` makes a response of a kept one.

    A refusal is kept too, unless it is ours.
    """
    if key is None:
        return do(None)
    begun = idempotency.begin(agent=agent, key=key, body=request.body, at=timezone.now())
    if isinstance(begun, Replay):
        replayed = answer(begun.status, begun.answer)
        replayed["Idempotent-Replayed"] = "true"
        return replayed
    try:
        return do(begun)
    except Refused as refused:
        if refused.status >= 500:
            idempotency.forget(begun)
            raise
        body = problems.body_of(refused)
        idempotency.finish(begun, status=refused.status, answer=body)
        return problems.response(body)
    except BaseException:
        idempotency.forget(begun)
        raise
