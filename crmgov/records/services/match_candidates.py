"""Pairs of records that may be one. Found by keys that have an index; judged by people, never merged here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from crmgov.records import registry
from crmgov.records.models import ImportRun, MatchCandidate
from crmgov.records.rules import identity_keys as keys
from crmgov.records.rules.identity_keys import Likeness
from crmgov.records.selectors.listed import listed

from .patches import Patch

# Pairs per new record and search.
MOST = 5
# A name that more than so many others have is no sign by itself, and is not looked through.
COMMON = 20


@dataclass(frozen=True, slots=True)
class _Search:
    """`by` is a condition with an index; `evidence` what must hold besides, the first that does is the reason.

    `n` is the new record, `o` another, `n_key` its exact key and `n_company` the domain of its e-mail, or "".
    `rare`: what more than COMMON others have in common by `by` is left alone.
    """

    by: str
    evidence: tuple[tuple[Likeness, str], ...]
    rare: bool = False


SAME_NAME = (
    "n.last_name <> '' AND n.first_name <> '' AND o.last_name = n.last_name AND o.first_name = n.first_name"
)
SEARCHES = {
    "contact": (
        _Search("n_key <> '' AND o.email = n_key AND o.email <> ''", ((keys.SAME_EMAIL, "true"),)),
        _Search(f"o.account_id = n.account_id AND {SAME_NAME}", ((keys.NAME_AND_ACCOUNT, "true"),)),
        _Search(
            SAME_NAME,
            (
                (keys.NAME_AND_PHONE, "n.phone <> '' AND o.phone = n.phone"),
                (keys.NAME_AND_DOMAIN, "n_company <> '' AND split_part(o.email, '@', 2) = n_company"),
            ),
            rare=True,
        ),
    ),
    "account": (
        _Search("n_key <> '' AND o.domain = n_key AND o.domain <> ''", ((keys.SAME_DOMAIN, "true"),)),
        _Search(
            "o.name = n.name",
            (
                (keys.NAME_AND_REGION, "n.region <> '' AND o.region = n.region"),
                (keys.SAME_NAME, "n.domain = '' OR o.domain = '' OR o.domain = n.domain"),
            ),
            rare=True,
        ),
    ),
}
# Sorted by a column without an index, so that the planner keeps to the index of the condition.
SQL = """
INSERT INTO {candidates} (record_type, left_id, right_id, reason, say, status, run_id, found_at)
SELECT %s, least(n.id, o.id), greatest(n.id, o.id), o.why[1], o.why[2], 'open', %s::uuid, %s::timestamptz
FROM unnest(%s::uuid[], %s::text[], %s::text[]) AS made (id, n_key, n_company)
JOIN {table} n ON n.id = made.id
CROSS JOIN LATERAL (
  SELECT o.id, CASE {reasons} END AS why FROM ({others}) o WHERE {evidence}
  ORDER BY o.created_at, o.id LIMIT {most}) o
ON CONFLICT (left_id, right_id) DO NOTHING
RETURNING reason"""
OTHERS = "SELECT o.* FROM {table} o WHERE {by} AND o.id <> n.id AND o.archived_at IS NULL"
FEW_OTHERS = (
    f"SELECT * FROM (SELECT o.*, count(*) OVER () AS many FROM ({OTHERS} LIMIT {COMMON + 1}) o) o "  # noqa: S608
    f"WHERE many <= {COMMON}"
)


def flag(
    record_type: str, made: Mapping[UUID, Mapping[str, Any]], *, run: ImportRun | None, at: datetime
) -> Counter[str]:
    """Pair records just made (id -> values) with present ones they resemble; return how many by reason.

    A few statements a batch; joins the caller's transaction. A pair that was there already is left as it is.
    """
    found: Counter[str] = Counter()
    if not made:
        return found
    arrays = [
        [str(key) for key in made],
        [keys.exact_key(record_type, values) for values in made.values()],
        [keys.company_of(values) for values in made.values()],
    ]
    with connection.cursor() as cursor:
        for search in SEARCHES.get(record_type, ()):
            said = [text for likeness, _ in search.evidence for text in (likeness.reason, likeness.say)]
            cursor.execute(
                _sql(record_type, search), [record_type, run.pk if run else None, at, *arrays, *said]
            )
            found.update(reason for (reason,) in cursor.fetchall())
    return found


def flag_made(patches: Iterable[Patch], *, at: datetime) -> None:
    """Pair records that patches made, by an agent or a person, like those of an import."""
    made: dict[str, dict[UUID, dict[str, Any]]] = {}
    for patch in patches:
        if patch.creates and patch.record_type in SEARCHES:
            values = {edit.field: edit.new for edit in patch.edits}
            made.setdefault(patch.record_type, {})[patch.record_id] = values
    for record_type, records in made.items():
        flag(record_type, records, run=None, at=at)


def present(record_type: str, wanted: Collection[str]) -> dict[str, list[UUID]]:
    """Return exact key -> the present records that have it; one query."""
    field, _ = keys.EXACT[record_type]
    rows = registry.model_of(record_type).objects.present()
    # Said twice, for the index leaves out what is empty and the planner cannot see that a long list does too.
    rows = rows.filter(**{f"{field}__in": listed(wanted, "text")}).exclude(**{field: ""})
    found: dict[str, list[UUID]] = {}
    for pk, key in rows.values_list("pk", field):
        found.setdefault(key, []).append(pk)
    return found


def _sql(record_type: str, search: _Search) -> str:
    table = registry.model_of(record_type)._meta.db_table
    others = FEW_OTHERS if search.rare else OTHERS
    return SQL.format(
        candidates=MatchCandidate._meta.db_table,
        table=table,
        reasons=" ".join(f"WHEN {holds} THEN ARRAY[%s, %s]" for _, holds in search.evidence),
        others=others.format(table=table, by=search.by),
        evidence=" OR ".join(f"({holds})" for _, holds in search.evidence),
        most=MOST,
    )
