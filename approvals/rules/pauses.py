"""Kill switches."""

from approvals.rules.facts import Facts, Pause
from approvals.rules.findings import Finding
from approvals.rules.vocabulary import PauseScope, Verdict
from approvals.rules.wording import clean, listed, quoted


def paused(facts: Facts) -> Finding | None:
    """Somebody stopped this workflow, this agent, this action or everything."""
    if not facts.pauses:
        return None
    said = [_said(pause) for pause in facts.pauses]
    lifted = "the pause is lifted" if len(said) == 1 else "the pauses are lifted"
    sentence = f"{listed(said)}."
    return Finding(
        "paused", Verdict.BLOCK, sentence[:1].upper() + sentence[1:], f"Propose again once {lifted}."
    )


def _said(pause: Pause) -> str:
    what = {
        PauseScope.WORKFLOW: f"the workflow {quoted(pause.label)} is paused",
        PauseScope.AGENT: f"the agent {quoted(pause.label)} is paused",
        PauseScope.ACTION: f"the action {quoted(pause.label)} is paused",
        PauseScope.ALL: "all AI is paused",
    }[pause.scope]
    return f"{what} ({clean(pause.reason, 200)})" if clean(pause.reason) else what
