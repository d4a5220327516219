"""A customer in trouble: use falls or stops, or tickets pile up. A tag so that lists show it, and a playbook."""

from __future__ import annotations

from scoring.rules import churn

from .kinds import CHANGED, CREATED, Answer, BuiltIn, Case, Terms, Trigger, tagging
from .playbooks import RECOVERY

TAG = "at risk"
# What they do, as scoring/rules/churn.py judges it per segment; how long ago anything was is no sign by itself.
SIGNS = frozenset({"escalation", "usage_stopped", "usage_falls", "many_tickets"})
CUSTOMERS = frozenset({"customer", "evangelist"})


class Risk(BuiltIn):
    name = "risk-detection"
    version = "2"
    subject = "account"
    triggers = (
        Trigger(CREATED, ("ticket",)),
        Trigger(CHANGED, ("ticket",), fields=("escalated", "priority", "account")),
        Trigger(CHANGED, ("account",), fields=("escalated",)),
    )
    needs = ("churn",)
    sweep = "customers"
    terms = Terms(
        trigger="A ticket of a customer comes or escalates; every night the use of all customers.",
        record_types=("account",),
        actions=("add_tag", "create_task"),
        reads=("account.segment", "account.lifecycle", "account.escalated", "account.tags"),
        writes=("account.tags",),
        metric="kept",
        sla_hours=8,
    )

    def propose(self, case: Case) -> Answer:
        known = case.known.churn
        if known is None or case.record.lifecycle not in CUSTOMERS:
            return
        signs = signs_of(known, case.known.segment)
        if not signs:
            return
        reason = " ".join(signs)
        yield from tagging(case, TAG, reason=reason)
        yield from RECOVERY.steps(case, reason=reason)


def signs_of(known: churn.ChurnFacts, segment: str) -> list[str]:
    """In sentences, most points first."""
    reasons = churn.assess(known, segment).reasons
    return [one.say for one in reasons if one.points > 0 and one.criterion in SIGNS]
