"""What is counted holds later too: who left, who was due a letter first, and whose letter it was."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import QuerySet

from approvals.models import Experiment, LetterDue
from approvals.selectors import experiments as plates
from approvals.services import experiment_arms
from approvals.workflows.trial_sequence import TrialSequence
from crmgov.records.models import Consent
from crmgov.records.services import consents_by_hand
from scoring.arms import Arm
from scoring.differences import Counted
from tests.built_in import kit as flows
from tests.decisions import scene
from tests.experiments import kit
from tests.experiments.test_results import OVER, line, of, opts_out, replies, tried

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
__all__ = ["tried"]


def says(contact: Any, state: str, at: Any, purpose: str) -> None:
    consents_by_hand.take_down(
        contact_id=contact.pk, user=scene.admin(), channel="email", purpose=purpose, state=state,
        evidence="on the phone", at=at,
    )  # fmt: skip


def test_who_opted_out_stays_counted_whatever_they_say_later(tried: Experiment) -> None:
    first, second = of(Arm.VARIANT)
    opts_out(first, flows.SOON + 2 * DAY)
    opts_out(second, flows.SOON + 2 * DAY)

    opts_out(first, OVER + DAY)
    says(second, "opted_in", OVER + DAY, "newsletter")

    assert line(tried, Arm.VARIANT, OVER + 2 * DAY).left == Counted(2, 2)
    assert sum(one.left for one in plates.people(tried, scene.admin())) == 2


def test_counted_from_what_holds_today_they_would_vanish(
    tried: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard taken out."""

    def held(*, since: Any, until: Any, record_id__in: Any) -> QuerySet[Any]:
        return Consent.objects.filter(
            contact__in=record_id__in, state="opted_out", recorded_at__gt=since, recorded_at__lte=until
        )

    monkeypatch.setattr(plates, "_left", held)
    first, _ = of(Arm.VARIANT)
    opts_out(first, flows.SOON + 2 * DAY)
    opts_out(first, OVER + DAY)
    assert line(tried, Arm.VARIANT, OVER + 2 * DAY).left == Counted(0, 2)


def test_who_wanted_no_mail_before_did_not_leave_because_of_it(tried: Experiment) -> None:
    first, second = of(Arm.CONTROL)
    opts_out(first, flows.SOON - DAY)
    opts_out(first, flows.SOON + DAY)
    says(second, "opted_out", flows.SOON - DAY, "any")
    opts_out(second, flows.SOON + DAY)
    assert line(tried, Arm.CONTROL).left == Counted(0, 2)


def test_who_came_back_before_and_left_again_is_counted(tried: Experiment) -> None:
    first, _ = of(Arm.CONTROL)
    says(first, "opted_out", flows.SOON - 2 * DAY, "any")
    says(first, "opted_in", flows.SOON - DAY, "any")
    says(first, "opted_out", flows.SOON + DAY, "any")
    assert line(tried, Arm.CONTROL).left == Counted(1, 2)


def test_a_colleague_who_came_later_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody is written to the letter stays due, and more and more people would be listened to."""
    kit.begin()
    account = scene.account("Polder Freight", owner=flows.an_owner().pk)
    first, second = (kit.reader(number, account=account) for number in range(2))
    flows.ring()
    kept = kit.start(holdout=20)
    monkeypatch.setattr(experiment_arms, "arm_of", lambda **_: Arm.HOLDOUT)
    kit.begin_trial(first)
    kit.begin_trial(second, at=flows.SOON + DAY)
    assert LetterDue.objects.count() == 2

    replies(second, flows.SOON + 2 * DAY)
    assert line(kept, Arm.HOLDOUT).did == Counted(0, 1)
    replies(first, flows.SOON + 2 * DAY)
    assert line(kept, Arm.HOLDOUT).did == Counted(1, 1)


def test_a_letter_to_somebody_who_was_not_assigned_is_nobodys(tried: Experiment) -> None:
    before = line(tried, Arm.CONTROL).written.all
    other = kit.reader(77)
    flows.ring()
    Experiment.objects.filter(pk=tried.pk).update(ended_by=kit.starter(), ended_at=flows.SOON, ended_why="x")
    kit.begin_trial(other, at=flows.SOON + timedelta(minutes=5))
    Experiment.objects.filter(pk=tried.pk).update(ended_by=None, ended_at=None, ended_why="")

    assert [one.status for one in flows.of(TrialSequence) if one.record_id == other.pk] == ["queued"]
    assert line(tried, Arm.CONTROL).written.all == before == 2
