"""The same suggestion at suggest, draft and execute on three twin accounts: three kinds of ledger rows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from approvals.models import Decision, Execution, Suggestion
from approvals.rules.vocabulary import Level
from approvals.services import decisions, forms
from crmgov.kernel.refusals import Invalid
from crmgov.people.models import User
from crmgov.records.models import Account, ChangeSet
from tests.decisions import scene
from tests.world import change

pytestmark = pytest.mark.django_db


def save_form(
    suggestion: Suggestion, by: User, values: dict[str, str], checked: tuple[str, ...] = ()
) -> Decision:
    return decisions.accept_form(
        suggestion_id=suggestion.pk,
        seen_digest=scene.digest(suggestion),
        reviewer=by,
        at=scene.LATER,
        shown_at=scene.LATER - timedelta(seconds=40),
        values=values,
        checked=checked,
    )


def test_three_twins_three_authors() -> None:
    sara = scene.reviewer()
    scene.publish(level=Level.EXECUTE)
    twins = [scene.account(name) for name in ("Twin one", "Twin two", "Twin three")]
    # People's decisions in the cell are the evidence the grant stands on.
    proof = scene.propose(scene.account("Proof"), level="execute", employees=300)
    scene.grant(proof)
    scene.approve(proof, sara)
    scene.run(proof)

    at_suggest = scene.propose(twins[0], level="suggest", employees=310)
    at_draft = scene.propose(twins[1], level="draft", employees=310)
    at_execute = scene.propose(twins[2], level="execute", employees=310)
    save_form(at_suggest, sara, {"employees": "310"})
    scene.approve(at_draft, sara)
    scene.run(at_draft)

    rows = {
        change_set.suggestion_id: change_set
        for change_set in ChangeSet.objects.filter(
            suggestion_id__in=[at_suggest.pk, at_draft.pk, at_execute.pk]
        )
    }
    assert [rows[s.pk].actor_type for s in (at_suggest, at_draft, at_execute)] == [
        "human",
        "human_approved_ai",
        "ai",
    ]
    assert [rows[s.pk].authority for s in (at_suggest, at_draft, at_execute)] == [
        "decision",
        "decision",
        "policy",
    ]
    assert set(Account.objects.filter(pk__in=[t.pk for t in twins]).values_list("employees", flat=True)) == {
        310
    }
    assert rows[at_suggest.pk].suggestion_number == at_suggest.number
    assert rows[at_suggest.pk].actor_label == "Sara Okafor"


def test_saving_the_form_decides_executes_and_writes_in_one_transaction() -> None:
    sara, account = scene.reviewer(), scene.account()
    suggestion = scene.propose(account, level="suggest", employees=310, region="Nordics")
    decision = save_form(suggestion, sara, {"employees": "315", "region": "Nordics"}, checked=("region",))
    execution = Execution.objects.get(suggestion=suggestion)
    account.refresh_from_db()
    assert (account.employees, account.region) == (315, "Nordics")
    assert (decision.kind, execution.status) == ("accept_form", "succeeded")
    assert execution.payload_digest == decision.payload_digest
    assert execution.attempts.count() == 1
    assert account.provenance["employees"]["locked"], "typed"
    assert account.provenance["region"]["locked"], "ticked as checked"
    assert account.provenance["employees"]["source"] == "person"


def test_a_value_left_as_proposed_and_not_ticked_is_not_verified() -> None:
    sara, account = scene.reviewer(), scene.account()
    suggestion = scene.propose(account, level="suggest", employees=310)
    save_form(suggestion, sara, {"employees": "310"})
    account.refresh_from_db()
    assert "locked" not in account.provenance["employees"]
    assert account.provenance["employees"]["source"] == "Firmdata"


def test_leaving_the_form_leaves_it_queued() -> None:
    sara, account = scene.reviewer(), scene.account()
    suggestion = scene.propose(account, level="suggest", employees=310)
    change("account", account.pk, employees=250)
    with pytest.raises(decisions.Changed):
        decisions.accept_form(
            suggestion_id=suggestion.pk,
            seen_digest=suggestion.digest,
            reviewer=sara,
            at=scene.LATER,
            shown_at=scene.LATER,
            values={"employees": "310"},
        )
    suggestion.refresh_from_db()
    account.refresh_from_db()
    assert (suggestion.status, account.employees) == ("queued", 250)
    assert not Decision.objects.exists()


def test_the_form_is_saved_over_the_value_it_showed_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    sara, account = scene.reviewer(), scene.account()
    suggestion = scene.propose(account, level="suggest", employees=310)
    real = forms.patches_of

    def with_a_colleague_in_between(*given: Any, **more: Any) -> Any:
        patches = real(*given, **more)
        change("account", account.pk, employees=250)
        return patches

    monkeypatch.setattr(forms, "patches_of", with_a_colleague_in_between)
    with pytest.raises(forms.Overtaken) as refused:
        save_form(suggestion, sara, {"employees": "310"})
    assert refused.value.facts["values"] == [{"field": "employees", "seen": 240, "now": 250}]
    suggestion.refresh_from_db()
    assert suggestion.status == "queued"


def test_the_form_is_for_level_suggest_only_and_must_change_something() -> None:
    sara, account = scene.reviewer(), scene.account()
    at_suggest = scene.propose(account, level="suggest", employees=310)
    with pytest.raises(Invalid, match="changes nothing"):
        save_form(at_suggest, sara, {"employees": "240"})
    scene.publish()
    at_draft = scene.propose(scene.account("Twin"), employees=310)
    with pytest.raises(decisions.NoForm):
        save_form(at_draft, sara, {"employees": "310"})


def test_shadow_is_never_applied() -> None:
    sara, account = scene.reviewer(), scene.account()
    suggestion = scene.propose(account, level="shadow", employees=310)
    assert suggestion.status == "shadowed"
    with pytest.raises(decisions.Closed):
        scene.approve(suggestion, sara)
    account.refresh_from_db()
    assert account.employees == 240
