"""When a message that no server could take yet is tried again."""

from __future__ import annotations

from datetime import timedelta

# After the first, second … failure; then as after the last of these.
WAITS_MINUTES = (1, 5, 15, 60)
# So many tries in a row, about five and a half hours.
MOST_TRIES = 8


def wait_after(tries: int) -> timedelta | None:
    """Return how long to wait after so many tries in a row (at least one); None where it is given up."""
    if tries >= MOST_TRIES:
        return None
    return timedelta(minutes=WAITS_MINUTES[min(tries, len(WAITS_MINUTES)) - 1])
