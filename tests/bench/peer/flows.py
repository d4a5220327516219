"""Start, a person's review, apply, end: the least that approves and applies. No gate, digest, ledger or rights."""

from __future__ import annotations

from typing import Any

from viewflow import this
from viewflow.workflow import flow
from viewflow.workflow.flow import views

from .models import PeerAccount, SetEmployees


class ReviewFlow(flow.Flow):
    """Set the number of employees"""

    process_class = SetEmployees

    start = flow.StartHandle(this.begin).Next(this.review)
    review = (
        flow.View(views.UpdateProcessView.as_view(fields=[]))
        .Annotation(
            title="Review",
            summary_template="{{ process.name }}: employees {{ process.seen }} to {{ process.proposed }}",
        )
        .Next(this.apply)
    )
    apply = flow.Function(this.write).Next(this.end)
    end = flow.End()

    def begin(self, activation: Any, account: PeerAccount, proposed: int) -> Any:
        process = activation.process
        process.account, process.name = account.pk, account.name
        process.seen, process.proposed = account.employees, proposed
        return process

    def write(self, activation: Any) -> None:
        process = activation.process
        PeerAccount.objects.filter(pk=process.account).update(employees=process.proposed)
