"""Which keeper takes the rows of which object."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from crmgov.records.imports.catalog import PARTS

from .import_batches import Context, Keeper
from .import_earlier import EarlierChangeKeeper
from .import_lists import ActivityKeeper, ListKeeper, SuppressionKeeper
from .import_parts import (
    ArchiveKeeper,
    DetailKeeper,
    LinkKeeper,
    MergedIdsKeeper,
    MergeKeeper,
    TagKeeper,
    TaskKeeper,
    UserTeamKeeper,
)
from .import_people import ConsentKeeper, UserKeeper
from .import_records import RecordKeeper

KEEPERS: dict[str, Callable[[Context], Any]] = {
    "users": UserKeeper,
    "activities": ActivityKeeper,
    "consents": ConsentKeeper,
    "suppressions": SuppressionKeeper,
    "tasks": TaskKeeper,
    "ticket_links": LinkKeeper,
    "opportunity_links": LinkKeeper,
    "task_links": LinkKeeper,
    "user_teams": UserTeamKeeper,
    "activity_details": DetailKeeper,
    "account_merges": MergeKeeper,
    "contact_merges": MergeKeeper,
    "opportunity_merges": MergeKeeper,
    "contact_merged_ids": MergedIdsKeeper,
    "lead_conversions": MergeKeeper,
    "contact_tags": TagKeeper,
    "earlier_changes": EarlierChangeKeeper,
    **dict.fromkeys((name for name in PARTS if name.startswith("archived_")), ArchiveKeeper),
}


def keeper_of(context: Context) -> Keeper:
    """Return what writes the rows of this run's object."""
    usual = RecordKeeper if context.plan.governed else ListKeeper
    keeper: Keeper = KEEPERS.get(context.plan.name, usual)(context)
    return keeper
