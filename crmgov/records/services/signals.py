"""News that a service gives without knowing who listens. `nudges.py` turns it into tasks after commit."""

from django.dispatch import Signal

# Arguments: import_id (UUID). An import waits to be checked.
check_asked = Signal()
# Arguments: import_id (UUID). An import was confirmed, or is to go on.
import_confirmed = Signal()
# Arguments: revert_id (int). A whole import is to be put back.
revert_confirmed = Signal()
# No arguments. An import was put back, and what it claimed against our values stands no more.
import_put_back = Signal()
