"""What is counted of each arm, and what may be said of it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from approvals.models import Execution, Experiment
from approvals.selectors import experiments as plates
from approvals.services import executions, experiment_arms, sending
from approvals.views import experiment_words
from approvals.workflows.trial_sequence import TrialSequence
from crmgov.records.models import Contact
from crmgov.records.services import consents_by_hand
from scoring.arms import Arm
from scoring.differences import Counted
from tests.built_in import kit as flows
from tests.decisions import scene
from tests.experiments import kit
from tests.messages import scene as messages
from tests.world import a_user

pytestmark = pytest.mark.django_db
OVER = flows.SOON + timedelta(days=7)


def deal(monkeypatch: pytest.MonkeyPatch, contacts: list[Contact], *arms: Arm) -> None:
    """The arms in this order, one for each."""
    dealt = {contact.account_id: arm for contact, arm in zip(contacts, arms, strict=True)}
    monkeypatch.setattr(experiment_arms, "arm_of", lambda *, unit, **_: dealt[unit])


def replies(contact: Contact, at: datetime, kind: str = "reply") -> None:
    flows.post(flows.event(contact, kind, at=at, body="Thanks."), at=at)


def opts_out(contact: Contact, at: datetime, channel: str = "email") -> None:
    consents_by_hand.take_down(
        contact_id=contact.pk,
        user=scene.admin(),
        channel=channel,
        purpose="newsletter",
        state="opted_out",
        evidence="on the phone",
        at=at,
    )


def line(tried: Experiment, arm: Arm, at: datetime = OVER) -> plates.ArmLine:
    return next(one for one in plates.arms(tried, at) if one.arm == arm)


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> Experiment:
    """Six people: two of each arm, whose welcome was due at SOON."""
    kit.begin()
    people = kit.readers(6)
    kept = kit.start(holdout=20)
    deal(monkeypatch, people, *(arm for arm in Arm for _ in range(2)))
    kit.begin_trial(*people)
    return kept


def of(arm: Arm) -> list[Contact]:
    rows = Contact.objects.order_by("last_name")
    return list(rows)[list(Arm).index(arm) * 2 :][:2]


def test_a_reply_counts_within_the_days_and_for_its_own_arm(tried: Experiment) -> None:
    first, second = of(Arm.VARIANT)
    replies(first, flows.SOON + timedelta(days=2))
    replies(first, flows.SOON + timedelta(days=3))
    replies(second, OVER + timedelta(minutes=1))
    replies(of(Arm.HOLDOUT)[0], flows.SOON - timedelta(hours=1))

    assert line(tried, Arm.VARIANT).did == Counted(1, 2)
    assert line(tried, Arm.CONTROL).did == Counted(0, 2)
    assert line(tried, Arm.HOLDOUT).did == Counted(0, 2)


def test_nobody_is_called_silent_who_still_has_time(tried: Experiment) -> None:
    replies(of(Arm.VARIANT)[0], flows.SOON + timedelta(days=2))
    early = line(tried, Arm.VARIANT, OVER - timedelta(minutes=1))
    assert (early.assigned, early.did) == (2, Counted(0, 0))


def test_what_is_no_answer_does_not_count(tried: Experiment) -> None:
    for contact in of(Arm.CONTROL):
        replies(contact, flows.SOON + timedelta(days=1), kind="mail_open")
    assert line(tried, Arm.CONTROL).did == Counted(0, 2)


def test_a_purchase_counts_where_that_is_the_goal(monkeypatch: pytest.MonkeyPatch) -> None:
    kit.begin()
    people = kit.readers(2)
    kept = kit.start(goal="purchase")
    deal(monkeypatch, people, Arm.CONTROL, Arm.VARIANT)
    kit.begin_trial(*people)
    replies(people[0], flows.SOON + timedelta(days=1))
    replies(people[1], flows.SOON + timedelta(days=1), kind="purchase")
    assert (line(kept, Arm.CONTROL).did, line(kept, Arm.VARIANT).did) == (Counted(0, 1), Counted(1, 1))


def test_opting_out_of_mail_is_counted_beside_it(tried: Experiment) -> None:
    first, second = of(Arm.VARIANT)
    opts_out(first, flows.SOON + timedelta(days=1))
    opts_out(second, flows.SOON + timedelta(days=1), channel="phone")
    opts_out(of(Arm.CONTROL)[0], OVER + timedelta(days=1))
    assert line(tried, Arm.VARIANT).left == Counted(1, 2)
    assert line(tried, Arm.CONTROL).left == Counted(0, 2)


def test_a_colleague_who_answers_counts_for_the_account_once(monkeypatch: pytest.MonkeyPatch) -> None:
    kit.begin()
    account = scene.account("Polder Freight", owner=flows.an_owner().pk)
    people = [kit.reader(number, account=account) for number in range(3)]
    flows.ring()
    kept = kit.start()
    deal(monkeypatch, people[:1], Arm.CONTROL)
    kit.begin_trial(*people[:2])
    for contact in people[1:]:
        replies(contact, flows.SOON + timedelta(days=1))
    # The third was never due a letter: what they write says nothing about it.
    assert line(kept, Arm.CONTROL).did == Counted(1, 1)


def test_a_letter_that_was_rejected_or_blocked_stays_in_its_arm(tried: Experiment) -> None:
    sara = scene.reviewer()
    rejected = next(one for one in flows.of(TrialSequence) if one.record_id == of(Arm.VARIANT)[0].pk)
    scene.reject(rejected, sara)
    written = line(tried, Arm.VARIANT).written
    assert (written.all, written.rejected, written.waiting, written.sent) == (2, 1, 1, 0)
    assert line(tried, Arm.VARIANT).did.of == 2


def test_what_left_under_a_standing_approval_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    kit.begin()
    people = kit.readers(2)
    kept = kit.start()
    messages.sign(kept.variant, by=a_user("Daniel Roth", "admin"))
    deal(monkeypatch, people, Arm.CONTROL, Arm.VARIANT)
    kit.begin_trial(*people)
    sending.work_off(clock=lambda: flows.SOON + timedelta(minutes=5))
    executions.drain(at=flows.SOON + timedelta(minutes=5))

    assert Execution.objects.get().status == "succeeded"
    assert (line(kept, Arm.VARIANT).written.sent, line(kept, Arm.CONTROL).written.waiting) == (1, 1)
    assert bool(plates.standing_of(kept, flows.SOON)[Arm.VARIANT])
    assert not plates.standing_of(kept, flows.SOON)[Arm.CONTROL]


def arms(a: tuple[int, int], b: tuple[int, int], *, left: tuple[int, int] = (0, 0)) -> list[plates.ArmLine]:
    return [
        plates.ArmLine(arm, did[1], Counted(*did), Counted(gone, did[1]))
        for arm, did, gone in ((Arm.CONTROL, a, left[0]), (Arm.VARIANT, b, left[1]))
    ]


@pytest.mark.parametrize(
    ("a", "b", "says"),
    [
        ((10, 49), (40, 400), "Not enough yet"),
        ((40, 400), (10, 49), "Not enough yet"),
        ((10, 50), (12, 50), "Still open"),
        ((20, 400), (160, 400), "B is better"),
        ((160, 400), (20, 400), "B is worse"),
        ((5_000, 50_000), (5_020, 50_000), "No difference that matters"),
    ],
)
def test_a_verdict_waits_for_both_and_then_says_what_holds(
    tried: Experiment, a: tuple[int, int], b: tuple[int, int], says: str
) -> None:
    assert experiment_words.verdict(tried, arms(a, b))["title"] == says


def test_what_drives_people_away_is_said_first(tried: Experiment) -> None:
    found = experiment_words.verdict(tried, arms((20, 400), (160, 400), left=(2, 60)))
    assert (found["title"], found["tone"]) == ("B drives people away", "danger")


def test_no_interval_is_drawn_of_too_few(tried: Experiment) -> None:
    goal, out = experiment_words.compared(tried, arms((10, 49), (40, 400)))
    assert "interval" not in goal["rows"][0]
    assert "49" in goal["rows"][0]["too_little"]
    assert "interval" not in out["rows"][0]
