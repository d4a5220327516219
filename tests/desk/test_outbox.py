"""Did we? What waits, what is done and what went wrong; what AI did alone; and the kill switch."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from approvals.models import Execution, PauseSwitch, Suggestion
from approvals.rules.vocabulary import Level
from approvals.services import pauses
from crmgov.people.models import Role
from tests.decisions import scene
from tests.desk.browsing import at, text, url
from tests.world import NOW, a_team, a_user, change

pytestmark = pytest.mark.django_db
OUTBOX = "/executions/"


@pytest.fixture
def sara() -> Client:
    client = at(scene.reviewer())
    scene.publish()
    return client


def approved() -> Suggestion:
    suggestion = scene.propose(scene.account(), employees=310)
    scene.approve(suggestion, scene.reviewer(), seen_digest=scene.digest(suggestion))
    return suggestion


def test_what_waits_what_is_done_and_what_needs_a_look(sara: Client) -> None:
    suggestion = approved()
    assert "Waiting to run" in text(sara.get(OUTBOX, {"view": "waiting"}))
    assert "Employees: 240 to 310" in text(sara.get(OUTBOX, {"view": "waiting"}))
    scene.run(suggestion)
    assert "Everything approved has run." in text(sara.get(OUTBOX, {"view": "waiting"}))
    done = text(sara.get(OUTBOX, {"view": "finished"}))
    assert "Sara Okafor" in done
    assert "what was written" in done
    assert "Nothing needs a look" in text(sara.get(OUTBOX))


def test_a_stale_one_says_why(sara: Client) -> None:
    suggestion = approved()
    change("account", suggestion.record_id, employees=277)  # type: ignore[arg-type]
    scene.run(suggestion)
    said = text(sara.get(OUTBOX))
    assert "The record moved on" in said
    assert Execution.objects.get().note in said


def test_another_teams_outbox_is_its_own(sara: Client) -> None:
    scene.run(approved())
    stranger = at(a_user("Tom Becker", Role.REVIEWER, a_team("South")))
    assert "Polder" not in text(stranger.get(OUTBOX, {"view": "finished"}))


def test_an_admin_tries_a_failed_one_again(sara: Client) -> None:
    suggestion = approved()
    execution = Execution.objects.get(suggestion=suggestion)
    Execution.objects.update(status="failed", note="The database refused it.", finished_at=NOW)
    assert "Try again" not in text(sara.get(OUTBOX))
    ana = at(scene.admin())
    assert "Try again" in text(ana.get(OUTBOX))
    assert ana.get(url("execution_retry", execution)).status_code == 405
    assert ana.post(url("execution_retry", execution)).status_code == 302
    assert Execution.objects.get().status == "pending"
    answer = ana.post(url("execution_retry", execution))
    assert answer.status_code == 409
    assert "Only what failed can be tried again" in text(answer)


def test_a_stranger_cannot_ring_for_a_failed_one(sara: Client) -> None:
    execution = Execution.objects.get(suggestion=approved())
    Execution.objects.update(status="failed", finished_at=NOW)
    stranger = at(a_user("Tom Becker", Role.REVIEWER, a_team("South")))
    assert stranger.post(url("execution_retry", execution)).status_code == 404
    auditor = at(a_user("Ida Holm", Role.AUDITOR))
    assert auditor.post(url("execution_retry", execution)).status_code == 403


def test_done_by_ai_lists_what_ran_alone_on_ones_own_accounts(sara: Client) -> None:
    scene.publish(level=Level.EXECUTE, at=NOW + timedelta(seconds=1))
    priya = a_user("Priya Nair", Role.ACCOUNT_MANAGER, a_team())
    account = scene.account(owner=priya.pk)
    scene.grant(scene.propose(account, region="EMEA", level="draft"))
    now = timezone.now()
    scene.propose(account, employees=310, level="execute", at=now)
    scene.run(Suggestion.objects.latest("number"), at=now)
    assert "before 240" in text(at(priya).get("/done/"))
    assert "Nothing ran by itself" in text(sara.get("/done/", {"view": "own"}))
    assert "before 240" in text(sara.get("/done/"))


class TestPause:
    def test_an_admin_pauses_with_a_reason_everybody_sees_it_and_it_is_lifted(self, sara: Client) -> None:
        ana = at(scene.admin())
        answer = ana.post("/pause/", {"what": "all:", "reason": "Bad source data since noon."})
        assert answer.status_code == 302
        for page in ("/inbox/", "/help", OUTBOX):
            assert "Bad source data since noon." in text(sara.get(page))
        row = PauseSwitch.objects.get()
        assert "Lift" in text(ana.get("/pause/"))
        assert ana.post(url("pause_lift", row)).status_code == 302
        assert "Bad source data" not in text(sara.get("/inbox/"))
        assert "Bad source data since noon." in text(ana.get("/pause/"))  # among those lifted lately

    @pytest.mark.parametrize("what", ["agent:Enricher", "workflow:enrich-firmographics", "action:set_fields"])
    def test_one_thing_can_be_paused(self, sara: Client, what: str) -> None:
        scene.propose(scene.account(), employees=310)
        assert at(scene.admin()).post("/pause/", {"what": what, "reason": "test"}).status_code == 302
        row = PauseSwitch.objects.get()
        assert f"{row.scope}:{row.target}" == what

    @pytest.mark.parametrize(
        ("typed", "says"),
        [
            ({"what": "all:", "reason": "  "}, "Say why"),
            ({"what": "agent:Nobody", "reason": "kept words"}, "Select a valid choice"),
            ({"reason": "kept words"}, "required"),
        ],
    )
    def test_a_pause_names_a_thing_and_a_reason(self, typed: dict[str, str], says: str) -> None:
        answer = at(scene.admin()).post("/pause/", typed)
        assert answer.status_code == 422
        assert says in text(answer)
        assert typed["reason"].strip() in text(answer)
        assert not PauseSwitch.objects.exists()

    def test_what_is_paused_is_not_paused_twice(self) -> None:
        pauses.pause(scope="all", reason="first", user=scene.admin(), at=NOW)
        answer = at(scene.admin()).post("/pause/", {"what": "all:", "reason": "second"})
        assert answer.status_code == 409
        assert "paused already" in text(answer)
        assert "second" in text(answer)

    def test_only_an_admin_has_the_switch(self, sara: Client) -> None:
        row = pauses.pause(scope="all", reason="first", user=scene.admin(), at=NOW)
        assert sara.get("/pause/").status_code == 403
        assert sara.post("/pause/", {"what": "all:", "reason": "x"}).status_code == 403
        assert sara.post(url("pause_lift", row)).status_code == 403
        assert "Pause AI" not in text(sara.get("/inbox/"))
        assert PauseSwitch.objects.get().lifted_at is None

    def test_a_suggestion_may_be_decided_while_it_is_paused(self, sara: Client) -> None:
        suggestion = scene.propose(scene.account(), employees=310)
        pauses.pause(scope="agent", target="Enricher", reason="look first", user=scene.admin(), at=NOW)
        assert "what you approve waits until the pause is lifted" in text(
            sara.get(url("suggestion", suggestion))
        )

    def test_a_pause_is_not_told_as_a_block_before_or_after_the_decision(self, sara: Client) -> None:
        suggestion = scene.propose(scene.account(), employees=310)
        pauses.pause(scope="all", reason="look first", user=scene.admin(), at=NOW)
        page = sara.get(url("suggestion", suggestion))
        assert "What you approve waits until the pause is lifted." in text(page)
        assert "Propose again" not in text(page)
        assert 'data-verdict="block"' not in page.content.decode()
        scene.approve(suggestion, scene.reviewer())
        said = text(sara.get(url("suggestion", suggestion)))
        assert "held it while AI was paused" in said
        assert "blocked it" not in said
