"""What the account is to us, and what goes on there."""

from dataclasses import replace

import pytest

from approvals.rules import gate
from approvals.rules.facts import Hold, Ticket
from approvals.rules.vocabulary import Verdict

from .cases import NORDWIND, facts, found, limits, sentence


@pytest.mark.parametrize(
    ("strategic", "segments", "raised"),
    [(False, (), False), (True, (), True), (False, ("mid",), True), (False, ("enterprise",), False)],
)
def test_a_strategic_account(strategic: bool, segments: tuple[str, ...], raised: bool) -> None:
    given = facts(account=replace(NORDWIND, strategic=strategic), limits=limits(strategic_segments=segments))
    finding = found(given, "strategic_account")
    assert (finding is not None) is raised
    if finding:
        assert finding.evidence[0].id == "a1"


@pytest.mark.parametrize(
    ("marked", "industry", "said"),
    [
        (False, "Retail", None),
        (False, "", None),
        (True, "Retail", "Nordwind GmbH is marked as a regulated business."),
        (False, " bANKING ", "Nordwind GmbH is in “bANKING”, which the policy names as regulated."),
        (False, "Bank", None),
    ],
)
def test_a_regulated_industry(marked: bool, industry: str, said: str | None) -> None:
    given = facts(account=replace(NORDWIND, regulated=marked, industry=industry))
    finding = found(given, "regulated_industry")
    assert (finding.sentence if finding else None) == said


def test_an_empty_name_in_the_list_does_not_catch_accounts_without_industry() -> None:
    given = facts(account=replace(NORDWIND, industry=""), limits=limits(regulated_industries=("", " ")))
    assert found(given, "regulated_industry") is None


def test_an_escalation_on_the_account_or_on_a_ticket() -> None:
    quiet = (Ticket("t1", "Slow login"),)
    loud = (Ticket("t2", "Data lost", escalated=True),)
    assert found(facts(tickets=quiet), "escalated") is None
    assert sentence(facts(tickets=loud), "escalated") == "Escalated ticket “Data lost” is open."
    both = facts(account=replace(NORDWIND, escalated=True), tickets=quiet + loud)
    finding = found(both, "escalated")
    assert finding is not None
    assert finding.sentence == "Nordwind GmbH is escalated and escalated ticket “Data lost” is open."
    assert [(ref.kind, ref.id) for ref in finding.evidence] == [("account", "a1"), ("ticket", "t2")]


def test_open_tickets_are_named_up_to_three_and_all_linked() -> None:
    assert found(facts(), "active_ticket") is None
    assert sentence(facts(tickets=(Ticket("t1", "Slow login"),)), "active_ticket") == (
        "Ticket “Slow login” is open."
    )
    many = tuple(Ticket(f"t{n}", f"Problem {n}") for n in range(5))
    finding = found(facts(tickets=many), "active_ticket")
    assert finding is not None
    assert finding.sentence == "Tickets “Problem 0”, “Problem 1”, “Problem 2” and 2 more are open."
    assert len(finding.evidence) == 5


def test_a_hold_says_who_until_when_and_why() -> None:
    assert found(facts(), "account_hold") is None
    given = facts(hold=Hold("h1", "2026-12-01", "Ann Lee", "Contract talks"))
    finding = found(given, "account_hold")
    assert finding is not None
    assert finding.verdict is Verdict.QUEUE
    assert finding.sentence == "Ann Lee put Nordwind GmbH on hold until 2026-12-01: “Contract talks”."


def test_without_an_account_nothing_is_said_about_one() -> None:
    assert gate.judge(facts(account=None)).findings == ()


def test_high_risk_is_a_finding_of_the_design_and_not_every_finding() -> None:
    assert gate.judge(facts(account=replace(NORDWIND, strategic=True))).high_risk
    assert not gate.judge(facts(tickets=(Ticket("t1", "Slow login"),))).high_risk
