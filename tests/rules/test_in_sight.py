"""What the gate says of an account stays with those who see it, whatever rule says it."""

from dataclasses import replace
from decimal import Decimal

from approvals.rules import gate
from approvals.rules.custom_rules import CustomRule, Mode
from approvals.rules.facts import (
    Account,
    Barrier,
    Deal,
    Hold,
    Message,
    ReadTopic,
    Relied,
    Stake,
    Ticket,
    Trouble,
)
from approvals.rules.findings import Ref
from approvals.rules.in_sight import ABOUT_ACCOUNT, NOT_SEEN, told, without_account
from crmgov.kernel.money import Money

from .cases import facts, limits

SECRET = "Halden"
CUSTOM = CustomRule("watch", "account.strategic", f"Ask {SECRET}'s owner.", mode=Mode.ENFORCE)
# Everything that hangs on the account, and every rule that looks at it.
ALL_OF_IT = facts(
    account=Account(
        "a1",
        SECRET,
        strategic=True,
        regulated=True,
        escalated=True,
        industry=SECRET,
        relationships=(SECRET,),
        churned=True,
    ),
    stakes=(Stake("account", "a1", SECRET, Money(Decimal(900_000), "EUR"), Decimal(900_000)),),
    tickets=(Ticket("t1", SECRET, "urgent", True),),
    troubles=(Trouble("t2", SECRET, 3, True),),
    deal=Deal("o1", SECRET, 5, ("legal",)),
    hold=Hold("h1", "2026-12-24", SECRET, SECRET),
    relied=(Relied("account.industry", "Account industry", SECRET, f"{SECRET} Marine"),),
    message=Message(
        "prospecting",
        barriers=(
            Barrier("suppressed", f"{SECRET} is left alone."),
            Barrier("frequency_cap", f"{SECRET} had 4."),
        ),
        topics=("complaint", "pricing"),
        read_topics=(
            ReadTopic("complaint", Ref("ticket", "t3", SECRET), 43, 50),
            ReadTopic("legal", Ref("ticket", "t3", SECRET), by=SECRET),
        ),
        customer=True,
        open_deal=SECRET,
    ),
    limits=replace(limits(), custom_rules=(CUSTOM,)),
)
# They name no account, or what they say of it is a number.
NAMELESS = {"not_eligible", "score_conflicts_owner_view", "uncalibrated_segment", "high_value"}


def test_no_finding_tells_anything_of_an_account_that_the_reader_does_not_see() -> None:
    said = gate.judge(ALL_OF_IT).findings
    hidden = told(said, ALL_OF_IT)

    speaking = {one.rule for one in said if SECRET in f"{one.sentence} {one.evidence}"}
    assert speaking >= ABOUT_ACCOUNT - NAMELESS
    assert {"custom:watch", "stale_facts"} <= speaking
    assert [one.rule for one in hidden] == [one.rule for one in said], "that they are there is told"
    assert all(SECRET not in f"{one.sentence} {one.otherwise} {one.evidence}" for one in hidden)
    assert {one.sentence for one in hidden if one.rule in speaking} == {NOT_SEEN}


def test_nothing_of_it_is_left_in_the_facts() -> None:
    assert SECRET not in str(without_account(ALL_OF_IT).to_json()).replace(CUSTOM.sentence, "")
