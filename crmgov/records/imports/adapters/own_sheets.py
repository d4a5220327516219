"""Our own files: one per object, columns named like our fields. What a format has no table for goes out in them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import PurePath

from crmgov.records.imports.catalog import plan_of

from .sheets import Column, Sheet

PREFIX = "crmgov_"
# In this order references find what they name.
OBJECTS = (
    "teams", "users", "segments", "stages", "products", "exchange_rates", "accounts", "contacts", "leads",
    "opportunities", "buying_roles", "tickets", "tasks", "activities", "consents", "suppressions",
)  # fmt: skip
# The others are known by what they say: a name, a day and a currency, a person and a channel.
WITH_IDS = (
    "users", "accounts", "contacts", "leads", "opportunities", "buying_roles", "tickets", "tasks", "activities",
)  # fmt: skip
ID = "external_id"
HISTORY = f"{PREFIX}history"
HISTORY_HEADINGS = ("id", "record_type", "record", "field", "old", "new", "at", "by", "source")
# What we archived: for people to do the same at the source, and archived again when it comes back.
ARCHIVED = "archived_"
ARCHIVED_AT = "archived_at"


@cache
def own_sheet(name: str) -> Sheet:
    """Return the sheet of an object in our own headings."""
    columns = tuple(Column(field, field) for field in plan_of(name).fields)
    return Sheet(f"{PREFIX}{name}", name, (ID,) if name in WITH_IDS else (), columns)


@cache
def archived_sheet(name: str) -> Sheet:
    """Return the sheet of what was archived of an object."""
    usual = own_sheet(name)
    columns = (*usual.columns, Column(ARCHIVED_AT, value=ARCHIVED_AT))
    return replace(usual, file=f"{PREFIX}{ARCHIVED}{name}", columns=columns)


def object_of(file_name: str) -> str:
    """Return what a file of ours holds by its name: an object, `archived_` one, or "history"; "" for other files."""
    path = PurePath(file_name)
    name = path.stem.casefold().removeprefix(PREFIX)
    ours = path.stem.casefold().startswith(PREFIX) and path.suffix.casefold() == ".csv"
    known = {
        *OBJECTS,
        "history",
        *(f"{ARCHIVED}{one}" for one in WITH_IDS if one not in {"users", "activities"}),
    }
    return name if ours and name in known else ""
