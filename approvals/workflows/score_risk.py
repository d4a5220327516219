"""A customer whose published score says that they may leave: a tag so that lists show it, and a playbook.

The line is where the model's own costs are lowest (the threshold of its card), and only a score of a calibrated
segment counts. It writes to nobody: what leads to a message is for a person, always.
"""

from __future__ import annotations

from decimal import Decimal

from approvals.selectors.scores_moved import STEP

from .kinds import CHANGED, Answer, BuiltIn, Case, Terms, Trigger, tagging
from .playbooks import RECOVERY
from .publish_scores import of_hundred

TAG = "at risk"
CUSTOMERS = frozenset({"customer", "evangelist"})


class ScoreRisk(BuiltIn):
    name = "score-risk"
    version = "1"
    subject = "account"
    triggers = (Trigger(CHANGED, ("account",), fields=("churn_score",)),)
    needs = ("score",)
    terms = Terms(
        trigger="The churn score of a customer was published at or above the line of its model's card.",
        record_types=("account",),
        actions=("add_tag", "create_task"),
        reads=("account.churn_score", "account.lifecycle", "account.tags"),
        writes=("account.tags",),
        metric="kept",
        sla_hours=8,
    )

    def propose(self, case: Case) -> Answer:
        found, held = case.known.score, case.record.churn_score
        if found is None or held is None or case.record.lifecycle not in CUSTOMERS:
            return
        line = found.threshold
        is_ours = abs(Decimal(held) - found.score.value) < STEP
        if line is None or not found.is_calibrated or not is_ours or held < line:
            return
        signs = [str(one["say"]) for one in found.score.reasons if float(one.get("points") or 0) > 0]
        reason = " ".join(
            [
                f"{of_hundred(held)} of 100 like this left; from {of_hundred(line)} on acting costs less than waiting.",
                *signs[:3],
            ]
        )
        relied = (("account.churn_score", str(held)),)
        yield from tagging(case, TAG, reason=reason)
        yield from RECOVERY.steps(case, reason=reason, relied=relied)
