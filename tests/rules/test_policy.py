"""The policy document: what it says, what it leaves out, and what nobody may publish."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from approvals.rules import gate
from approvals.rules.bands import Band, BandLine, most_specific
from approvals.rules.codec import Unreadable
from approvals.rules.policy import Policy, SlaLine, WorkflowLine, initial
from approvals.rules.policy_checks import problems
from approvals.rules.vocabulary import Level, Verdict

from .cases import facts, found, stake


def limits_of(policy: Policy) -> Any:
    return policy.limits(workflow="enrichment", action="set_fields", segment="mid", groups=["firmographics"])


def test_the_shipped_policy_may_be_published_and_survives_storage() -> None:
    shipped = initial()
    stored = json.loads(json.dumps(shipped.to_json()))
    assert "version" not in stored
    assert problems(stored) == ()
    assert Policy.from_json(stored, version=1) == shipped


def test_the_empty_document_is_readable_and_queues_everything() -> None:
    assert problems({}) == ()
    empty = Policy.from_json({}, version=2)
    given = facts(limits=limits_of(empty), stakes=(stake("1"),))
    reading = gate.judge(given)
    assert reading.verdict is Verdict.QUEUE
    assert reading.rules == ("high_value", "low_confidence")
    assert reading.policy_version == 2


@pytest.mark.parametrize(("limit", "verdict"), [(184_000, Verdict.EXECUTE), (183_999, Verdict.QUEUE)])
def test_one_threshold_changes_the_next_verdict(limit: int, verdict: Verdict) -> None:
    policy = replace(initial(), high_value=Decimal(limit))
    assert gate.judge(facts(limits=limits_of(policy), stakes=(stake("184000"),))).verdict is verdict


LINES = (
    WorkflowLine("enrichment", Level.DRAFT),
    WorkflowLine("enrichment", Level.EXECUTE, agent="Lead Scout"),
    WorkflowLine("enrichment", Level.SHADOW, agent="Lead Scout", version="4"),
    WorkflowLine("enrichment", Level.FULL, version="9"),
)


@pytest.mark.parametrize(
    ("workflow", "agent", "version", "level"),
    [
        ("enrichment", "Anybody", "3", Level.DRAFT),
        ("enrichment", "Lead Scout", "3", Level.EXECUTE),
        ("enrichment", "Lead Scout", "4", Level.SHADOW),
        ("enrichment", "Lead Scout", "9", Level.EXECUTE),
        ("enrichment", "Anybody", "9", Level.FULL),
        ("routing", "Lead Scout", "3", Level.SUGGEST),
    ],
)
def test_the_line_that_names_more_wins_and_who_is_not_named_suggests(
    workflow: str, agent: str, version: str, level: Level
) -> None:
    policy = replace(initial(), workflows=LINES)
    assert policy.level_of(workflow=workflow, agent=agent, version=version) is level


def test_a_default_runs_nothing_alone_even_where_a_document_says_so() -> None:
    reckless = Policy.from_json({"default_level": "full"}, version=1)
    assert reckless.level_of(workflow="any", agent="any", version="1") is Level.DRAFT


BANDS = (
    BandLine("*", "*", "*", "*", auto=0.9, floor=0.4),
    BandLine("*", "*", "firmographics", "*", auto=0.8, floor=0.3),
    BandLine("enrichment", "*", "*", "*", auto=0.7, floor=0.2),
    BandLine("*", "*", "firmographics", "enterprise", auto=None, floor=0.6),
)


@pytest.mark.parametrize(
    ("cell", "band"),
    [
        (("other", "set_fields", "domain", "mid"), Band(0.9, 0.4)),
        (("other", "set_fields", "firmographics", "mid"), Band(0.8, 0.3)),
        (("enrichment", "set_fields", "domain", "mid"), Band(0.7, 0.2)),
        (("enrichment", "set_fields", "firmographics", "mid"), Band(0.7, 0.2)),
        (("enrichment", "set_fields", "firmographics", "enterprise"), Band(None, 0.6)),
    ],
)
def test_the_band_that_names_more_wins(cell: tuple[str, str, str, str], band: Band) -> None:
    assert most_specific(BANDS, cell) == band
    assert most_specific(tuple(reversed(BANDS)), cell) == band


def test_no_band_at_all_is_never_automatic() -> None:
    assert most_specific((), ("w", "a", "g", "s")) == Band(auto=None, floor=0.0)


@pytest.mark.parametrize(
    ("rules", "queue", "hours"),
    [
        ((), "8", "8"),
        (("level",), "8", "8"),
        (("escalated", "high_value"), "24", "4"),
        (("escalated",), "2.5", "2.5"),
    ],
)
def test_the_shortest_time_to_decide_holds(rules: tuple[str, ...], queue: str, hours: str) -> None:
    policy = replace(initial(), sla=(SlaLine("escalated", 4), SlaLine("high_value", 8)))
    assert policy.sla_hours(rules=rules, queue_hours=Decimal(queue)) == Decimal(hours)


BAND = {"workflow": "*", "action": "*", "group": "*", "segment": "*", "auto": 0.9, "floor": 0.4}


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (None, "policy must be an object, not NoneType."),
        ([], "policy must be an object, not list."),
        ({"heigh_value": 1}, "policy holds heigh_value, which this version of the rules does not know."),
        ({"high_value": "lots"}, "policy.high_value cannot be 'lots'."),
        ({"high_value": "NaN"}, "policy.high_value must be an amount of 0 or more, not NaN."),
        ({"high_value": "-1"}, "policy.high_value must be an amount of 0 or more, not -1."),
        ({"high_value": True}, "policy.high_value cannot be True."),
        ({"outcomes_needed": "50"}, "policy.outcomes_needed must be int, not str."),
        ({"outcomes_needed": 0}, "policy.outcomes_needed must be at least 1, not 0."),
        ({"confidence_cap": 1.5}, "policy.confidence_cap must be between 0 and 1, not 1.5."),
        ({"confidence_cap": float("nan")}, "policy.confidence_cap must be between 0 and 1, not nan."),
        ({"reporting_currency": "euro"}, "policy.reporting_currency must be an ISO code such as EUR"),
        ({"default_level": "boss"}, "policy.default_level cannot be 'boss'."),
        ({"default_level": "execute"}, "policy.default_level must be shadow, suggest or draft"),
        ({"without_evidence": "full"}, "policy.without_evidence must be shadow, suggest or draft"),
        ({"workflows": [{"workflow": "a"}]}, "policy.workflows[0] lacks level."),
        ({"workflows": [{"workflow": " ", "level": "draft"}]}, "policy.workflows[0] must name its workflow"),
        (
            {"workflows": [{"workflow": "a", "level": "draft"}, {"workflow": "a", "level": "full"}]},
            "policy.workflows names a of *, version * twice.",
        ),
        (
            {"workflows": [{"workflow": "a", "level": "draft", "review_due": "soon"}]},
            "policy.workflows[0].review_due must be a date such as 2027-01-31, not 'soon'.",
        ),
        ({"bands": {}}, "policy.bands must be a list, not dict."),
        ({"bands": [{**BAND, "auto": 0.3}]}, "policy.bands[0].auto is 0.3, below its floor of 0.4."),
        ({"bands": [{**BAND, "auto": 1.1}]}, "policy.bands[0].auto must be between 0 and 1 or null"),
        ({"bands": [{**BAND, "floor": -1}]}, "policy.bands[0].floor must be between 0 and 1, not -1.0."),
        ({"bands": [{**BAND, "group": ""}]}, "policy.bands[0] must name workflow, action, group and segment"),
        ({"bands": [BAND, BAND]}, "policy.bands names * / * / * / * twice."),
        ({"sla": [{"rule": "mood", "hours": 4}]}, "policy.sla[0].rule is 'mood', which is no rule"),
        ({"sla": [{"rule": "level", "hours": 0}]}, "policy.sla[0].hours must be between 1 and 2000, not 0."),
        ({"risk_hours": [{"rule": "level", "hours": 9999}]}, "policy.risk_hours[0].hours must be between"),
        ({"value_steps": [{"amount": "-1", "hours": 4}]}, "policy.value_steps[0].amount must be an amount"),
        (
            {"value_steps": [{"amount": "5", "hours": 4}, {"amount": "5.0", "hours": 4}]},
            "policy.value_steps names 5 twice.",
        ),
        ({"most_hours": -1}, "policy.most_hours must be between 0 and 2000, not -1."),
        ({"regulated_industries": [""]}, "policy.regulated_industries holds an empty name."),
        ({"regulated_industries": [1]}, "policy.regulated_industries[0] must be str, not int."),
        ({"protected_fields": ["industry"]}, "policy.protected_fields holds 'industry'"),
        ({"review_every_days": 0}, "policy.review_every_days must be at least 1, not 0."),
    ],
)
def test_a_bad_document_is_refused_in_a_sentence(document: object, said: str) -> None:
    (problem,) = problems(document)
    assert problem.startswith(said)


def test_every_problem_is_named_at_once() -> None:
    assert len(problems({"outcomes_needed": 0, "most_hours": -1, "protected_fields": ["x"]})) == 3


def test_a_document_nobody_can_read_is_never_judged_by() -> None:
    with pytest.raises(Unreadable, match="does not know"):
        Policy.from_json({"surprise": True}, version=1)


def test_a_policy_may_name_one_more_industry() -> None:
    policy = replace(initial(), regulated_industries=("Retail",))
    assert found(facts(limits=limits_of(policy)), "regulated_industry") is not None
    assert found(facts(limits=limits_of(initial())), "regulated_industry") is None
