"""News that a service gives without knowing who listens. `nudges.py` turns it into tasks after commit."""

from django.dispatch import Signal

# Arguments: training_id (UUID). A training was asked for.
training_asked = Signal()
# Arguments: run_id (UUID). Records are to be scored.
run_started = Signal()
