"""A deal is won: the tasks with which a customer begins."""

from __future__ import annotations

from datetime import timedelta

from crmgov.records.models import Stage

from .kinds import CHANGED, CREATED, Answer, BuiltIn, Case, Terms, Trigger
from .playbooks import ONBOARDING

# A deal that closed longer ago was onboarded by somebody, or comes from the history of another CRM.
LATELY = timedelta(days=30)


class Onboarding(BuiltIn):
    name = "onboarding-start"
    version = "1"
    subject = "opportunity"
    triggers = (
        Trigger(CHANGED, ("opportunity",), fields=("stage",)),
        Trigger(CREATED, ("opportunity",)),
    )
    terms = Terms(
        trigger="An opportunity comes to a stage that is won, and it closed within the last 30 days.",
        record_types=("opportunity",),
        actions=("create_task",),
        reads=("opportunity.stage", "opportunity.close_date", "opportunity.owner", "account.owner"),
        metric="hours",
    )

    def propose(self, case: Case) -> Answer:
        deal = case.record
        if not case.moved("stage") or deal.stage is None or deal.stage.kind != Stage.Kind.WON:
            return
        if deal.close_date is not None and deal.close_date < case.today - LATELY:
            return
        reason = f"The opportunity came to the stage {deal.stage.name}, which is won."
        yield from ONBOARDING.steps(case, reason=reason, relied=(("opportunity.stage", deal.stage.name),))
