"""A page in one of its moods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class State:
    """What to open; with `post` a form sends that to `path`, as a page would. `anonymous` is signed out."""

    name: str
    path: str
    post: dict[str, Any] | None = None
    status: int = 200
    anonymous: bool = False
