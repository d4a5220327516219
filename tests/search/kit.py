"""What a search page shows, read from its context."""

from __future__ import annotations

from typing import Any

from django.test import Client


def search(client: Client, q: str, **more: str) -> Any:
    answer = client.get("/search/", {"q": q, **more})
    assert answer.status_code == 200, answer.content[:300]
    return answer


def titles(answer: Any, kind: str = "") -> list[str]:
    """The titles of a kind; without one those of all kinds."""
    groups = answer.context.get("groups") or []
    return [hit["title"] for group in groups if kind in ("", group["kind"]) for hit in group["hits"]]


def exact(answer: Any) -> list[str]:
    return [hit["title"] for hit in answer.context.get("exact") or []]


def counts(answer: Any) -> dict[str, str]:
    return {group["kind"]: group["count"] for group in answer.context["groups"]}
