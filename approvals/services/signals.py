"""News that a service gives without knowing who listens. `nudges.py` turns it into tasks after commit."""

from datetime import datetime

from django.dispatch import Signal

from approvals.models import Execution

# Arguments: execution_ids (list of UUID). An execution row was inserted in this transaction.
execution_made = Signal()
# Arguments: seconds (float). A message leaves when so many have passed.
message_due = Signal()
# Arguments: none. Records were written, so that open questions on them may have moved.
records_moved = Signal()
# Arguments: none. A policy draft was kept that nobody has replayed yet.
draft_kept = Signal()
# Arguments: none. Somebody said of an automatic action what it was worth, so that a cell may have fallen.
outcome_said = Signal()


def ring_for(execution: Execution, at: datetime) -> None:
    """Say that something waits in the outbox. Losing the ring costs seconds: the clock finds the row."""
    if execution.leaves:
        message_due.send_robust(sender=Execution, seconds=max(0.0, (execution.due_at - at).total_seconds()))
    else:
        execution_made.send_robust(sender=Execution, execution_ids=[execution.pk])
