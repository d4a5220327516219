"""Decisions recorded a little while ago, and the studio that shows them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from approvals.models import Suggestion
from approvals.services import outcomes
from tests.decisions import scene

STUDIO, ROWS = "/policies/studio/", "/policies/studio/rows"


def decided(confidences: Iterable[float], *, verb: str = "approve", name: str = "Firm") -> list[Suggestion]:
    """An agent proposes a region with each of these confidences, and a person decides one after the other."""
    at = timezone.now() - timedelta(minutes=5)
    made = []
    for number, confidence in enumerate(confidences):
        about = scene.account(f"{name} {verb} {number} {confidence}")
        asked = scene.propose(about, region="EMEA", confidence=confidence, at=at)
        more: dict[str, Any] = {"at": at, "shown_at": at}
        if verb == "reject":
            scene.reject(asked, scene.reviewer(), **more)
        elif verb == "edit":
            scene.approve(asked, scene.reviewer(), edits={"region": "Nordics"}, **more)
        else:
            scene.approve(asked, scene.reviewer(), **more)
        made.append(asked)
    told()
    return made


def told() -> None:
    outcomes.take(at=timezone.now())


def tiles(client: Client, query: str = "?floor=0.4&auto=0.8") -> dict[str, str]:
    """The figures of what would run by itself."""
    return {tile["name"]: tile["figure"] for tile in client.get(STUDIO + query).context["tiles"]}


def lines(client: Client, query: str = "?floor=0.4&auto=0.8") -> dict[str, tuple[str, str]]:
    """What happened, and what would under these thresholds."""
    page = client.get(STUDIO + query)
    return {line["name"]: (line["today"], line["here"]) for line in page.context["against"]}
