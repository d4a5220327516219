"""Of a large run a sample is decided first; nineteen of twenty unchanged let the rest go on."""

import pytest

from approvals.rules import gate
from approvals.rules.facts import InRun
from approvals.rules.sampling import goes_on
from approvals.rules.vocabulary import Outcome
from tests.rules.cases import facts, found, sentence


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("open", Outcome.APPROVED),
        ("going_on", Outcome.APPROVED),
        ("sampling", Outcome.QUEUED),
        ("stopped", Outcome.QUEUED),
        ("people", Outcome.QUEUED),
    ],
)
def test_nothing_of_a_run_runs_by_itself_while_its_sample_is_out_or_was_not_good_enough(
    status: str, outcome: Outcome
) -> None:
    assert gate.judge(facts(run=InRun("night", status))).outcome is outcome


def test_it_says_what_it_waits_for() -> None:
    waiting = facts(run=InRun("night", "sampling"))
    assert sentence(waiting, "run_sample") == (
        "It is one of more than 100 of the run “night”: 20 drawn by chance are decided before the rest goes on."
    )
    finding = found(waiting, "run_sample")
    assert finding is not None
    assert finding.otherwise == "It would not wait for this once 19 of the 20 stand unchanged."
    stopped = sentence(facts(run=InRun("night", "people")), "run_sample")
    assert stopped == "Too many of the sample of the run “night” were changed, so a person decides the rest."


@pytest.mark.parametrize(
    ("closed", "kept", "verdict"),
    [
        (0, 0, None),
        (19, 19, None),
        (20, 20, True),
        (20, 19, True),
        (20, 18, False),
        (5, 4, None),
        (5, 3, False),
    ],
)
def test_it_goes_on_with_nineteen_of_twenty_and_stops_with_the_second_that_was_changed(
    closed: int, kept: int, verdict: bool | None
) -> None:
    for grows in (True, False):
        assert goes_on(sampled=20, closed=closed, kept=kept, grows=grows) is verdict


@pytest.mark.parametrize(
    ("sampled", "closed", "kept", "grows", "verdict"),
    [
        (0, 0, 0, True, None),
        (0, 0, 0, False, None),
        (1, 1, 1, True, None),
        (1, 1, 0, True, None),
        (2, 2, 0, True, False),
        (19, 19, 19, True, None),
        (1, 1, 1, False, True),
        (1, 1, 0, False, False),
        (19, 18, 18, False, None),
        (19, 19, 19, False, True),
        (19, 19, 18, False, False),
    ],
)
def test_a_smaller_sample_waits_for_more_and_where_none_will_come_all_of_it_must_stand(
    sampled: int, closed: int, kept: int, grows: bool, verdict: bool | None
) -> None:
    assert goes_on(sampled=sampled, closed=closed, kept=kept, grows=grows) is verdict
