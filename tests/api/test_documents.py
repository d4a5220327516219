"""The OpenAPI document and its page, and the API held to the document by generated calls."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.intake.kit import a_key, an_agent
from tests.world import a_team

pytestmark = pytest.mark.django_db

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    response_schema_conformance,
    content_type_conformance,
]


def test_the_page_loads_only_our_own_files() -> None:
    answer = Client().get("/api/v1/docs")

    assert answer.status_code == 200
    page = answer.content.decode()
    assert re.findall(r'(?:src|href)="(?!/)[^"]+"', page) == []
    assert "default-src 'none'" in answer["Content-Security-Policy"]


def test_the_document_names_every_answer() -> None:
    document = json.loads(Client().get("/api/v1/openapi.json").content)

    propose = document["paths"]["/api/v1/suggestions"]["post"]
    assert {"200", "201", "400", "401", "403", "404", "409", "422"} <= set(propose["responses"])
    assert document["components"]["securitySchemes"]
    shape = document["components"]["schemas"]["Proposal"]
    assert shape["additionalProperties"] is False


def test_the_written_page_names_what_the_document_names() -> None:
    document = json.loads(Client().get("/api/v1/openapi.json").content)
    page = (Path(__file__).resolve().parents[2] / "docs" / "agent-api.md").read_text(encoding="utf-8")

    schemas = document["components"]["schemas"]
    missing = [
        name
        for shape in ("Proposal", "BatchedProposal", "Event", "Person", "EventLine", "BatchLine")
        for name in schemas[shape]["properties"]
        if f"`{name}`" not in page and f'"{name}"' not in page
    ]
    assert missing == []


def test_the_document_says_what_a_batch_and_events_hold() -> None:
    document = json.loads(Client().get("/api/v1/openapi.json").content)
    paths, schemas = document["paths"], document["components"]["schemas"]
    batch = paths["/api/v1/suggestions/batch"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    events = paths["/api/v1/events"]["post"]["requestBody"]["content"]["application/json"]["schema"]

    assert (batch["maxItems"], batch["items"]) == (1_000, {"$ref": "#/components/schemas/BatchedProposal"})
    assert events["anyOf"][0] == {"$ref": "#/components/schemas/Event"}
    assert {"opt_out", "person", "record"} <= set(schemas["Event"]["properties"])
    assert "form" in schemas["Event"]["properties"]["kind"]["enum"]
    text = json.dumps(document)
    assert {*re.findall(r"#/components/schemas/(\w+)", text)} <= set(schemas)


@pytest.mark.django_db(transaction=True)
def test_generated_calls_keep_to_the_document() -> None:
    """Whatever is sent, the answer is one the document names, in its shape, and never a 500."""
    secret = a_key(an_agent(a_team()), at=timezone.now()).secret
    document = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    seen: set[int] = set()
    for found in document.get_all_operations():
        operation: Any = found
        _call_often(operation.ok(), secret, seen)
    assert {404, 422} <= seen


def _call_often(operation: Any, secret: str, seen: set[int]) -> None:
    @settings(
        max_examples=25,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def call(case: Any) -> None:
        answer = case.call(headers={"Authorization": f"Bearer {secret}"})
        case.validate_response(answer, checks=CHECKS)
        seen.add(answer.status_code)

    call()
