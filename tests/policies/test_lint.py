"""The linter's page over a ledger that the executor wrote."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from approvals.models import Agent
from approvals.rules.custom_rules import CustomRule, Mode
from approvals.rules.policy import WorkflowLine
from approvals.rules.vocabulary import Level
from approvals.selectors import linting
from crmgov.people.models import Role
from crmgov.records.models import Account
from tests.decisions import scene
from tests.records_pages.kit import browser_of
from tests.world import a_user

pytestmark = pytest.mark.django_db
LINT = "/policies/lint/"


def found(client: Client, kind: str) -> list[dict[str, str]]:
    groups = client.get(LINT).context["groups"]
    return [line for group in groups if group["kind"] == kind for line in group["lines"]]


def wrote(agent: Agent, about: Account, **values: Any) -> None:
    """Proposed, approved and executed."""
    sara = scene.reviewer()
    at = timezone.now() - timedelta(minutes=5)
    suggestion = scene.propose(about, agent=agent, at=at, **values)
    scene.approve(suggestion, sara, at=at, shown_at=at)
    assert scene.run(suggestion, at=at).status == "succeeded"


def test_two_workflows_that_keep_changing_a_value_back_are_found_in_the_ledger() -> None:
    scene.publish()
    about, (one, other) = scene.account("Quay"), (scene.an_agent("Enricher"), scene.an_agent("Register"))
    for agent, employees in ((one, 300), (other, 240), (one, 300)):
        wrote(agent, about, employees=employees)
    wrote(one, scene.account("Jetty"), employees=77)
    ana = browser_of(scene.admin())

    (fight,) = found(ana, "fight")
    (two,) = found(ana, "two_writers")

    assert fight["says"].startswith("employees of “Quay” went back and forth 2 times between")
    assert fight["url"] == f"/accounts/{about.pk}/"
    assert "account.employees is written by" in two["says"]
    assert "enrich-firmographics of Enricher (3)" in two["says"]
    assert two["url"] == "/policies/drafts/new#workflows"


def test_a_person_who_corrects_once_fights_nobody() -> None:
    scene.publish()
    about, agent = scene.account("Quay"), scene.an_agent()
    wrote(agent, about, employees=300)
    wrote(scene.an_agent("Register"), about, employees=240)
    assert found(browser_of(scene.admin()), "fight") == []


def test_each_finding_of_a_policy_leads_to_where_it_is_changed() -> None:
    scene.publish(
        custom_rules=(
            CustomRule("twice", "account.strategic", "Strategic ones.", mode=Mode.ENFORCE),
            CustomRule("never", 'suggestion.action == "merge"', "Merges."),
        )
    )
    ana, auditor = browser_of(scene.admin()), browser_of(a_user("Ines Falk", Role.AUDITOR))

    (shadowed,), never = found(ana, "shadowed"), found(ana, "never_fires")

    assert shadowed["url"] == "/policies/rules/custom:twice/edit"
    assert {line["url"] for line in never} >= {"/policies/rules/custom:never/edit"}
    assert found(auditor, "shadowed")[0]["url"] == "/policies/rules/custom:twice/"
    for line in (shadowed, *never):
        assert ana.get(line["url"].partition("#")[0]).status_code == 200


def test_a_review_date_that_has_passed_is_told() -> None:
    scene.publish()
    scene.propose(scene.account("Quay"), employees=5)
    day = (timezone.now() - timedelta(days=3)).date().isoformat()
    scene.publish(protected_fields=())
    from tests.intake.kit import publish

    publish(workflows=(WorkflowLine(scene.WORKFLOW, Level.DRAFT, review_due=day),))
    (line,) = found(browser_of(scene.admin()), "review")
    assert "was due 3 days ago" in line["says"]


def test_every_governed_field_has_its_contract() -> None:
    scene.publish()
    assert found(browser_of(scene.admin()), "no_contract") == []
    assert all(has for _, _, has in linting.around_for(scene.admin(), at=timezone.now()).fields)


def test_only_admins_and_auditors_read_it_and_it_asks_as_much_for_many() -> None:
    scene.publish()
    assert browser_of(scene.reviewer()).get(LINT).status_code == 403
    ana, agents = browser_of(scene.admin()), (scene.an_agent("Enricher"), scene.an_agent("Register"))
    counts = []
    for n in range(2):
        for m in range(1 + 2 * n):
            about = scene.account(f"Quay {n} {m}")
            for agent, employees in zip((*agents, agents[0]), (300, 240, 300), strict=True):
                wrote(agent, about, employees=employees)
        with CaptureQueriesContext(connection) as asked:
            assert len(found(ana, "fight")) == 1 + 3 * n
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 15
