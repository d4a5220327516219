"""A deal moved: what is to be done in the new stage, and what that makes of the company."""

from __future__ import annotations

from collections.abc import Iterator

from crmgov.records.models import Stage

from .kinds import CHANGED, Answer, BuiltIn, Case, Step, Terms, Trigger, setting_of, task

# Lifecycles before the one that an open or a won deal speaks for, in their order.
BEFORE_OPEN = ("", "subscriber", "lead", "mql", "sql")
BEFORE_WON = (*BEFORE_OPEN, "opportunity")


class NextStep(BuiltIn):
    """A won deal's tasks are those of the onboarding."""

    name = "next-step"
    version = "1"
    subject = "opportunity"
    triggers = (Trigger(CHANGED, ("opportunity",), fields=("stage",)),)
    terms = Terms(
        trigger="The stage of an opportunity changes.",
        record_types=("opportunity", "account"),
        actions=("create_task", "set_fields"),
        reads=(
            "opportunity.stage",
            "opportunity.next_step",
            "opportunity.closed_reason",
            "account.lifecycle",
        ),
        writes=("account.lifecycle",),
    )

    def propose(self, case: Case) -> Answer:
        stage = case.record.stage
        if stage is None:
            return
        yield from _tasks(case, stage)
        yield from _lifecycle(case, stage)


def _tasks(case: Case, stage: Stage) -> Iterator[Step]:
    deal, relied = case.record, (("opportunity.stage", stage.name),)
    if (
        stage.kind == Stage.Kind.OPEN
        and (purpose := f"next step: {stage.name}"[:60]) not in case.known.late_tasks
    ):
        yield task(
            case,
            title=f"Agree on the next step of {deal} in {stage.name}",
            purpose=purpose,
            due_on=case.in_days(2),
            note=f"The last one was: {deal.next_step}" if deal.next_step else "",
            reason=f"The opportunity came to the stage {stage.name}.",
            relied=relied,
        )
    if stage.kind == Stage.Kind.LOST and not deal.closed_reason and "why lost" not in case.known.late_tasks:
        yield task(
            case,
            title=f"Write down why {deal} was lost",
            purpose="why lost",
            due_on=case.in_days(3),
            reason=f"The opportunity came to the stage {stage.name}, and no reason is on record.",
            relied=relied,
        )


def _lifecycle(case: Case, stage: Stage) -> Iterator[Step]:
    """Always a person's word (field contract): this only says what follows from the deal."""
    account = case.known.account
    if account is None:
        return
    said = {Stage.Kind.OPEN: ("opportunity", BEFORE_OPEN), Stage.Kind.WON: ("customer", BEFORE_WON)}
    lifecycle, before = said.get(Stage.Kind(stage.kind), ("", ()))
    if account.lifecycle in before:
        yield setting_of(
            "account",
            account,
            "lifecycle",
            lifecycle,
            reason=f"Its opportunity {case.record} came to the stage {stage.name}.",
        )
