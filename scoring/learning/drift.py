"""What has changed since the training, and which segments may no longer be trusted."""

from __future__ import annotations

from typing import Any

from .measures import Floats, Labels
from .tables import Table


def reference(table: Table, features: list[str], y: Labels, p: Floats, *, segment: str) -> dict[str, Any]:
    return {}
