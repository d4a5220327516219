"""A customer has left: after two quiet months a task for the owner and a message, neither of which runs by itself."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from crmgov.records.models.accounts import Lifecycle

from .kinds import CHANGED, Again, Answer, BuiltIn, Case, Terms, Trigger, message, task
from .letters import WIN_BACK

QUIET = timedelta(days=60)
LOOK = "win back"
# Below it a person's hour costs more than what comes back; in the account's own currency.
WORTH = Decimal(10_000)


class WinBack(BuiltIn):
    name = "win-back"
    version = "1"
    subject = "account"
    letters = (WIN_BACK,)
    needs = ("readers",)
    triggers = (Trigger(CHANGED, ("account",), fields=("lifecycle",)),)
    terms = Terms(
        trigger="Sixty days after an account worth 10,000 a year or more was marked churned.",
        record_types=("account", "contact"),
        actions=("send_message", "create_task"),
        reads=("account.lifecycle", "account.annual_value"),
        needs_history=True,
        minutes_saved=Decimal(15),
    )

    def propose(self, case: Case) -> Answer:
        account = case.record
        if account.lifecycle != Lifecycle.CHURNED or (account.annual_value or 0) < WORTH:
            return
        if case.moved("lifecycle"):
            yield Again(LOOK, case.at + QUIET)
        if LOOK not in case.woken:
            return
        reason = "It left two months ago and was worth the hour."
        if LOOK not in case.known.late_tasks:
            yield task(
                case,
                title=f"Call {account.name}: what would bring them back?",
                purpose=LOOK,
                due_on=case.in_days(5),
                reason=reason,
            )
        if case.known.reader is not None:
            yield message(WIN_BACK, case.known.reader, reason=reason)
