"""On screen: the workflows of ours stand with their contracts, and what one broke over is tried again with a button."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from approvals.models import Suggestion, WorkflowFailure, WorkflowStart
from approvals.services import workflow_retries
from tests.built_in import kit
from tests.built_in.small import NameIndustry
from tests.decisions import scene
from tests.records_pages.kit import browser_of
from tests.world import change

pytestmark = pytest.mark.django_db
ONE = (NameIndustry(),)


@pytest.fixture
def ana(monkeypatch: pytest.MonkeyPatch) -> Client:
    """At the workflow, after it broke over one record and proposed for another."""
    monkeypatch.setattr(workflow_retries, "BUILT_IN", ONE)
    kit.begin(workflows=ONE)
    for name in ("Broken", "Quay"):
        change("account", scene.account(name).pk, region="Nordics")
    kit.ring(workflows=ONE)
    return browser_of(scene.admin())


def page() -> str:
    return reverse("approvals:workflow", args=[WorkflowStart.objects.get().workflow_id])


def again() -> str:
    return reverse("approvals:workflow_failure_retry", args=[WorkflowFailure.objects.get().pk])


def text(client: Client, path: str) -> str:
    return " ".join(client.get(path).content.decode().split())


def test_it_stands_in_the_list_with_its_contract_and_that_it_broke(ana: Client) -> None:
    (line,) = ana.get("/workflows/").context["lines"]
    assert (line["line"].broken, str(line["line"].contract.owner)) == (1, "Olga Brandt")
    assert "no contract" not in text(ana, "/workflows/")


def test_its_page_says_how_it_runs_and_over_what_it_broke(ana: Client) -> None:
    said = text(ana, page())
    assert "<dt>Looked at</dt><dd>2 records</dd>" in said
    assert "ZeroDivisionError: nothing to divide" in said
    assert "Try again" in said


def test_trying_again_says_that_it_broke_again_and_then_that_it_went_well(ana: Client) -> None:
    answer = ana.post(again())
    assert answer.status_code == 409
    assert "It broke again" in answer.content.decode()

    change("account", WorkflowFailure.objects.get().record_id, name="Mended")
    assert ana.post(again(), follow=True).status_code == 200

    assert Suggestion.objects.count() == 2
    assert "Nothing. A record it breaks over stands here" in text(ana, page())


def test_looking_decides_nothing(ana: Client) -> None:
    assert ana.get(again()).status_code == 405


def test_the_agent_of_ours_offers_no_key(ana: Client) -> None:
    said = text(ana, reverse("approvals:agent", args=[kit.the_agent().pk]))
    assert "It needs no key" in said
    assert "Issue a key" not in said
    assert "Deactivate the agent" not in said
