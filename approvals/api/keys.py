"""Who calls: the agent key in the Authorization header, asked of the database on every request."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer

from approvals.models import AgentKey
from approvals.services import agents

SCHEME = "bearer"


class AgentRequest(HttpRequest):
    """A request whose key was accepted."""

    auth: AgentKey


class KeyInHeader(HttpBearer):
    """Bearer keys. Ninja's own reading of the header writes keys into the log when it does not understand them."""

    def __call__(self, request: HttpRequest) -> Any:
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != SCHEME or not secret:
            raise agents.NoKey
        return self.authenticate(request, secret)

    def authenticate(self, request: HttpRequest, token: str) -> AgentKey:
        return agents.authenticate(secret=token, at=timezone.now())


def key_of(request: HttpRequest) -> AgentKey:
    """The key that was accepted for this request."""
    return cast("AgentRequest", request).auth
