"""What happened before, and what the gate makes of it."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from approvals.rules import gate
from approvals.rules.facts import Before, Deal, Facts, Pace, Trouble
from approvals.rules.findings import VERDICTS, Ref
from approvals.rules.vocabulary import ActorKind, Verdict

from .cases import NORDWIND, PROPOSER, facts, found, item, limits, sentence, stake

TAGGED = item(field="tags", label="Tags", current=None, seen=None, proposed=["cold", "fleet"])
NUMBER_12 = Ref("suggestion", "s12", "suggestion 12")


@pytest.mark.parametrize(
    ("rule", "changes", "says"),
    [
        ("sensitive_relationship", {"account": replace(NORDWIND, relationships=("partner", "investor"))},
            "Nordwind GmbH is marked as “investor” and “partner”."),
        ("winback_high_value", {"account": replace(NORDWIND, churned=True), "stakes": (stake("60000"),)},
            "Nordwind GmbH left, and EUR 60,000 hangs on winning it back."),
        ("recent_service_issue", {"troubles": (Trouble("t1", "Data lost", 12, True),)},
            "In the last 30 days they had a ticket: “Data lost” (escalated)."),
        ("ambiguous_identity", {"doubles": 2},
            "“Nordwind GmbH” may be one with another account: 2 pairs wait to be settled."),
        ("complex_deal", {"deal": Deal("o1", "Fleet", 3)}, "Fleet has 3 buying roles."),
        ("complex_deal", {"deal": Deal("o1", "Fleet", 1, ("legal",))}, "Fleet has a contact from legal."),
        ("repeat_rejection", {"rejected": (Before("industry", "Logistics", 40, NUMBER_12),)},
            "A person rejected “Logistics” for Industry 40 days ago."),
        ("tombstoned", {"undone": (Before("industry", "Logistics", 1),)},
            "Industry was “Logistics” before, and somebody put that back yesterday."),
        ("tombstoned", {"undone": (Before("tags", ["cold"], 1),), "items": (TAGGED,)},
            "It carried the tag “cold” before, and somebody put that back yesterday."),
        ("repeat_rejection", {"rejected": (Before("tags", ["cold", "vip"], 0),), "items": (TAGGED,)},
            "A person rejected the tags “cold” and “vip” today."),
        ("quota_exceeded", {"pace": Pace(200, 900)},
            "“Lead Scout” made 200 suggestions in an hour, of 200 that the policy lets it make."),
        ("quota_exceeded", {"pace": Pace(0, 5_000)},
            "“Lead Scout” made 5,000 suggestions in a day, of 5,000 that the policy lets it make."),
        ("loop", {"causes": 4}, "It is 4 causes deep: each follows from the one before it."),
        ("loop", {"causes": 1, "ancestor": NUMBER_12},
            "It follows from suggestion 12 of the same workflow about the same record."),
    ],
)  # fmt: skip
def test_what_is_found_and_said(rule: str, changes: dict[str, Any], says: str) -> None:
    assert sentence(facts(**changes), rule) == says
    finding = found(facts(**changes), rule)
    assert finding is not None
    assert finding.verdict is VERDICTS[rule]


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ("winback_high_value", {"account": replace(NORDWIND, churned=True), "stakes": (stake("40000"),)}),
        ("winback_high_value", {"stakes": (stake("60000"),)}),
        ("recent_service_issue", {"troubles": (Trouble("t1", "Data lost", 31),)}),
        ("complex_deal", {"deal": Deal("o1", "Fleet", 2)}),
        ("repeat_rejection", {"rejected": (Before("industry", "Logistics", 91),)}),
        ("repeat_rejection", {"rejected": (Before("industry", "Trade", 1), Before("domain", "Logistics", 1))}),
        ("tombstoned", {"undone": (Before("industry", "Trade", 1),)}),
        ("tombstoned", {"undone": (Before("tags", ["vip"], 1),), "items": (TAGGED,)}),
        ("quota_exceeded", {"pace": Pace(199, 4_999)}),
        ("quota_exceeded", {"pace": Pace(900, 9_000), "proposer": replace(PROPOSER, kind=ActorKind.PERSON)}),
        ("loop", {"causes": 3}),
    ],
)  # fmt: skip
def test_what_is_no_reason(rule: str, changes: dict[str, Any]) -> None:
    assert found(facts(**changes), rule) is None


def test_a_person_may_propose_what_was_put_back() -> None:
    by_hand = replace(PROPOSER, kind=ActorKind.PERSON)
    given = facts(undone=(Before("industry", "Logistics", 1),), proposer=by_hand)
    assert gate.judge(given).verdict is Verdict.QUEUE


@pytest.mark.parametrize(
    ("changed", "changes", "rule"),
    [
        ({"rejection_days": 180}, {"rejected": (Before("industry", "Logistics", 100),)}, "repeat_rejection"),
        ({"service_issue_days": 60}, {"troubles": (Trouble("t1", "Data lost", 50),)}, "recent_service_issue"),
        ({"quota_hour": 5}, {"pace": Pace(5, 5)}, "quota_exceeded"),
    ],
)
def test_how_far_back_and_how_many_is_policy(
    changed: dict[str, Any], changes: dict[str, Any], rule: str
) -> None:
    assert found(facts(**changes), rule) is None
    assert found(facts(**changes, limits=limits(**changed)), rule) is not None


def test_an_older_reading_without_these_facts_is_judged_as_it_was() -> None:
    stored = facts(stakes=(stake("40000"),)).to_json()
    assert isinstance(stored, dict)
    for name in ("troubles", "rejected", "undone", "doubles", "deal", "pace", "causes", "ancestor"):
        del stored[name]
    assert gate.judge(Facts.from_json(stored)).verdict is Verdict.EXECUTE
    assert Facts.from_json(stored).limits.high_value == Decimal(50_000)
