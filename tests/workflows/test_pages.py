"""Contracts on screen: read by admins and auditors, written by admins, and one workflow stopped from its page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from approvals.models import PauseSwitch, WorkflowContract
from approvals.services import pauses
from tests.decisions import scene
from tests.records_pages.kit import browser_of
from tests.workflows import kit
from tests.world import NOW, a_user

pytestmark = pytest.mark.django_db
LIST = "/workflows/"


@pytest.fixture
def ana() -> Client:
    scene.reviewer()
    scene.propose(scene.account(), employees=310)
    return browser_of(scene.admin())


def page(step: str = "workflow") -> str:
    return reverse(f"approvals:{step}", args=[kit.the_workflow().pk])


def text(client: Client, path: str, **query: str) -> str:
    answer = client.get(path, query)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_a_workflow_stands_in_the_list_with_its_first_suggestion_and_nobody_answers_for_it(
    ana: Client,
) -> None:
    said = text(ana, LIST)
    assert scene.WORKFLOW in said
    assert "no contract" in said
    assert "nobody" in said
    assert "Nobody has written its contract" in text(ana, page())


def test_every_item_of_the_contract_is_on_its_page(ana: Client) -> None:
    assert ana.post(page("workflow_contract"), kit.posted()).status_code == 302
    saved = WorkflowContract.objects.get()
    assert (saved.writes, saved.excluded) == (["account.industry", "account.employees"], ["strategic"])
    said = text(ana, page())
    for words in (
        "Every night.", "Olga Brandt", "Industry (account), Employees (account)", "strategic accounts",
        "Set fields", "yes: it never goes above draft", "Ten a week, drawn by chance.", "16 business hours",
        "All of a version.", "Share of records with the field empty: Industry (account)", "1 Nov 2026",
        "3.5 by one suggestion", "1 Mar 2199", "Nobody had written down what it may touch.", "Revision 1",
    ):  # fmt: skip
        assert words in said, words
    assert "Olga Brandt" in text(ana, LIST)


def test_the_form_begins_with_the_revision_in_force_and_an_earlier_one_stays_readable(ana: Client) -> None:
    kit.sign(trigger="Every night.")
    kit.sign(trigger="Every morning.", rollback_rule="By hand.")
    form = ana.get(page("workflow_contract")).context["form"]
    assert form.initial["trigger"] == "Every morning."
    assert form.initial["against"] == 2
    assert "Every night." not in text(ana, page())
    assert "Every night." in text(ana, page(), revision="1")
    assert ana.get(page(), {"revision": "7"}).status_code == 404


def test_what_cannot_stand_keeps_what_was_typed_and_says_what_is_wrong_beside_it(ana: Client) -> None:
    wrong = kit.posted(writes="account.colour", review_due="2020-01-01", why="")
    answer = ana.post(page("workflow_contract"), wrong)
    assert answer.status_code == 422
    assert "account.colour" in answer.content.decode()
    assert "Say why, for whoever asks later." in answer.content.decode()
    answer = ana.post(page("workflow_contract"), {**wrong, "why": "now"})
    assert answer.status_code == 422
    errors = answer.context["form"].errors
    assert "is no field" in errors["writes"][0]
    assert "That day has passed" in errors["review_due"][0]
    assert not WorkflowContract.objects.exists()


def test_a_revision_of_somebody_else_meanwhile_is_not_written_over(ana: Client) -> None:
    kit.sign()
    answer = ana.post(page("workflow_contract"), kit.posted(against="0"))
    assert answer.status_code == 409
    assert "meanwhile" in answer.content.decode()
    assert "Nobody had written down what it may touch." in answer.content.decode()


def test_one_workflow_is_paused_with_a_reason_and_lifted_from_its_page(ana: Client) -> None:
    answer = ana.post(page("workflow_pause"), {"reason": " "})
    assert answer.status_code == 422
    assert "Say why, for whoever finds it paused." in answer.content.decode()
    assert ana.post(page("workflow_pause"), {"reason": "Odd values."}).status_code == 302
    switch = PauseSwitch.objects.get()
    assert (switch.scope, switch.target, switch.reason) == ("workflow", scene.WORKFLOW, "Odd values.")
    said = text(ana, page())
    assert "is paused" in said
    assert "Odd values." in said
    assert reverse("approvals:pause_lift", args=[switch.pk]) in said
    assert "Paused" in text(ana, LIST)
    assert ana.post(page("workflow_pause"), {"reason": "Again."}).status_code == 409


def test_what_stops_its_agent_or_everything_shows_on_its_page(ana: Client) -> None:
    pauses.pause(scope="agent", target="Enricher", reason="Odd ones.", user=scene.admin(), at=NOW)
    said = text(ana, page())
    assert "The agent Enricher is paused" in said
    assert "Pause the workflow" in said


def test_an_agent_is_paused_with_a_reason_and_lifted_from_its_page(ana: Client) -> None:
    agent = scene.an_agent()
    here = reverse("approvals:agent", args=[agent.pk])
    pause = reverse("approvals:agent_pause", args=[agent.pk])
    assert page() in text(ana, here)
    answer = ana.post(pause, {"reason": ""})
    assert answer.status_code == 422
    assert "Say why, for whoever finds it paused." in answer.content.decode()
    assert ana.post(pause, {"reason": "Odd ones."}).status_code == 302
    switch = PauseSwitch.objects.get()
    assert (switch.scope, switch.target) == ("agent", agent.name)
    assert reverse("approvals:pause_lift", args=[switch.pk]) in text(ana, here)
    assert ana.post(pause, {"reason": "Again."}).status_code == 409


def test_every_form_of_these_pages_carries_its_token(ana: Client) -> None:
    """Else a browser is refused where this client is not."""
    kit.sign()
    agent = reverse("approvals:agent", args=[scene.an_agent().pk])
    for path in (page(), page("workflow_contract"), agent, "/stewards/"):
        said = text(ana, path)
        assert said.count('method="post"') == said.count("csrfmiddlewaretoken"), path


def test_an_auditor_reads_and_a_reviewer_is_told_where_the_reasons_are() -> None:
    kit.sign()
    auditor = browser_of(a_user("Ines Falk", "auditor"))
    assert "Ten a week" in text(auditor, page())
    assert "Change the contract" not in text(auditor, page())
    assert auditor.get(page("workflow_contract")).status_code == 403
    refused = browser_of(scene.reviewer()).get(page())
    assert refused.status_code == 403
    assert "stands on the item itself" in refused.content.decode()


def test_a_review_that_is_overdue_says_so_in_the_list_and_on_the_page(ana: Client) -> None:
    kit.sign(at=NOW - timedelta(days=400), started_on=NOW.date() - timedelta(days=500),
             review_due=NOW.date() - timedelta(days=300))  # fmt: skip
    assert "Review overdue" in text(ana, page())
    assert 'data-tone="danger"' in text(ana, LIST)


def test_the_list_costs_the_same_for_one_workflow_and_for_many(
    ana: Client, django_assert_max_num_queries: object
) -> None:
    for number in range(12):
        scene.propose_raw(
            {
                "record": {"type": "account", "id": str(scene.account(f"Jetty {number}").pk)},
                "action": "set_fields",
                "items": [{"field": "employees", "seen": 240, "proposed": 300 + number}],
                "workflow": f"workflow-{number}",
            }
        )
    with django_assert_max_num_queries(20):  # type: ignore[operator]
        assert len(ana.get(LIST).context["lines"]) == 13


def test_a_saved_contract_stands_among_the_changes_of_the_system(ana: Client) -> None:
    kit.sign()
    said = text(ana, "/system/", kind="contracts")
    assert f"Contract of {scene.WORKFLOW}, revision 1" in said
    assert page() in said
