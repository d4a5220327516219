"""The API for agents: `api.urls` is mounted at /api/v1/."""

from .root import api

__all__ = ["api"]
