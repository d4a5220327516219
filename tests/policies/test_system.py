"""One page with every change of the system itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.test import Client

from approvals.models import Queue
from approvals.rules.policy import initial
from approvals.selectors import system
from approvals.services import (
    agents,
    experiments,
    grants,
    pauses,
    policies,
    stewards,
    workflow_costs,
    workflows_built_in,
)
from approvals.workflows.trial_sequence import TrialSequence
from crmgov.people.models import Role
from crmgov.records.rules.contact_rules import ContactRules
from crmgov.records.selectors.cursors import Cursor
from crmgov.records.services import contact_rules, suppressions
from tests.decisions import scene
from tests.experiments import kit as trying
from tests.intake.kit import a_key
from tests.policies.kit import keep, olga, press
from tests.records_pages.kit import browser_of
from tests.workflows import kit
from tests.world import NOW, a_user

pytestmark = pytest.mark.django_db
PAGE = "/system/"


def changes(client: Client, query: str = "") -> list[system.Change]:
    """But for the policy as shipped, whose time is that of the test's own database."""
    found = [row["change"] for row in client.get(PAGE + query).context["rows"]]
    return [one for one in found if one.by != "As shipped"]


def kinds(client: Client, query: str = "") -> list[str]:
    return [one.kind for one in changes(client, query)]


def one_of_each() -> Client:
    """Each a minute after the other; the queue as Django's own administration notes it."""
    ana, at = scene.admin(), NOW
    scene.publish()
    draft = policies.draft(
        document={**initial().to_json(), "most_hours": 9}, rationale="Odd", user=ana, at=at
    )
    policies.discard(draft_id=draft.pk, user=olga(), at=at + timedelta(minutes=1))
    paused = pauses.pause(scope="all", reason="Odd values", user=ana, at=at + timedelta(minutes=2))
    pauses.lift(pause_id=paused.pk, user=ana, at=at + timedelta(minutes=3))
    scene.reviewer()
    grant = scene.grant(scene.propose(scene.account(), employees=310))
    grants.revoke(grant_id=grant.pk, user=ana, at=at + timedelta(minutes=4))
    key = a_key(scene.an_agent(), at=at, days=30).key
    agents.revoke(key_id=key.pk, by=ana, at=at + timedelta(minutes=5))
    kit.sign(at=at)
    stewards.name(duty="consent", person=olga(), why="a test", user=ana, at=at)
    contact_rules.save(rules=ContactRules(time_zone="Europe/Berlin"), why="a test", user=ana, at=at)
    never = suppressions.add_by_hand(
        target=suppressions.Target("domain", "never.example"), reason="a test", until=None, user=ana, at=at
    )
    suppressions.ask_to_lift(suppression_id=never.pk, reason="They wrote.", user=ana, at=at)
    suppressions.confirm_lift(suppression_id=never.pk, user=olga(), at=at)
    _try_something(at)
    LogEntry.objects.create(
        user=ana,
        content_type=ContentType.objects.get_for_model(Queue),
        object_id="1",
        object_repr="North",
        action_flag=CHANGE,
        change_message='[{"changed": {"fields": ["Rules", "Members"]}}]',
        action_time=at + timedelta(minutes=6),
    )
    return browser_of(ana)


def _try_something(at: datetime) -> None:
    workflows_built_in.register(at=at, workflows=[TrialSequence()])
    trying.other_text(at=at)
    tried = trying.start(at=at)
    experiments.end(experiment_id=tried.pk, why="The fair is over.", user=olga(), at=at)
    workflow_costs.save(
        workflow_id=tried.workflow_id, labour_hour=Decimal(60), build=Decimal(0), running_month=Decimal(0),
        why="the price list", user=scene.admin(), at=at,
    )  # fmt: skip


def test_each_kind_stands_there_newest_first() -> None:
    client = one_of_each()

    found = kinds(client)

    assert found[:6] == ["queue", "revoked", "taken_back", "lifted", "paused", "discarded"]
    assert set(found) == set(system.SOURCES)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("policies", {"published", "discarded"}),
        ("pauses", {"paused", "lifted"}),
        ("contracts", {"contract", "cost"}),
        ("experiments", {"experiment", "experiment_ended"}),
        ("stewards", {"steward"}),
        ("grants", {"granted", "taken_back"}),
        ("queues", {"queue"}),
        ("contacting", {"contact_rules", "unsuppressed"}),
        ("keys", {"issued", "revoked"}),
        ("nonsense", set(system.SOURCES)),
    ],
)
def test_it_is_narrowed_by_kind(kind: str, expected: set[str]) -> None:
    assert set(kinds(one_of_each(), f"?kind={kind}")) == expected


def test_what_it_says_names_who_and_why() -> None:
    rows = {one.kind: one for one in changes(one_of_each())}

    assert rows["queue"].what == "Queue North changed: Rules, Members"
    assert (rows["paused"].by, rows["paused"].why) == ("Ana Ruiz", "Odd values")
    assert rows["published"].what == "Policy 2 published, written by Ana Ruiz"
    assert rows["discarded"].by == "Olga Brandt"
    assert rows["experiment"].what == "Experiment Shorter welcome started, drafted by Ana Ruiz"
    assert (rows["experiment_ended"].by, rows["experiment_ended"].why) == ("Olga Brandt", "The fair is over.")
    lifted = rows["unsuppressed"]
    assert lifted.what == "Suppression of never.example lifted, asked by Ana Ruiz"
    assert (lifted.by, lifted.why) == ("Olga Brandt", "They wrote.")


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_pages_meet_without_a_gap_or_a_row_twice(size: int) -> None:
    """Several rows have the same time: kind and number decide then."""
    one_of_each()
    whole, _ = system.page_for(list(system.SOURCES), after=None)
    found: list[Any] = []
    after = None
    while True:
        rows, after = system.page_for(list(system.SOURCES), after=after, size=size)
        found += rows
        if after is None:
            break

    assert [one.place for one in found] == [one.place for one in whole]
    assert len(found) == len({one.place for one in found}) > 8


def test_only_admins_and_auditors_read_it() -> None:
    one_of_each()
    assert browser_of(a_user("Ines Falk", Role.AUDITOR)).get(PAGE).status_code == 200
    assert browser_of(scene.reviewer()).get(PAGE).status_code == 403
    assert browser_of(a_user("Priya Nair", Role.ACCOUNT_MANAGER)).get(PAGE).status_code == 403


@pytest.mark.parametrize("cursor", ["x", "WyJ4Il0", ""])
def test_a_cursor_nobody_of_ours_wrote_is_the_first_page(cursor: str) -> None:
    client = one_of_each()
    assert kinds(client, f"?from={cursor}") == kinds(client)


def test_a_cursor_of_another_list_is_the_first_page() -> None:
    client = one_of_each()
    of_contacts = Cursor(("Nyberg", "Maya", "01900000-0000-7000-8000-000000000000"))
    assert kinds(client, f"?from={of_contacts}") == kinds(client)


def test_a_policy_published_on_screen_is_the_newest_line() -> None:
    ana_, olga_ = browser_of(scene.admin()), browser_of(olga())
    press(olga_, "publish", keep(ana_, high_value="42000"))
    assert kinds(ana_)[0] == "published"
