"""Two claims on one field: one person decides once."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError

from approvals.models import Claim, Conflict, Decision, Execution, Suggestion
from approvals.selectors import conflicts as plates
from approvals.selectors import rail
from approvals.services import agents, conflicts, decisions, events, invariants, pauses, settlements, standing
from approvals.services.standing import OwnProposal
from crmgov.kernel.ids import new_id
from crmgov.kernel.refusals import NotAllowed, NotFound
from crmgov.people.models import Role, User
from crmgov.records.models import Account, ChangeSet, RecordEvent
from crmgov.records.services import holds
from tests.decisions import scene
from tests.imports import files
from tests.world import NOW, a_team, a_user, change

pytestmark = pytest.mark.django_db


def manager() -> User:
    return a_user("Priya Nair", Role.ACCOUNT_MANAGER, a_team())


def rivals(**second: Any) -> tuple[Suggestion, Suggestion, Conflict]:
    """Two agents want different numbers of employees for one account."""
    scene.reviewer()
    scene.publish()
    account = scene.account()
    one = scene.propose(account, employees=310)
    two = scene.propose(account, agent=scene.an_agent("Scout"), **{"employees": 400, **second})
    one.refresh_from_db()
    return one, two, Conflict.objects.get()


def settle(conflict: Conflict, claim: Claim, by: User, **more: Any) -> Conflict:
    seen = {"seen_digest": conflicts.digest_of(conflict), "at": scene.LATER}
    return conflicts.settle(conflict_id=conflict.pk, claim_id=claim.pk, user=by, **{**seen, **more})


def claim_of(conflict: Conflict, suggestion: Suggestion) -> Claim:
    return conflict.claims.get(suggestion=suggestion)


def written_by(settled: Conflict) -> ChangeSet:
    assert settled.change_set_id is not None
    return ChangeSet.objects.get(pk=settled.change_set_id)


def import_conflict(account: Any, theirs: Any = 500) -> Conflict:
    RecordEvent.objects.create(
        kind="import_conflict",
        record_type="account",
        record_id=account.pk,
        fields=["employees"],
        data={
            "field": "employees",
            "ours": 240,
            "theirs": theirs,
            "source": "csv",
            # As an import writes them: only what a reference points to has a name there.
            "ours_label": "",
            "theirs_label": "",
            "import_run": str(new_id()),
        },
        at=NOW,
    )
    events.take(at=scene.LATER)
    return Conflict.objects.get()


def test_another_value_from_another_source_opens_a_conflict_that_both_join() -> None:
    one, two, conflict = rivals()
    assert (one.in_conflict, two.in_conflict) == (True, True)
    assert not one.items.get().question_open
    assert {(claim.origin, claim.value) for claim in conflict.claims.all()} == {
        ("ours", 240),
        ("suggestion", 310),
        ("suggestion", 400),
    }


def test_a_side_of_a_conflict_is_not_approved_beside_it() -> None:
    one, _, _ = rivals()
    with pytest.raises(decisions.InConflict):
        scene.approve(one, scene.reviewer())


def test_settling_writes_the_winner_at_once_and_closes_the_others() -> None:
    one, two, conflict = rivals()
    settled = settle(conflict, claim_of(conflict, two), manager(), note="They told me so.")
    one.refresh_from_db()
    two.refresh_from_db()
    assert (settled.status, str(settled.settled_by)) == ("settled", "Priya Nair")
    assert (one.status, two.status) == ("rejected", "approved")
    written = written_by(settled)
    assert (written.actor_type, written.agent_label) == ("human_approved_ai", "Scout")
    assert Execution.objects.get(suggestion=two).status == "succeeded"
    assert Decision.objects.get(suggestion=one).reason_code == "wrong_value"
    with pytest.raises(conflicts.AlreadySettled, match="Priya Nair settled"):
        settle(conflict, claim_of(conflict, one), scene.admin())


def test_keeping_ours_changes_nothing_and_rejects_both() -> None:
    one, two, conflict = rivals()
    settled = settle(conflict, conflict.claims.get(origin="ours"), manager())
    assert settled.change_set_id is None
    assert set(Suggestion.objects.values_list("status", flat=True)) == {"rejected"}
    assert not ChangeSet.objects.filter(suggestion_id__in=[one.pk, two.pk]).exists()


def test_a_loser_that_proposes_more_keeps_the_rest() -> None:
    one, two, conflict = rivals(region="Nordics")
    settle(conflict, claim_of(conflict, one), manager())
    two.refresh_from_db()
    assert (two.status, two.in_conflict) == ("queued", False)
    scene.approve(two, scene.reviewer())
    assert scene.run(two).status == "succeeded"
    assert Decision.objects.get(suggestion=two).taken == ["region"]


def test_a_winner_that_proposes_more_closes_with_the_rest_not_approved() -> None:
    _, two, conflict = rivals(region="Nordics")
    settle(conflict, claim_of(conflict, two), manager())
    decision = Decision.objects.get(suggestion=two)
    assert (decision.kind, decision.taken) == ("approve_some", ["employees"])


def test_rejecting_one_side_makes_the_other_an_ordinary_question_again() -> None:
    one, two, conflict = rivals()
    scene.reject(one, scene.reviewer())
    conflict.refresh_from_db()
    two.refresh_from_db()
    assert (conflict.status, two.in_conflict, two.items.get().question_open) == ("settled", False, True)
    scene.approve(two, scene.reviewer())
    assert scene.run(two).status == "succeeded"


def test_a_claim_whose_suggestion_is_closed_is_offered_no_more() -> None:
    one, _, conflict = rivals()
    scene.propose(Account.objects.get(), agent=scene.an_agent("Third"), employees=555)
    dead = claim_of(conflict, one).pk
    scene.reject(one, scene.reviewer())
    page = plates.item(manager(), conflict.pk, at=scene.LATER)
    assert [card.value for card in page.claims] == [240, 400, 555]
    assert dead not in [card.id for card in page.claims]
    with pytest.raises(NotFound):
        conflicts.settle(
            conflict_id=conflict.pk, claim_id=dead, seen_digest=page.digest, user=manager(), at=scene.LATER
        )


def test_a_claim_that_was_closed_without_leaving_wins_nothing() -> None:
    one, _, conflict = rivals()
    Suggestion.objects.filter(pk=one.pk).update(status="blocked", closed_at=NOW)
    assert one.number not in [
        card.suggestion_number for card in plates.item(manager(), conflict.pk, at=scene.LATER).claims
    ]
    with pytest.raises(conflicts.ClaimClosed, match="closed"):
        settle(conflict, claim_of(conflict, one), manager())


def test_what_closes_in_one_conflict_claims_nothing_in_another() -> None:
    """Two fields, two rivals: who wins the one field closes, so the other rival is an ordinary question again."""
    one, _, conflict = rivals()
    account = Account.objects.get()
    both = scene.propose(account, agent=scene.an_agent("Third"), employees=555, region="Nordics")
    other = scene.propose(account, agent=scene.an_agent("Fourth"), region="DACH")
    settle(conflict, claim_of(conflict, both), manager())
    other.refresh_from_db()
    one.refresh_from_db()
    assert (one.status, other.status, other.in_conflict) == ("rejected", "queued", False)
    assert Conflict.objects.get(field="region").status == "settled"


def test_what_stops_an_execution_stops_settling_for_a_suggestion() -> None:
    """It would be written at once, so kill switch, a switched-off agent and a hold nobody saw are asked first."""
    one, _, conflict = rivals()
    claim, by = claim_of(conflict, one), manager()
    stop = pauses.pause(scope="all", reason="stop", user=scene.admin(), at=NOW)
    with pytest.raises(settlements.NotNow, match="paused"):
        settle(conflict, claim, by)
    pauses.lift(pause_id=stop.pk, user=scene.admin(), at=NOW)
    account = Account.objects.get()
    shown_at = scene.LATER - timedelta(minutes=2)
    holds.place(
        account_id=account.pk,
        until=(NOW + timedelta(days=9)).date(),
        reason="Lawsuit.",
        user=scene.admin(),
        at=scene.LATER - timedelta(minutes=1),
    )
    with pytest.raises(settlements.NotNow, match="Lawsuit"):
        settle(conflict, claim, by, shown_at=shown_at)
    agents.deactivate(agent=scene.an_agent(), by=scene.admin(), at=NOW)
    with pytest.raises(standing.AgentOff, match="Enricher is switched off"):
        settle(conflict, claim, by)
    account.refresh_from_db()
    assert account.employees == 240
    assert conflict.claims.filter(won=True).count() == 0
    settle(conflict, conflict.claims.get(origin="ours"), by)


def test_the_only_admin_settles_for_their_own_agent_after_a_day_and_it_says_so() -> None:
    one, _, conflict = rivals()
    olga = a_user("Olga Brandt", Role.ADMIN)
    User.objects.exclude(pk=olga.pk).update(is_active=False)
    settle(conflict, claim_of(conflict, one), olga, at=NOW + timedelta(hours=30))
    assert Decision.objects.get(suggestion=one).sole_admin
    (finding,) = invariants.check_all(at=NOW + timedelta(hours=31), only=["D3"])
    assert finding.outcome != "VIOLATED", finding


def test_owning_the_account_does_not_make_a_reviewer_an_account_manager() -> None:
    _, _, conflict = rivals()
    sara = scene.reviewer()
    change("account", conflict.record_id, owner=sara.pk)
    assert not plates.item(sara, conflict.pk, at=scene.LATER).may_settle
    with pytest.raises(NotAllowed):
        settle(conflict, conflict.claims.get(origin="ours"), sara)


def test_who_settles() -> None:
    one, _, conflict = rivals()
    claim = claim_of(conflict, one)
    with pytest.raises(NotAllowed):
        settle(conflict, claim, scene.reviewer())
    with pytest.raises(NotFound):
        settle(conflict, claim, a_user("Lea Brun", Role.ACCOUNT_MANAGER, a_team("South")))
    with pytest.raises(OwnProposal):
        settle(conflict, claim, a_user("Olga Brandt", Role.ADMIN))
    settle(conflict, claim, manager())


def test_a_value_that_moved_while_it_was_open_is_shown_first() -> None:
    one, _, conflict = rivals()
    assert one.record_id is not None
    seen = conflicts.digest_of(conflict)
    change("account", one.record_id, employees=250)
    with pytest.raises(conflicts.Overtaken, match="The value is now 250"):
        settle(conflict, claim_of(conflict, one), manager(), seen_digest=seen)
    events.take(at=scene.LATER)
    assert conflict.claims.get(origin="ours").value == 250
    settle(conflict, claim_of(conflict, one), manager())


def test_the_claim_of_an_import_is_worded_like_ours() -> None:
    conflict = import_conflict(scene.account(), theirs=2999)
    assert {claim.value_label for claim in conflict.claims.all()} == {"240", "2,999"}


def test_an_import_conflict_is_taken_once_and_settled_for_the_source() -> None:
    account = scene.account()
    conflict = import_conflict(account)
    assert (conflict.kind, conflict.team) == ("import", a_team())
    assert events.take(at=scene.LATER) == 0
    settled = settle(conflict, conflict.claims.get(origin="import"), manager())
    account.refresh_from_db()
    assert account.employees == 500
    written = written_by(settled)
    assert (written.actor_type, written.authority) == ("human", "decision")
    assert written.authority_label == "Conflict settled by Priya Nair"
    assert account.provenance["employees"]["source"] == "csv"


def test_a_file_that_disagrees_with_an_approved_value_is_settled_by_a_person(tmp_path: Path) -> None:
    """Approve an AI change, import the same file: it stays. Change that cell in the file: a conflict."""
    scene.reviewer()
    scene.publish()
    file = tmp_path / "accounts.csv"
    files.write(file, ["id;name;employees", "1;Polder Freight;240"])
    files.take(file, "accounts")
    account = Account.objects.get(name="Polder Freight")
    change("account", account.pk, team=a_team().pk)
    suggestion = scene.propose(account, employees=310)
    scene.approve(suggestion, scene.reviewer())
    scene.run(suggestion)
    files.take(file, "accounts")
    assert events.take(at=scene.LATER) == 0
    files.write(file, ["id;name;employees", "1;Polder Freight;280"])
    files.take(file, "accounts")
    events.take(at=scene.LATER)
    account.refresh_from_db()
    assert account.employees == 310
    conflict = Conflict.objects.get()
    assert {(claim.origin, claim.value) for claim in conflict.claims.all()} == {
        ("ours", 310),
        ("import", 280),
    }
    settle(conflict, conflict.claims.get(origin="import"), manager())
    account.refresh_from_db()
    assert account.employees == 280


def test_a_later_word_of_the_same_source_replaces_its_claim() -> None:
    account = scene.account()
    import_conflict(account, 500)
    conflict = import_conflict(account, 600)
    assert conflict.claims.get(origin="import").value == 600


def test_a_claim_that_moved_while_it_was_open_is_shown_first() -> None:
    """Import says 500 and the page shows it; then the source says 999999. The old page settles for neither."""
    account = scene.account()
    conflict = import_conflict(account, 500)
    seen, claim = conflicts.digest_of(conflict), conflict.claims.get(origin="import")
    import_conflict(account, 999_999)
    with pytest.raises(conflicts.Overtaken, match="claims have changed"):
        settle(conflict, claim, manager(), seen_digest=seen)
    account.refresh_from_db()
    assert account.employees == 240
    settle(conflict, claim, manager())


def test_an_open_suggestion_joins_an_import_conflict_on_its_field() -> None:
    scene.reviewer()
    scene.publish()
    account = scene.account()
    suggestion = scene.propose(account, employees=500)
    conflict = import_conflict(account, 500)
    suggestion.refresh_from_db()
    assert suggestion.in_conflict
    settle(conflict, conflict.claims.get(origin="import"), manager())
    suggestion.refresh_from_db()
    assert suggestion.status == "superseded", "it said the same"


def test_one_open_conflict_per_record_and_field_is_an_index() -> None:
    _, _, conflict = rivals()
    with pytest.raises(IntegrityError):
        Conflict.objects.create(
            kind="import",
            record_type="account",
            record_id=conflict.record_id,
            record_label="x",
            field="employees",
            opened_at=NOW,
        )


def test_the_list_and_the_page_of_a_conflict() -> None:
    one, _, conflict = rivals()
    priya, stranger = manager(), a_user("Lea Brun", Role.ACCOUNT_MANAGER, a_team("South"))
    (row,) = plates.page_for(priya).rows
    assert (row.name, row.what) == ("Polder Freight", "Employees: 240 or 310 or 400")
    assert plates.page_for(stranger).rows == ()
    assert rail.of(priya, at=scene.LATER).conflicts == 1
    page = plates.item(priya, conflict.pk, at=scene.LATER)
    assert page.may_settle
    assert [card.value for card in page.claims] == [240, 310, 400]
    assert (
        page.claims[1].consequence == "Employees of Polder Freight becomes 310 at once. It can be reverted."
    )
    assert not plates.item(scene.reviewer(), conflict.pk, at=scene.LATER).may_settle
    with pytest.raises(NotFound):
        plates.item(stranger, conflict.pk, at=scene.LATER)
    settle(conflict, claim_of(conflict, one), priya)
    assert [row.settled_by for row in plates.page_for(priya, view="settled").rows] == ["Priya Nair"]


def test_settling_keeps_who_wrote_the_value_that_lost() -> None:
    one, _, conflict = rivals()
    priya = manager()
    before = plates.item(priya, conflict.pk, at=scene.LATER).claims[0].p
    settle(conflict, claim_of(conflict, one), priya)
    change("account", conflict.record_id, at=scene.LATER + timedelta(days=1), employees=333)
    after = plates.item(priya, conflict.pk, at=scene.LATER).claims[0].p
    assert before is not None
    assert after is not None
    assert (after.actor, after.who, after.source) == (before.actor, before.who, before.source)
    assert after.actor != "human_approved_ai"
    assert datetime.fromisoformat(after.at) == datetime.fromisoformat(before.at)


def test_settling_is_not_allowed_an_hour_of_clock_drift() -> None:
    """A decision made in a conflict says when it was shown, and never later than it was made (H2)."""
    one, _, conflict = rivals()
    settle(conflict, claim_of(conflict, one), manager(), shown_at=scene.LATER - timedelta(minutes=1))
    decision = Decision.objects.get(suggestion=one)
    assert decision.shown_at == scene.LATER - timedelta(minutes=1)
