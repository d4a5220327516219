"""One byte form for one meaning (RFC 8785), so that a digest made twice is the same."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID

import rfc8785

# Unit separator between the parts of a commitment; it cannot occur in canonical JSON.
SEPARATOR = b"\x1f"
# RFC 8785 knows the integers of IEEE 754 doubles only; a larger one travels as text.
LARGEST_INTEGER = 2**53 - 1


def plain(value: Any) -> Any:
    """Return `value` with dates, decimals and ids as JSON scalars; decimals become strings, never floats."""
    match value:
        case None | bool() | str():
            return value
        case int():
            return value if abs(value) <= LARGEST_INTEGER else str(value)
        case float():
            return repr(value)
        case Decimal():
            return format(value, "f")
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="microseconds")
        case date():
            return value.isoformat()
        case UUID():
            return str(value)
        case dict():
            return {str(key): plain(inner) for key, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(inner) for inner in value]
    return str(value)


def canonical(value: Any) -> bytes:
    """Return the RFC 8785 bytes of `value`."""
    return rfc8785.dumps(plain(value))


def digest(value: Any) -> str:
    """Return the SHA-256 of the canonical bytes, as 64 hex digits."""
    return sha256(canonical(value)).hexdigest()


def commitment(salt: bytes, old: Any, new: Any) -> bytes:
    """Return sha256(salt ‖ canonical old ‖ canonical new), as the ledger stores it (DESIGN §4).

    The parts are joined by SEPARATOR so that moving a byte from one value to the other changes the sum.
    """
    return sha256(salt + SEPARATOR + canonical(old) + SEPARATOR + canonical(new)).digest()
