"""A large run of one workflow: a sample is decided by people before the rest goes on."""

from approvals.rules.facts import Facts
from approvals.rules.findings import NO_SETTING, Finding
from approvals.rules.vocabulary import Verdict
from approvals.rules.wording import quoted

# A run of more than so many stops, so many are drawn, and of these so many may be decided otherwise.
LARGEST_UNSAMPLED = 100
SAMPLE = 20
MOST_CHANGED = 1

# How a run stands, as Run.status has it, where something of it waits.
SAMPLING, STOPPED, PEOPLE = "sampling", "stopped", "people"


def run_sample(facts: Facts) -> Finding | None:
    """One of many under one name, of which a sample is with people, or was not good enough."""
    run = facts.run
    if run is None or run.status not in (SAMPLING, STOPPED, PEOPLE):
        return None
    if run.status == SAMPLING:
        sentence = (
            f"It is one of more than {LARGEST_UNSAMPLED} of the run {quoted(run.name)}: "
            f"{SAMPLE} drawn by chance are decided before the rest goes on."
        )
        otherwise = (
            f"It would not wait for this once {SAMPLE - MOST_CHANGED} of the {SAMPLE} stand unchanged."
        )
    else:
        sentence = f"Too many of the sample of the run {quoted(run.name)} were changed, so a person decides the rest."
        otherwise = NO_SETTING
    return Finding("run_sample", Verdict.QUEUE, sentence, otherwise)


def goes_on(*, sampled: int, closed: int, kept: int, grows: bool) -> bool | None:
    """Whether the rest goes on: True or False once that is certain, None while people still decide.

    `closed` of the `sampled` are over, `kept` of these were approved unchanged and stand. A smaller sample than it
    should be waits for more while it `grows`; where none will come, all of it must stand.
    """
    is_small = sampled < SAMPLE
    if closed - kept > (0 if is_small and not grows else MOST_CHANGED):
        return False
    if not sampled or closed < sampled or (is_small and grows):
        return None
    return True
