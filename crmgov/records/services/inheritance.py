"""What hangs on an account takes its team (DESIGN §4), and the ledger says so."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db import connection

from crmgov.records import registry
from crmgov.records.models import Account, Contact, Opportunity, Ticket
from crmgov.records.models.governed import Governed

from .patches import INHERITED, Edit, Patch

TEAM = "team"
# In this order: the first parent that is named and has a team gives it.
PARENTS: dict[str, tuple[tuple[str, type[Governed]], ...]] = {
    "contact": (("account", Account),),
    "opportunity": (("account", Account),),
    "buying_role": (("opportunity", Opportunity),),
    "ticket": (("account", Account), ("contact", Contact)),
    "task": (
        ("account", Account),
        ("opportunity", Opportunity),
        ("contact", Contact),
        ("ticket", Ticket),
    ),
}

# What hangs on a record: id, team, and of each of its parents id and team.
Hanging = tuple[UUID, int | None, list[tuple[UUID | None, int | None]]]


def with_team(record_type: str, patches: Sequence[Patch]) -> list[Patch]:
    """Return the creating patches with the team of what they hang on, where none is named."""
    teams = _teams(record_type, patches)
    return [_completed(record_type, patch, teams) for patch in patches]


def followers(moved: Sequence[Patch], settled: Collection[UUID]) -> list[Patch]:
    """Return the patches that bring into the new team what hangs on a record that moved, or was hung elsewhere.

    They belong to the change set that moved it. What that change named a team for (`settled`) stays as named, and
    what had another team than its parent before keeps it.
    """
    found: dict[UUID, Patch] = {}
    for patch in (*_hung_elsewhere(moved), *_left_behind(moved)):
        if patch.record_id not in settled:
            found.setdefault(patch.record_id, patch)
    return list(found.values())


def names_team(patch: Patch) -> bool:
    """Whether the patch says the team itself."""
    return any(edit.field == TEAM for edit in patch.edits)


def _hung_elsewhere(moved: Sequence[Patch]) -> Iterator[Patch]:
    for record_type, parents in PARENTS.items():
        fields = {field for field, _ in parents}
        mine = {
            patch.record_id: patch.change_set
            for patch in moved
            if patch.record_type == record_type
            and not patch.creates
            and any(edit.field in fields for edit in patch.edits)
        }
        for key, team, above in _hanging(record_type, "pk", mine):
            new = _first(above)
            if new not in (None, team):
                yield _follow(mine[key], record_type, key, team, new)


def _left_behind(moved: Sequence[Patch]) -> Iterator[Patch]:
    moves = {
        patch.record_id: (edit.old, patch.change_set)
        for patch in moved
        for edit in patch.edits
        if edit.field == TEAM and not patch.creates
    }
    if not moves:
        return
    types = {patch.record_type for patch in moved}
    for record_type, parents in PARENTS.items():
        for place, (field, model) in enumerate(parents):
            if registry.type_of(model) not in types:
                continue
            for key, team, above in _hanging(record_type, field, moves):
                parent = above[place][0]
                old, change_set = moves[parent] if parent is not None else (None, None)
                new = _first(above)
                if change_set is not None and team == old and new != team:
                    yield _follow(change_set, record_type, key, team, new)


def _hanging(record_type: str, field: str, keys: Collection[UUID]) -> Iterator[Hanging]:
    """The rows that name one of the keys, locked in the order of their ids."""
    if not keys:
        return
    names = [part for parent, _ in PARENTS[record_type] for part in (f"{parent}_id", f"{parent}__team_id")]
    rows = registry.model_of(record_type)._default_manager.filter(**{f"{field}__in": keys}).order_by("pk")
    list(rows.select_for_update(of=("self",)).values_list("pk"))
    for key, team, *above in rows.values_list("pk", "team_id", *names):
        yield key, team, list(zip(above[::2], above[1::2], strict=True))


def _follow(change_set: UUID, record_type: str, key: UUID, old: int | None, new: int | None) -> Patch:
    return Patch(change_set, record_type, key, (Edit(TEAM, old, new, INHERITED),))


def _first(above: Iterable[tuple[UUID | None, int | None]]) -> int | None:
    return next((team for _, team in above if team is not None), None)


def _completed(record_type: str, patch: Patch, teams: dict[str, int | None]) -> Patch:
    if names_team(patch):
        return patch
    given = {edit.field: edit.new for edit in patch.edits}
    parents = (given.get(field) for field, _ in PARENTS.get(record_type, ()))
    team = next((teams[str(key)] for key in parents if key and teams.get(str(key))), None)
    return patch if team is None else replace(patch, edits=(*patch.edits, Edit(TEAM, None, team, INHERITED)))


def _teams(record_type: str, patches: Sequence[Patch]) -> dict[str, int | None]:
    """Return id of a parent -> its team; one query per kind of parent.

    The parents are locked as the foreign keys are about to lock them anyway: one that is just moving is waited for.
    """
    teams: dict[str, int | None] = {}
    for field, model in PARENTS.get(record_type, ()):
        keys: set[Any] = {e.new for p in patches for e in p.edits if e.field == field and e.new}
        if keys:
            found = model._default_manager.filter(pk__in=keys).order_by("pk").values_list("pk", "team_id")
            sql, params = found.query.sql_with_params()
            with connection.cursor() as cursor:
                cursor.execute(f"{sql} FOR KEY SHARE", params)
                teams.update({str(key): team for key, team in cursor.fetchall()})
    return teams
