"""A contract ends soon: behavior first. In trouble, somebody talks to them a quarter ahead; without any sign the date
itself is reason enough a month ahead.
"""

from __future__ import annotations

from scoring.rules import churn

from .kinds import CHANGED, CREATED, Answer, BuiltIn, Case, Terms, Trigger, task
from .risk import CUSTOMERS, SIGNS

# What they do or leave, and what their owner thinks.
BEHAVIOR = SIGNS | {"quiet", "owner_at_risk"}
WINDOW_DAYS, DATE_ALONE_DAYS = 90, 30


class Renewal(BuiltIn):
    name = "renewal-prompts"
    version = "1"
    subject = "account"
    triggers = (
        Trigger(CHANGED, ("account",), fields=("renewal_date", "escalated", "owner_view")),
        Trigger(CREATED, ("ticket",)),
    )
    needs = ("churn",)
    sweep = "renewing"
    terms = Terms(
        trigger=f"A customer renews within {WINDOW_DAYS} days and behaves as if they might not; {DATE_ALONE_DAYS} days "
        "ahead in any case. Looked at when something moves, and every night.",
        record_types=("account",),
        actions=("create_task",),
        reads=("account.renewal_date", "account.segment", "account.lifecycle", "account.owner_view"),
        metric="kept",
    )

    def propose(self, case: Case) -> Answer:
        known, due = case.known.churn, case.record.renewal_date
        if known is None or due is None or case.record.lifecycle not in CUSTOMERS:
            return
        left, purpose = (due - case.today).days, f"renewal {due.isoformat()}"
        if not 0 <= left <= WINDOW_DAYS or purpose in case.known.late_tasks:
            return
        said = [
            one.say
            for one in churn.assess(known, case.known.segment).reasons
            if one.points > 0 and one.criterion in BEHAVIOR
        ]
        relied = (("account.renewal_date", due.isoformat()),)
        when = f"It renews in {left} days." if left != 1 else "It renews tomorrow."
        if said:
            yield task(
                case,
                title=f"Talk to {case.record} before it renews",
                purpose=purpose,
                due_on=case.in_days(1),
                note="\n".join(said),
                reason=f"{when} {' '.join(said)}",
                relied=relied,
            )
        elif left <= DATE_ALONE_DAYS:
            yield task(
                case,
                title=f"Prepare the renewal of {case.record}",
                purpose=purpose,
                due_on=case.in_days(3),
                reason=f"{when} Nothing they do points to trouble.",
                relied=relied,
            )
