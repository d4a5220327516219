"""What ran by itself is read afterwards; what is found wrong is put back, counted, and takes autonomy back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from approvals.models import (
    AuditSample,
    CellOutcome,
    ContestedChange,
    Execution,
    Grant,
    Suggestion,
)
from approvals.services import (
    audits,
    contests,
    executions,
    grants,
    invariants,
    outcomes,
)
from crmgov.kernel.refusals import Invalid, NotFound
from crmgov.people.models import Role, User
from tests.autonomy import kit
from tests.autonomy.kit import SOON, found_wrong, sample_of, the_account
from tests.decisions import scene
from tests.races.reviewers import at_once
from tests.world import a_team, a_user, change

pytestmark = pytest.mark.django_db(transaction=True)


def test_after_a_promotion_everything_is_drawn_and_what_is_read_right_speaks_for_it(sara: User) -> None:
    kit.promoted()
    first, second = kit.run_alone(2)

    assert [sample_of(one).position for one in (first, second)] == [0, 1]
    assert {one.drawn for one in AuditSample.objects.all()} == {"uniform"}
    audits.right(sample_id=sample_of(first).pk, user=sara, at=SOON)
    kit.follow()

    standing = kit.standing()
    assert (standing.drawn, standing.wrong, standing.waiting) == (2, 0, 1)
    assert CellOutcome.objects.get(suggestion=first.suggestion).label == "unchanged"
    with pytest.raises(audits.AlreadyRead, match="Sara Okafor read this already"):
        found_wrong(first, sara)


def test_found_wrong_is_put_back_locked_counted_and_in_the_end_the_cell_is_demoted(sara: User) -> None:
    grant = kit.promoted()
    ran = kit.run_alone(kit.TOO_MANY)
    waiting = kit.propose(at=SOON)
    assert waiting.status == "approved"

    read = found_wrong(ran[0], sara)

    account = the_account(ran[0].suggestion)
    assert account.employees == 240
    assert account.provenance["employees"]["verified_by"] == "Sara Okafor"
    assert read.contest is not None
    assert read.contest.restored == ["employees"]
    assert read.contest.reason == "Not their size."
    for one in ran[1:-1]:
        found_wrong(one, sara)
    kit.follow(SOON)
    assert kit.events() == ["offered", "signed"]
    assert kit.standing().wrong == kit.TOO_MANY - 1

    found_wrong(ran[-1], sara)
    kit.follow(SOON)

    assert kit.events() == ["offered", "signed", "demoted"]
    grant.refresh_from_db()
    assert grant.revoked_at == SOON
    assert grant.revoked_by is None
    assert "3 of 3 read afterwards were wrong" in grant.revoked_reason
    assert kit.propose(at=SOON).status == "queued"
    executions.drain(at=SOON)
    assert Execution.objects.get(suggestion=waiting).status == "cancelled"
    assert the_account(waiting).employees == 240
    kit.follow(SOON)
    assert (kit.standing().kept, kit.standing().drawn) == (0, 0)
    assert invariants.check_all(at=SOON)


def test_a_grant_by_hand_for_any_segment_ends_in_the_demoted_cell_alone(sara: User) -> None:
    asked = kit.propose()
    grant = scene.grant(asked)
    ran = kit.run_alone(kit.TOO_MANY)
    for one in ran:
        found_wrong(one, sara)
    kit.follow(SOON)

    grant.refresh_from_db()
    assert grant.revoked_at is None
    assert kit.propose(at=SOON).status == "queued"
    elsewhere = scene.account("Segmented", segment="mid")
    assert scene.propose(elsewhere, level="execute", employees=900, at=SOON).status == "approved"


def test_one_that_waits_to_be_read_speaks_for_the_agent_until_it_is(sara: User) -> None:
    kit.promoted()
    ran = kit.run_alone(3)
    kit.follow(SOON)
    assert (kit.standing().waiting, kit.standing().wrong) == (3, 0)

    found_wrong(ran[0], sara)
    kit.follow(SOON)

    assert (kit.standing().waiting, kit.standing().wrong) == (2, 1)


def test_a_contest_of_something_drawn_is_its_verdict(sara: User) -> None:
    kit.promoted()
    (ran,) = kit.run_alone(1)

    contests.contest(execution_id=ran.pk, user=scene.admin(), at=SOON, reason="No.")

    sample = sample_of(ran)
    assert (sample.verdict, sample.read_by, sample.note) == ("wrong", scene.admin(), "No.")
    with pytest.raises(audits.AlreadyRead):
        found_wrong(ran, sara)


def test_what_a_later_change_stands_on_stays_and_is_named(sara: User) -> None:
    kit.promoted()
    (ran,) = kit.run_alone(1)
    assert ran.suggestion.record_id is not None
    change("account", ran.suggestion.record_id, employees=777)

    read = found_wrong(ran, sara)

    assert read.contest is not None
    assert read.contest.kept == {"employees": "A later change stands in the way."}
    assert not read.contest.restored
    kit.follow(SOON)
    assert kit.standing().wrong == 1


def test_wrong_needs_its_why_and_other_teams_auditors_and_the_owner_do_not_read(sara: User) -> None:
    kit.promoted()
    (ran,) = kit.run_alone(1)
    sample = sample_of(ran)

    def wrong(user: User, reason: str = "No.") -> None:
        audits.wrong(sample_id=sample.pk, user=user, at=SOON, reason=reason)

    with pytest.raises(Invalid, match="Say what was wrong"):
        wrong(sara, " ")
    with pytest.raises(NotFound):
        wrong(a_user("Camille Roux", Role.REVIEWER, a_team("South")))
    with pytest.raises(audits.OwnAgent, match="Auditors read everything"):
        wrong(a_user("Ines Falk", Role.AUDITOR))
    with pytest.raises(audits.OwnAgent, match="somebody else reads this"):
        wrong(scene.an_agent().owner)
    assert not ContestedChange.objects.exists()


def test_an_admin_takes_a_grant_back_and_the_cell_begins_anew(sara: User) -> None:
    grant = kit.promoted()

    grants.revoke(grant_id=grant.pk, user=scene.admin(), at=SOON, reason="New owner of the source.")
    kit.follow(SOON)

    assert kit.propose(at=SOON).status == "queued"
    assert kit.standing().kept == 0
    assert kit.events() == ["offered", "signed", "demoted"]


def test_without_the_demotion_it_would_still_run(sara: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard taken out: what ends a grant in its cell is the time of the demotion and its revocation."""
    kit.promoted()
    ran = kit.run_alone(kit.TOO_MANY)
    for one in ran:
        found_wrong(one, sara)
    monkeypatch.setattr("approvals.services.demotions.demote", lambda *_, **__: 0)
    kit.follow(SOON)

    assert kit.standing().fallen_at == kit.TOO_MANY
    assert kit.propose(at=SOON).status == "approved"
    assert Grant.objects.filter(revoked_at=None).exists()
    assert Suggestion.objects.exists()
    assert outcomes.differing() == 0


def test_of_two_who_read_it_at_once_and_one_who_contests_it_one_counts(sara: User) -> None:
    kit.promoted()
    ran = kit.run_alone(3)
    tom = scene.reviewer("Tom Becker")
    for one in ran:
        presses: list[Callable[[], object]] = [
            partial(found_wrong, one, sara),
            partial(found_wrong, one, tom),
            partial(contests.contest, execution_id=one.pk, user=scene.admin(), at=SOON),
        ]
        told = [raised for raised in at_once(presses) if raised is not None]

        assert {type(raised) for raised in told} <= {audits.AlreadyRead, contests.AlreadyContested}, told
        assert len(told) == 2
        assert ContestedChange.objects.filter(execution=one).count() == 1
        assert the_account(one.suggestion).employees == 240
