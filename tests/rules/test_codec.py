"""Stored facts: what is missing takes its default, what is unknown or misshapen is refused."""

from typing import Any

import pytest

from approvals.rules import gate
from approvals.rules.codec import Unreadable
from approvals.rules.facts import Facts
from approvals.rules.findings import Reading

from .cases import facts, stake


def stored() -> dict[str, Any]:
    written = facts(stakes=(stake("40000", "CHF"),)).to_json()
    assert isinstance(written, dict)
    return written


def test_facts_stored_before_a_field_existed_stay_readable() -> None:
    older = stored()
    del older["rivals"], older["hold"]
    assert Facts.from_json(older) == facts(stakes=(stake("40000", "CHF"),))


def test_amounts_are_kept_as_text_and_a_missing_rate_as_null() -> None:
    kept = stored()["stakes"][0]
    assert kept["worth"] == {"amount": "40000", "currency": "CHF"}
    assert kept["in_reporting"] is None


@pytest.mark.parametrize(
    ("part", "bad", "said"),
    [
        ("mood", "sunny", "Facts holds mood, which this version of the rules does not know."),
        ("items", {}, "Facts.items must be a list, not dict."),
        ("items", [3], "Facts.items[0] must be an object, not int."),
        ("proposer", None, "Facts.proposer must be an object, not NoneType."),
        ("action", 3, "Facts.action must be str, not int."),
        ("levels", {"policy": "boss", "requested": "full"}, "Facts.levels.policy cannot be 'boss'."),
        ("levels", {"policy": "full"}, "Facts.levels lacks requested."),
    ],
)
def test_what_the_rules_cannot_read_is_refused(part: str, bad: object, said: str) -> None:
    with pytest.raises(Unreadable) as refused:
        Facts.from_json({**stored(), part: bad})
    assert str(refused.value) == said


def test_a_flag_is_not_a_number() -> None:
    broken = stored()
    broken["subject"]["archived"] = 1
    with pytest.raises(Unreadable, match=r"Facts\.subject\.archived must be bool, not int"):
        Facts.from_json(broken)


def test_a_reading_keeps_all_versions() -> None:
    reading = gate.judge(facts())
    kept = reading.to_json()
    assert isinstance(kept, dict)
    assert kept["rules_version"] == reading.rules_version
    assert kept["policy_version"] == 1
    assert Reading.from_json(kept) == reading
