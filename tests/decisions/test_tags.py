"""Tags are added beside each other: no two of them ask one question, and each is put back by itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from approvals.models import Execution, GateReading, Suggestion
from approvals.rules.vocabulary import Level
from approvals.services import decisions, executions, invariants
from approvals.services.drafts import Impossible
from crmgov.records.models import Account, ChangeSet
from crmgov.records.services import reverts
from tests.decisions import scene
from tests.decisions.scene import LATER
from tests.world import NOW, change

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> Account:
    scene.publish()
    scene.reviewer()
    return scene.account(tags=["fleet"])


def tagging(
    account: Account, *tags: str, agent: str = "Enricher", at: datetime = NOW, **said: Any
) -> Suggestion:
    body = {
        "record": {"type": "account", "id": str(account.pk)},
        "action": "add_tag",
        "items": [{"field": "tags", "proposed": list(tags)}],
        "level": "draft",
        **said,
    }
    return scene.propose_raw(body, agent=scene.an_agent(agent), at=at)


def tags_of(account: Account) -> list[str]:
    account.refresh_from_db()
    return account.tags


def both_added(account: Account) -> list[Execution]:
    asked = [tagging(account, "at risk"), tagging(account, "cold", agent="Other")]
    assert [(one.status, one.in_conflict) for one in asked] == [("queued", False)] * 2
    for one in asked:
        scene.approve(one, scene.reviewer())
    executions.drain(at=LATER)
    return [Execution.objects.get(suggestion=one) for one in asked]


def test_two_at_once_are_two_questions_and_both_apply(account: Account) -> None:
    done = both_added(account)

    assert [one.status for one in done] == ["succeeded", "succeeded"]
    assert tags_of(account) == ["at risk", "cold", "fleet"]
    found = invariants.check_all(at=LATER, only=["F1", "F2", "F5", "F6", "D2"])
    assert not any(one.violations for one in found)


def test_a_revert_takes_back_its_own_tag_only(account: Account) -> None:
    first, _ = both_added(account)
    assert first.change_set_id is not None

    reverts.revert(change_set_id=first.change_set_id, user=scene.admin(), reason="a test", at=LATER)

    assert tags_of(account) == ["cold", "fleet"]
    assert not any(one.violations for one in invariants.check_all(at=LATER, only=["F1", "F2", "R1", "R2"]))
    with pytest.raises(reverts.Overtaken):
        reverts.revert(change_set_id=first.change_set_id, user=scene.admin(), reason="again", at=LATER)


def test_the_same_tag_asked_twice_is_one_question_and_once_there_none(account: Account) -> None:
    first = tagging(account, "cold")
    assert tagging(account, "cold", agent="Other") == first
    scene.approve(first, scene.reviewer())
    scene.run(first)

    again = tagging(account, "cold")

    assert (again.status, again.rules[0]) == ("blocked", "invalid_value")


def test_what_somebody_else_added_meanwhile_is_not_written_twice(account: Account) -> None:
    asked = tagging(account, "cold"), tagging(account, "at risk", "cold", agent="Other")
    for one in reversed(asked):
        scene.approve(one, scene.reviewer())

    executions.drain(at=LATER)

    ends = [Execution.objects.get(suggestion=one) for one in reversed(asked)]
    assert [one.status for one in ends] == ["succeeded", "cancelled"]
    assert tags_of(account) == ["at risk", "cold", "fleet"]
    assert ChangeSet.objects.filter(suggestion_id__isnull=False).count() == 1


def test_a_list_set_by_the_field_and_a_tag_go_together(account: Account) -> None:
    whole = scene.propose(account, tags=["reference"], seen={"tags": ["fleet"]})
    tag = tagging(account, "cold", agent="Other")
    for one in (tag, whole):
        scene.approve(one, scene.reviewer())

    executions.drain(at=LATER)

    assert tags_of(account) == ["cold", "reference"]


def test_a_tag_that_was_put_back_does_not_come_back_by_itself(account: Account) -> None:
    """INVARIANTS R7: in company neither, nor as the whole list; once a person put it there it may."""
    first, _ = both_added(account)
    assert first.change_set_id is not None
    reverts.revert(change_set_id=first.change_set_id, user=scene.admin(), reason="a test", at=LATER)

    again = tagging(account, "reference", "at risk", agent="Third")
    whole = scene.propose(account, tags=["at risk", "cold", "fleet"], seen={"tags": ["cold", "fleet"]})
    other = tagging(account, "reference", agent="Third")

    assert [one.status for one in (again, whole)] == ["blocked", "blocked"]
    assert all("tombstoned" in one.rules for one in (again, whole))
    assert said_of(again) == "It carried the tag “at risk” before, and somebody put that back today."
    assert other.status == "queued"
    change("account", account.pk, tags=["at risk"])
    change("account", account.pk, tags=[])
    assert tagging(account, "at risk", agent="Third").status == "queued"


def test_a_tag_that_a_person_rejected_says_so_when_it_comes_again(account: Account) -> None:
    no = tagging(account, "cold", "at risk")
    scene.reject(no, scene.reviewer())

    again = tagging(account, "at risk", "reference", agent="Other", at=LATER)

    assert "repeat_rejection" in again.rules
    assert "A person rejected the tag “at risk” today." in everything_said_of(again)
    assert "repeat_rejection" not in tagging(account, "reference", agent="Other", at=LATER).rules


def said_of(suggestion: Suggestion) -> str:
    return everything_said_of(suggestion)[0]


def everything_said_of(suggestion: Suggestion) -> list[str]:
    reading = GateReading.objects.filter(suggestion=suggestion).latest("pk")
    return [finding["sentence"] for finding in reading.findings]


def test_saved_from_the_form_at_level_suggest(account: Account) -> None:
    scene.publish(level=Level.SUGGEST)
    asked = tagging(account, "cold")

    decisions.accept_form(
        suggestion_id=asked.pk,
        seen_digest=scene.digest(asked),
        reviewer=scene.reviewer(),
        at=LATER,
        shown_at=NOW,
        values={"tags": ["cold"]},
    )

    assert tags_of(account) == ["cold", "fleet"]


@pytest.mark.parametrize(
    ("items", "say"),
    [
        ([], "add_tag needs an item for the field tags"),
        (
            [{"field": "tags", "proposed": ["a"]}, {"field": "name", "proposed": "x"}],
            "use set_fields for name",
        ),
    ],
)
def test_it_takes_tags_and_nothing_else(account: Account, items: list[dict[str, Any]], say: str) -> None:
    with pytest.raises(Impossible, match=say):
        tagging(account, items=items)


def test_a_revert_that_took_others_along_would_be_noticed(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = both_added(account)
    assert first.change_set_id is not None
    monkeypatch.setattr(reverts, "_without_added", lambda row, now: [])

    reverts.revert(change_set_id=first.change_set_id, user=scene.admin(), reason="a test", at=LATER)

    (found,) = invariants.check_all(at=LATER, only=["R1"])
    assert found.violations == 1
