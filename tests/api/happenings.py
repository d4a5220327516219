"""Events as a sender tells them, and how their answers are read."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from approvals.models import Suggestion
from approvals.services import decisions, gate
from crmgov.people.models import User
from crmgov.records.models import ExternalId, Source

from .caller import Caller, said

URL = "/api/v1/events"
IDA = {"email": "Ida.Berg@berg.example", "first_name": "Ida", "last_name": "Berg"}


def event(**more: Any) -> dict[str, Any]:
    return {"kind": "form", "occurred_at": "2026-11-20T09:00:00+01:00", "subject": "Contact us", **more}


def about(record: Any, **more: Any) -> dict[str, Any]:
    kind = type(record).__name__.lower()
    return event(record={"type": kind, "id": str(record.pk)}, **more)


def post(caller: Caller, sent: Any, **more: Any) -> Any:
    return caller.post(sent, path=URL, **more)


def results(answer: Any) -> list[Any]:
    assert answer.status_code == 200, answer.content
    return said(answer)["results"]  # type: ignore[no-any-return]


def named(record: Any, value: str, kind: str = "account", source: str = "csv") -> None:
    found, _ = Source.objects.get_or_create(name=source, defaults={"kind": "import", "trust_rank": 10})
    record_type = type(record).__name__.lower()
    ExternalId.objects.create(
        source=found, kind=kind, value=value, record_type=record_type, record_id=record.pk
    )


def accept(suggestion: Suggestion, reviewer: User, **edits: Any) -> None:
    """What a reviewer does with a suggestion at level suggest: open the form and save it."""
    now = timezone.now()
    values = {item.field: edits.get(item.field, item.proposed) for item in suggestion.items.all()}
    decisions.accept_form(
        suggestion_id=suggestion.pk,
        seen_digest=gate.digest_of(suggestion),
        reviewer=reviewer,
        at=now,
        shown_at=now,
        values=values,
    )
