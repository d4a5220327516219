"""What the desk says of an item is what is: which time, who has it, and where it went."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from approvals.models import Suggestion
from approvals.selectors import rail
from approvals.services import overdue
from crmgov.people.models import User
from tests.decisions import scene
from tests.desk.browsing import at, press, text, url
from tests.on_the_way import verbs

pytestmark = pytest.mark.django_db
DUE = re.compile(r"due in \d+ \w+")


@pytest.fixture
def sara() -> Client:
    return at(scene.reviewer())


@pytest.fixture
def suggestion(sara: Client) -> Suggestion:
    """Its value and risk move it up, so that its SLA ends later than it is due."""
    scene.publish()
    about = scene.account(annual_value="184000", currency="EUR", strategic=True)
    return scene.propose(about, employees=310, region="Nordic", at=timezone.now() - timedelta(minutes=1))


def post(client: Client, step: str, suggestion: Suggestion, **typed: Any) -> Any:
    return client.post(url(f"suggestion_{step}", suggestion), {"mode": step, **typed})


def row_of(client: Client, suggestion: Suggestion, view: str) -> str:
    content = client.get("/inbox/", {"view": view}).content.decode()
    found = re.search(rf'id="row-{suggestion.pk}".*?</a>', content, re.DOTALL)
    return found[0] if found else ""


def test_the_toast_names_what_was_taken_and_nothing_else(sara: Client, suggestion: Suggestion) -> None:
    answer = press(sara, "approve", suggestion, takes="1", take=["region"])
    said = text(sara.get(answer["Location"]))
    assert "Approved in part: Region, Polder Freight." in said
    assert "Employees" not in said.split("Approved in part")[1].split("Undo")[0]


def test_a_time_that_was_typed_wins_over_what_is_offered(sara: Client, suggestion: Suggestion) -> None:
    typed = timezone.localtime(timezone.now() + timedelta(days=5)).replace(second=0, microsecond=0)
    answer = post(sara, "snooze", suggestion, when="tomorrow", until=f"{typed:%Y-%m-%dT%H:%M}")
    assert answer.status_code == 302
    assert verbs.again(suggestion).snoozed_until == typed


def test_a_typed_time_that_makes_no_sense_is_not_passed_over(sara: Client, suggestion: Suggestion) -> None:
    answer = post(sara, "snooze", suggestion, when="tomorrow", until="2020-01-01T09:00")
    assert (answer.status_code, "That time has passed." in text(answer)) == (422, True)
    assert verbs.again(suggestion).snoozed_until is None


def test_what_sleeps_leaves_mine_and_the_team_sees_that_it_does(sara: Client, suggestion: Suggestion) -> None:
    page = text(sara.get(url("suggestion_snooze", suggestion)))
    assert "Leaves Mine and the lists of its queue until then; Team shows it as snoozed." in page
    assert "Out of sight" not in page
    post(sara, "snooze", suggestion, when="tomorrow")
    assert not row_of(sara, suggestion, "mine")
    assert "Snoozed until " in row_of(sara, suggestion, "team")


def test_what_is_asked_back_is_marked_as_such_for_the_team(sara: Client, suggestion: Suggestion) -> None:
    assert "Team shows it as asked back" in text(sara.get(url("suggestion_ask", suggestion)))
    post(sara, "ask", suggestion, text="Which register?")
    assert not row_of(sara, suggestion, "mine")
    assert '<span class="cut">Asked back' in row_of(sara, suggestion, "team")


def test_one_due_time_stands_everywhere(sara: Client, suggestion: Suggestion) -> None:
    assert suggestion.sla_due_at is not None
    assert suggestion.effective_due_at is not None
    assert suggestion.sla_due_at > suggestion.effective_due_at
    with time_machine.travel(timezone.now(), tick=False):
        said = {
            match
            for step in ("suggestion", "suggestion_snooze", "suggestion_reassign")
            for match in DUE.findall(text(sara.get(url(step, suggestion))))
        }
    assert len(said) == 1, said


def test_what_is_escalated_is_due_now_and_nobody_is_late(sara: Client, suggestion: Suggestion) -> None:
    post(sara, "escalate", suggestion, text="Two companies are mixed up.")
    page = sara.get(url("suggestion", suggestion))
    said = text(page)
    assert "Due now. Escalated by Sara Okafor: Two companies are mixed up." in said
    assert "overdue" not in said
    assert "Was due" not in said
    assert "Raised" not in said
    row = row_of(sara, suggestion, "mine")
    assert "due now" in row
    assert '<span class="cut">Escalated' in row
    assert 'data-tone="danger"' not in row


def test_what_is_escalated_in_time_is_late_for_nobody_until_its_sla_has_passed(
    sara: Client, suggestion: Suggestion
) -> None:
    post(sara, "escalate", suggestion, text="Two companies are mixed up.")
    found, who = verbs.again(suggestion), User.objects.get(name="Sara Okafor")
    assert found.sla_due_at is not None
    for when, late in ((timezone.now(), 0), (found.sla_due_at + timedelta(minutes=1), 1)):
        assert (rail.of(who, at=when).waiting, rail.of(who, at=when).late) == (1, late)
        assert overdue.mark(at=when) == late


def test_who_comes_first_again_days_after_taking_it_over_is_not_said_to_take_it_over(
    sara: Client, suggestion: Suggestion
) -> None:
    ana = at(scene.admin())
    now = timezone.now()
    with time_machine.travel(now - timedelta(days=2), tick=False):
        post(sara, "claim", suggestion)
        post(ana, "take", suggestion)
    with time_machine.travel(now, tick=False):
        assert post(ana, "claim", suggestion).status_code == 204
        assert post(sara, "claim", suggestion).content.decode() == "Ana Ruiz has it."


def test_who_lost_it_to_a_colleague_is_told_and_may_decide_all_the_same(
    sara: Client, suggestion: Suggestion
) -> None:
    ana = at(scene.admin())
    assert post(sara, "claim", suggestion).status_code == 204
    assert post(ana, "take", suggestion).status_code == 302
    told = post(sara, "claim", suggestion)
    assert (told.status_code, told.content.decode()) == (409, "Ana Ruiz took this over just now.")
    assert told["Content-Type"].startswith("text/plain")
    answer = press(sara, "approve", suggestion)
    said = text(sara.get(answer["Location"]))
    assert "Polder Freight. Ana Ruiz took this over just now." in said
    over = post(ana, "claim", suggestion)
    assert (over.status_code, "Sara Okafor decided this one" in over.content.decode()) == (409, True)
