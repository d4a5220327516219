"""Identifiers: UUIDv7 (RFC 9562), so that keys made later sort later and indexes stay dense."""

from __future__ import annotations

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """Return a new UUIDv7."""
    return uuid7()
