"""Gone, moved, contested, paused."""

from dataclasses import replace

import pytest

from approvals.rules import gate
from approvals.rules.facts import Pause, Relied, Rival, Subject
from approvals.rules.findings import Ref
from approvals.rules.vocabulary import Json, PauseScope, Verdict

from .cases import facts, found, item, sentence


@pytest.mark.parametrize(
    ("action", "exists", "archived", "said"),
    [
        ("set_fields", True, False, None),
        ("set_fields", False, False, "“Nordwind GmbH” does not exist."),
        ("set_fields", True, True, "“Nordwind GmbH” was archived."),
        ("create_record", False, False, None),
        ("create_record", False, True, "“Nordwind GmbH” was archived."),
    ],
)
def test_a_record_that_is_gone(action: str, exists: bool, archived: bool, said: str | None) -> None:
    given = facts(action=action, subject=Subject("account", "a1", "Nordwind GmbH", exists, archived))
    finding = found(given, "record_gone")
    assert (finding.sentence if finding else None) == said
    assert (gate.judge(given).verdict is Verdict.BLOCK) is (said is not None)


@pytest.mark.parametrize(
    ("seen", "current", "stale"),
    [
        ("Retail", "Retail", False),
        ("Retail", "Trade", True),
        ("Retail", None, True),
        (None, "", False),
        (None, [], False),
        (None, 0, True),
        (1, True, True),
        (0, False, True),
        (1, 1.0, False),
        ("1", 1, True),
        ([1, "a"], [1, "a"], False),
        ([1], [True], True),
        ({"a": [1]}, {"a": [1]}, False),
        ({"a": 1}, {"b": 1}, True),
    ],
)
def test_the_field_is_not_what_the_proposer_saw(seen: Json, current: Json, stale: bool) -> None:
    assert (found(facts(items=(item(seen=seen, current=current),)), "stale_facts") is not None) is stale


def test_a_stale_value_shows_both() -> None:
    given = facts(items=(item(seen="Retail", current=None),))
    assert sentence(given, "stale_facts") == (
        "Industry was “Retail” when this was proposed and is empty now."
    )


def test_a_fact_relied_on_has_moved() -> None:
    still = Relied("open_tickets", "Open tickets", 2, 2)
    moved = Relied("owner", "Owner", "Ann Lee", "Bo Ek")
    assert found(facts(relied=(still,)), "stale_facts") is None
    assert sentence(facts(relied=(still, moved)), "stale_facts") == (
        "It relies on what is no longer so: Owner was “Ann Lee” and is “Bo Ek”."
    )


def test_another_open_suggestion_for_the_same_field() -> None:
    rival = Rival("industry", Ref("suggestion", "s7", "Suggestion 7"), "Data Hound", "Wholesale")
    assert found(facts(rivals=(replace(rival, field="region"),)), "conflicting_suggestion") is None
    finding = found(facts(rivals=(rival,)), "conflicting_suggestion")
    assert finding is not None
    assert finding.sentence == (
        "For Industry Data Hound proposes “Wholesale”, while this one says “Logistics”."
    )
    assert (finding.field, finding.evidence) == ("industry", (rival.suggestion,))


@pytest.mark.parametrize(
    ("scope", "said"),
    [
        (PauseScope.ALL, "All AI is paused (bad data)."),
        (PauseScope.AGENT, "The agent “Lead Scout” is paused (bad data)."),
        (PauseScope.WORKFLOW, "The workflow “Lead Scout” is paused (bad data)."),
        (PauseScope.ACTION, "The action “Lead Scout” is paused (bad data)."),
    ],
)
def test_a_pause_blocks_and_says_what_is_paused(scope: PauseScope, said: str) -> None:
    given = facts(pauses=(Pause(scope, "Lead Scout", "bad data"),))
    assert sentence(given, "paused") == said
    assert gate.judge(given).verdict is Verdict.BLOCK
    assert found(facts(), "paused") is None


def test_the_strictest_findings_come_first() -> None:
    given = facts(
        pauses=(Pause(PauseScope.ALL, ""),), items=(item(protected=True, problem="Unknown industry."),)
    )
    ranks = [finding.verdict.rank for finding in gate.judge(given).findings]
    assert ranks == sorted(ranks, reverse=True)
    assert gate.judge(given).findings[0].rule == "paused"
