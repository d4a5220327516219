"""A draft is put into force by a second person, once, and only over the version it was written from."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread

import pytest
import time_machine
from django.db import connections
from django.utils import timezone

from approvals.models import (
    GateReading,
    PolicyDraft,
    PolicyReplay,
    PolicyReplayLine,
    PolicyVersion,
    Suggestion,
)
from approvals.rules.policy import initial
from approvals.rules.vocabulary import Level
from approvals.services import gate, policies, regating, replays
from crmgov.kernel.refusals import Refused
from crmgov.people.models import Role
from crmgov.records.services import reverts
from tests.decisions import scene
from tests.desk.browsing import shown
from tests.policies.kit import address_of, ana_and_olga, keep, olga, press
from tests.records_pages.kit import browser_of
from tests.world import NOW, a_user

pytestmark = pytest.mark.django_db


def test_a_second_admin_publishes_and_the_writer_is_told_whom_to_ask() -> None:
    ana_, olga_ = ana_and_olga()
    kept = keep(ana_, high_value="42000")

    assert "ask Olga Brandt" in ana_.get(address_of(kept)).context["publishing"]["says"]
    refused = press(ana_, "publish", kept)
    assert refused.status_code == 403
    assert PolicyVersion.objects.count() == 1
    assert olga_.get(address_of(kept)).context["publishing"]["may"]
    assert press(olga_, "publish", kept).status_code == 302
    assert gate.current_policy()[0].number == 2
    late = press(olga_, "publish", kept)
    assert late.status_code == 409
    assert "Olga Brandt published this draft already, as policy 2" in late.context["refusal"].say


def test_the_only_admin_is_told_from_when_and_may_then() -> None:
    alone = browser_of(scene.admin())
    kept = keep(alone, high_value="42000")

    publishing = alone.get(address_of(kept)).context["publishing"]
    assert (publishing["may"], "publish it from" in publishing["says"]) == (False, True)
    assert press(alone, "publish", kept).status_code == 403
    with time_machine.travel(timezone.now() + timedelta(hours=24, seconds=1)):
        session = browser_of(scene.admin())
        assert session.get(address_of(kept)).context["publishing"]["may"]
        assert press(session, "publish", kept).status_code == 302
    assert PolicyVersion.objects.get(number=2).sole_admin


def test_a_get_never_decides_and_an_auditor_only_reads() -> None:
    ana_, olga_ = ana_and_olga()
    kept = keep(ana_, high_value="42000")
    auditor = browser_of(a_user("Ines Falk", Role.AUDITOR))

    for verb in ("publish", "discard"):
        assert olga_.get(address_of(kept, verb)).status_code == 405
        assert press(auditor, verb, kept).status_code == 403
    page = auditor.get(address_of(kept))
    assert page.status_code == 200
    assert not page.context["manages"]
    kept.refresh_from_db()
    assert kept.is_open


def test_a_discarded_draft_says_by_whom() -> None:
    ana_, olga_ = ana_and_olga()
    kept = keep(ana_, high_value="42000")
    assert press(olga_, "discard", kept).status_code == 302

    late = press(olga_, "publish", kept)

    assert late.status_code == 409
    assert "Olga Brandt discarded this draft already" in late.context["refusal"].say
    assert PolicyVersion.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("same", [True, False], ids=["one draft", "two drafts"])
def test_of_two_who_publish_at_once_one_wins(same: bool) -> None:
    """Two presses on one draft, or one on each of two drafts from the same version."""
    author, others = scene.admin(), [olga(), a_user("Nils Berg", Role.ADMIN)]
    drafts = [
        policies.draft(
            document={**initial().to_json(), "high_value": amount}, rationale="x", user=author, at=NOW
        )
        for amount in ("42000", "43000")
    ]
    chosen = [drafts[0], drafts[0]] if same else drafts
    barrier, told = Barrier(2), []

    def publish(draft: PolicyDraft, place: int) -> None:
        barrier.wait()
        try:
            policies.publish(draft_id=draft.pk, user=others[place], at=NOW)
            told.append(302)
        except Refused as refusal:
            told.append(refusal.status)
        finally:
            connections.close_all()

    threads = [Thread(target=publish, args=(draft, place)) for place, draft in enumerate(chosen)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(told) == [302, 409]
    assert PolicyVersion.objects.count() == 2


def test_fifty_wait_a_stricter_then_a_looser_policy_are_published_on_screen() -> None:
    """None runs, those under the new floor are blocked, and a page that was open before answers 409."""
    scene.publish(level=Level.EXECUTE)
    sara, (ana_, olga_) = browser_of(scene.reviewer()), ana_and_olga()
    waiting = [
        scene.propose(scene.account(f"Jetty {n}"), employees=40 + n, confidence=0.60 if n < 20 else 0.97)
        for n in range(50)
    ]
    assert {one.status for one in waiting} == {"queued"}
    open_page = shown(sara, waiting[-1].pk)

    stricter = keep(
        ana_, protected_fields="account.employees", **{"bands-0-floor": "70", "bands-0-auto": "80"}
    )
    assert press(olga_, "publish", stricter).status_code == 302
    regating.follow_policy(at=timezone.now())

    after = olga_.get("/policies/").context["after"]
    assert after == {"held": 30, "blocked": 20, "left": 0}
    posted = sara.post(f"/suggestions/{waiting[-1].pk}/approve", {"shown": open_page})
    assert posted.status_code == 409

    looser = keep(ana_, protected_fields="", **{"bands-0-auto": "0", "bands-0-floor": ""})
    assert press(olga_, "publish", looser).status_code == 302
    regating.follow_policy(at=timezone.now())

    assert olga_.get("/policies/").context["after"] == {"held": 30, "blocked": 0, "left": 0}
    states = list(Suggestion.objects.values_list("status", flat=True))
    assert sorted(set(states)) == ["blocked", "queued"]
    assert states.count("blocked") == 20
    assert not any(Suggestion.objects.filter(execution__isnull=False))


def a_replay(draft: PolicyDraft) -> PolicyReplay:
    replays.make_missing(at=timezone.now())
    return PolicyReplay.objects.get(draft=draft)


def test_the_replay_counts_by_what_people_did_and_each_count_leads_to_its_rows() -> None:
    scene.publish(level=Level.EXECUTE)
    sara, (ana_, olga_) = scene.reviewer(), ana_and_olga()
    at = timezone.now()
    good, bad, open_, put_back = (
        scene.propose(
            scene.account(f"Wharf {n}", annual_value="60000", currency="EUR"), employees=50 + n, at=at
        )
        for n in range(4)
    )
    scene.grant(good)
    scene.approve(good, sara)
    scene.reject(bad, sara)
    alone = scene.propose(scene.account("Wharf alone"), employees=77, level="execute", at=at)
    assert alone.status == "approved"

    kept = keep(ana_, **{"bands-0-floor": "98", "bands-0-auto": "99"})
    made = a_replay(kept)

    assert (made.suggestions, made.unreadable, made.is_cut) == (5, 0, False)
    page = olga_.get(address_of(kept))
    stricter, looser = page.context["ways"]
    assert (stricter["total"], looser["total"]) == (5, 0)
    by_move = {
        (line["was"]["text"], line["becomes"]["text"]): [cell["number"] for cell in line["cells"]]
        for line in stricter["lines"]
    }
    # All, known good, known bad, unknown.
    assert by_move == {
        ("held for a person", "blocked"): [4, 1, 1, 2],
        ("runs by itself", "blocked"): [1, 0, 0, 1],
    }
    for line in stricter["lines"]:
        for cell in line["cells"]:
            if cell["url"]:
                assert len(olga_.get(cell["url"]).context["rows"]) == cell["number"]
    assert open_.status == put_back.status == "queued"


def test_what_was_put_back_later_is_known_bad() -> None:
    scene.publish(level=Level.EXECUTE)
    sara, (ana_, _) = scene.reviewer(), ana_and_olga()
    one = scene.propose(scene.account("Wharf"), employees=50, at=timezone.now())
    scene.approve(one, sara)
    done = scene.run(one)
    assert done.change_set_id is not None
    kept = keep(ana_, **{"bands-0-floor": "98", "bands-0-auto": "99"})
    a_replay(kept)
    rows = address_of(kept, "replay")
    assert [line["known"]["text"] for line in ana_.get(rows).context["rows"]] == ["known good"]

    reverts.revert(change_set_id=done.change_set_id, user=scene.admin(), reason="Wrong", at=timezone.now())

    assert [line["known"]["text"] for line in ana_.get(rows).context["rows"]] == ["known bad"]


def test_facts_the_rules_of_today_cannot_read_are_counted_not_skipped() -> None:
    scene.publish()
    ana_, _ = ana_and_olga()
    for n in range(2):
        scene.propose(scene.account(f"Wharf {n}"), employees=50 + n, at=timezone.now())
    newest = GateReading.objects.latest("pk")
    stored = {**newest.facts, "something_older": 1}
    newest.pk = None
    newest.facts = stored
    newest.save(force_insert=True)
    kept = keep(ana_, **{"bands-0-floor": "98", "bands-0-auto": "99"})

    made = a_replay(kept)

    assert (made.suggestions, made.unreadable) == (2, 1)
    assert PolicyReplayLine.objects.filter(replay=made).count() == 1
    assert "could not be judged again" in ana_.get(address_of(kept)).content.decode()


def test_only_the_newest_readings_are_looked_at_and_the_page_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replays, "MOST", 2)
    scene.publish()
    ana_, _ = ana_and_olga()
    old = scene.propose(scene.account("Wharf of old"), employees=9, at=timezone.now() - timedelta(days=31))
    for n in range(3):
        scene.propose(scene.account(f"Wharf {n}"), employees=50 + n, at=timezone.now())
    kept = keep(ana_, **{"bands-0-floor": "98", "bands-0-auto": "99"})

    made = a_replay(kept)

    assert (made.suggestions, made.is_cut) == (2, True)
    assert not PolicyReplayLine.objects.filter(suggestion=old).exists()
    assert replays.make_missing(at=timezone.now()) == 0


def test_what_is_older_than_thirty_days_is_left_alone() -> None:
    scene.publish()
    ana_, _ = ana_and_olga()
    scene.propose(scene.account("Wharf of old"), employees=9, at=timezone.now() - timedelta(days=31))
    made = a_replay(keep(ana_, **{"bands-0-floor": "98", "bands-0-auto": "99"}))
    assert (made.suggestions, made.is_cut) == (0, False)


def test_the_replay_says_that_limits_by_the_hour_or_day_are_not_run_through_again() -> None:
    scene.publish()
    ana_, _ = ana_and_olga()
    kept = keep(ana_, **{"bands-0-floor": "98", "bands-0-auto": "99"})
    a_replay(kept)
    page = ana_.get(address_of(kept)).content.decode()
    assert "What counts by the hour or day is not run through again" in page
