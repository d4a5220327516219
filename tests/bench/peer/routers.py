"""Their data migrations name no connection; ours migrate as the owner."""

from __future__ import annotations

from django.db import models


class MigrateAsOwner:
    """Models as a migration sees them are reached as the owner; all others as ever."""

    def db_for_read(self, model: type[models.Model], **_: object) -> str | None:
        return "owner" if model.__module__ == "__fake__" else None

    db_for_write = db_for_read
