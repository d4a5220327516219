"""Adding to what a list holds: from "put these on it" to the change the door makes of it. A door verb."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from uuid import UUID

from crmgov.records import registry

from .patches import Edit, Patch


def widening(patches: Sequence[Patch]) -> list[Patch]:
    """Each patch from what its lists hold now to that and what its edits add; without those that add nothing.

    Locks the records in the order of their ids. Of several patches of one record each begins where the one before
    it ends.
    """
    lists = dict(_held(patches))
    found = []
    for patch in patches:
        edits = [_widened(patch, edit, lists) for edit in patch.edits]
        if edits := [edit for edit in edits if edit.old != edit.new]:
            found.append(replace(patch, edits=tuple(edits)))
    return found


def _held(patches: Sequence[Patch]) -> Iterator[tuple[tuple[UUID, str], list[str]]]:
    for record_type in registry.MODELS:
        asked = {patch.record_id: patch for patch in patches if patch.record_type == record_type}
        fields = {edit.field for patch in patches if patch.record_type == record_type for edit in patch.edits}
        if not asked:
            continue
        rows = registry.model_of(record_type)._default_manager.filter(pk__in=asked)
        for record in rows.select_for_update(of=("self",)).order_by("pk"):
            yield from (((record.pk, field), list(registry.get(record, field))) for field in fields)


def _widened(patch: Patch, edit: Edit, lists: dict[tuple[UUID, str], list[str]]) -> Edit:
    key = (patch.record_id, edit.field)
    old = lists.get(key, [])
    lists[key] = sorted({*old, *edit.new})
    return replace(edit, old=old, new=lists[key] if set(edit.new) - set(old) else old)
