"""Drawing by lot, fairly and in secret: a keyed hash of a thing's id.

The same for whoever has the key, unpredictable for whoever has not, so that nobody can behave well just where somebody
looks.
"""

from __future__ import annotations

import hashlib
import hmac

# HMAC-SHA-256 with a shorter key than this could be tried out.
SHORTEST_KEY_BYTES = 16


def lot(*, key: bytes, purpose: bytes, thing: str) -> float:
    """Evenly spread over 0 to 1, 1 excluded: the first 53 bits of the hash, as many as a float holds exactly.

    Lots of two purposes have nothing to do with each other. Raises ValueError for a key too short to be secret.
    """
    if len(key) < SHORTEST_KEY_BYTES:
        raise ValueError(f"The key of a draw needs {SHORTEST_KEY_BYTES} bytes or more.")
    digest = hmac.digest(key, purpose + thing.encode(), hashlib.sha256)
    return (int.from_bytes(digest[:8], "big") >> 11) * 2.0**-53
