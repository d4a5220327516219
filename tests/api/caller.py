"""What the tests of the API share: an agent that calls over HTTP, and how its answers are read."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from approvals.models import Agent
from tests.intake.kit import a_key

URL = "/api/v1/suggestions"
PROBLEM = "application/problem+json"


class Caller:
    """An agent with its key, as a program that calls."""

    def __init__(self, agent: Agent, **key: Any) -> None:
        self.agent, self.client = agent, Client()
        issued = a_key(agent, at=timezone.now() - timedelta(minutes=1), **key)
        self.key, self.secret = issued.key, issued.secret

    def post(
        self, sent: Any, *, key: str | None = None, secret: str | None = None, path: str = URL
    ) -> HttpResponse:
        headers = {"Authorization": f"Bearer {secret or self.secret}"}
        if key is not None:
            headers["Idempotency-Key"] = key
        text = sent if isinstance(sent, str | bytes) else json.dumps(sent)
        answer: Any = self.client.post(path, text, content_type="application/json", headers=headers)
        return answer  # type: ignore[no-any-return]

    def get(self, path: str) -> HttpResponse:
        answer: Any = self.client.get(path, headers={"Authorization": f"Bearer {self.secret}"})
        return answer  # type: ignore[no-any-return]


def said(answer: HttpResponse) -> Any:
    return json.loads(answer.content)


def refusal(answer: HttpResponse, status: int) -> dict[str, str]:
    """Pointer -> sentence of a refusal, its own sentence under "detail"."""
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == PROBLEM
    problem = said(answer)
    assert (problem["status"], problem["type"].split(":")[:2]) == (status, ["urn", "crmgov"])
    return {"detail": problem["detail"], **{e["pointer"]: e["detail"] for e in problem.get("errors", [])}}
