"""Where a record is now, which for a moment is not where its open questions were put: they follow it (X1)."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from approvals.models import Suggestion
from crmgov.records import registry


def teams_now(suggestions: Iterable[Suggestion]) -> dict[UUID, set[int]]:
    """Suggestion -> the teams one must be in to look at it: its own, and its record's as it is now.

    One query per type of record. What belongs to no team is everybody's.
    """
    about = list(suggestions)
    now: dict[UUID, int | None] = {}
    for record_type in {one.record_type for one in about}:
        ids = {one.record_id for one in about if one.record_type == record_type and one.record_id}
        rows = registry.model_of(record_type)._default_manager.filter(pk__in=ids)
        now.update(rows.values_list("pk", "team_id") if ids else ())
    return {
        one.pk: {team for team in (one.team_id, now.get(one.record_id or one.pk)) if team is not None}
        for one in about
    }


def team_of(suggestion: Suggestion) -> int | None:
    """The team of the record it is about, or of the account that a new record will hang on."""
    record_type, key = suggestion.record_type, suggestion.record_id
    if key is None:
        record_type, key = "account", suggestion.account_id
    if key is None:
        return suggestion.team_id
    rows = registry.model_of(record_type)._default_manager.filter(pk=key)
    found = list(rows.values_list("team_id", flat=True))
    return found[0] if found else suggestion.team_id
