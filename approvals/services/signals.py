"""News that a service gives without knowing who listens. `nudges.py` turns it into tasks after commit."""

from django.dispatch import Signal

# Arguments: execution_ids (list of UUID). An execution row was inserted in this transaction.
execution_made = Signal()
# Arguments: none. Records were written, so that open questions on them may have moved.
records_moved = Signal()
# Arguments: none. A policy draft was kept that nobody has replayed yet.
draft_kept = Signal()
