"""Propose, and ask what became of it."""

from __future__ import annotations

import time
from threading import BoundedSemaphore
from typing import Annotated, Any
from uuid import UUID

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from ninja import Header, Query, Router

from approvals.models import Agent, AgentKey, Suggestion
from approvals.models.agent import Scope
from approvals.selectors import agents as selector
from approvals.selectors.sights import Sight
from approvals.selectors.subjects import Proposer
from approvals.services import agents, answers, intake
from approvals.services.idempotency import Call
from approvals.services.proposals import Proposal
from crmgov.kernel.refusals import NotFound

from . import problems
from .keys import key_of
from .once import once
from .shapes import REFUSED, ProposalAnswer, SuggestionAnswer

router = Router(tags=["suggestions"])

LONGEST_WAIT = 25
POLL_SECONDS = 0.5
# A waiting request holds a web thread but no connection. Half of the threads of one web process may wait; beyond
# these everybody is answered at once.
WAITERS = BoundedSemaphore(8)


class UnknownSuggestion(NotFound):
    """There is no such suggestion, or another agent made it."""


@router.post("/suggestions", response={200: ProposalAnswer, 201: ProposalAnswer, **REFUSED})
def propose(
    request: HttpRequest,
    proposal: Proposal,
    idempotency_key: Annotated[str | None, Header(alias="Idempotency-Key")] = None,
) -> HttpResponse:
    """Propose one action on one record.

    The answer says what the gate did: blocked (kept, never applied), shadowed, queued for a person, or approved
    to run by itself. 201 for a new suggestion, 200 when an open one asked the same already. Send an
    Idempotency-Key: the same key and body bring the same answer, however often you ask.
    """
    key = key_of(request)
    agents.require_scope(key, Scope.PROPOSE)

    def do(call: Call | None) -> HttpResponse:
        received = intake.receive(proposal=proposal, agent=key.agent, at=timezone.now(), call=call)
        told = answers.to_proposal(received, _viewer(key.agent))
        return _answer(request, 200 if received.duplicate else 201, told)

    def answer(status: int, body: dict[str, Any]) -> HttpResponse:
        return _answer(request, status, body)

    return once(request, key.agent, idempotency_key, answer=answer, do=do)


@router.get("/suggestions/{suggestion_id}", response={200: SuggestionAnswer, **REFUSED})
def look(
    request: HttpRequest,
    suggestion_id: UUID,
    wait: Annotated[
        int, Query(ge=0, le=LONGEST_WAIT, description="Seconds to wait for a decision or a question.")
    ] = 0,
) -> HttpResponse:
    """What was decided, with reason and edited values, and whether it was done.

    With `wait` the answer comes as soon as it is decided and has run, or a person asks something back, or after so
    many seconds as it then is.
    """
    key = key_of(request)
    agents.require_scope(key, Scope.READ)
    suggestion = _found(key.agent, suggestion_id)
    if wait and not _has_news(suggestion) and WAITERS.acquire(blocking=False):
        try:
            suggestion = _waited(key, suggestion, wait)
        finally:
            WAITERS.release()
    reading = selector.latest_reading(suggestion)
    return _answer(request, 200, answers.to_question(suggestion, reading, _viewer(key.agent)))


def _viewer(agent: Agent) -> Sight:
    return Sight(Proposer(agent, None))


def _answer(request: HttpRequest, status: int, body: dict[str, Any]) -> HttpResponse:
    if status >= 400:
        return problems.response(body)
    return JsonResponse({**body, "url": request.build_absolute_uri(body["url"])}, status=status)


def _found(agent: Agent, suggestion_id: UUID) -> Suggestion:
    suggestion = selector.suggestion_of(agent, suggestion_id)
    if suggestion is None:
        raise UnknownSuggestion
    return suggestion


def _has_news(suggestion: Suggestion) -> bool:
    return answers.is_settled(suggestion) or answers.is_asked_back(suggestion)


def _waited(key: AgentKey, suggestion: Suggestion, seconds: int) -> Suggestion:
    """Ask again until there is news; between two questions this thread holds no database connection.

    The key is asked again too: one that was revoked meanwhile learns nothing more.
    """
    until = time.monotonic() + seconds
    while not _has_news(suggestion) and (left := until - time.monotonic()) > 0:
        if not connection.in_atomic_block:
            connection.close()
        time.sleep(min(POLL_SECONDS, left))
        agents.ask_again(key, timezone.now())
        suggestion = _found(key.agent, suggestion.pk)
    return suggestion
