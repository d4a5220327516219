"""10,000 and 100,000 distinct values into one field: the door against a bare statement of the same effect,
a plain UPDATE..FROM, and simple-history's helper (which writes no ledger). Every path starts from a list of
(id, old, new) and ends with its commit.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from simple_history.utils import bulk_update_with_history

from crmgov.kernel.ids import new_id
from crmgov.records.models import Account, ChangeSet
from crmgov.records.services import changes
from tests.bench.ground import accounts, vacuum
from tests.bench.rounds import alternate, report
from tests.world import NOW, hand_edit

Row = tuple[UUID, int, int]
COUNTS = (10_000, 100_000)

STAGED = """s AS MATERIALIZED (
  SELECT n, id, old, new, confidence FROM unnest(%s::uuid[], %s::int[], %s::int[], %s::numeric[])
         WITH ORDINALITY AS u(id, old, new, confidence, n))"""
HISTORY = [field.column for field in Account.history.model.tracked_fields]
BARE = f"""WITH {STAGED}
, fits AS MATERIALIZED (SELECT s.*, t.name FROM s JOIN records_account t USING (id)
    WHERE t.employees IS NOT DISTINCT FROM s.old AND t.archived_at IS NULL ORDER BY t.id FOR UPDATE OF t)
, done AS (UPDATE records_account t SET employees = f.new, updated_at = %s::timestamptz,
    provenance = t.provenance || jsonb_build_object('employees', jsonb_build_object(
      'source', 'bench', 'actor', 'human', 'label', 'A tester', 'at', %s::text))
    FROM fits f WHERE t.id = f.id RETURNING t.*, f.old AS f_old, f.confidence AS f_confidence)
, ledger AS (INSERT INTO records_fieldchange (change_set_id, record_type, record_id, record_label, team_id, field,
      old, new, old_label, new_label, source, confidence, verified, at, salt, commitment)
    SELECT %s::uuid, 'account', id, left(name, 300), team_id, 'employees', old, new, '', '', 'bench', f_confidence,
      false, %s::timestamptz, salt, sha256(salt || '\\x1f'::bytea || convert_to(coalesce(old::text, 'null'), 'UTF8')
                                        || '\\x1f'::bytea || convert_to(coalesce(new::text, 'null'), 'UTF8'))
    FROM (SELECT id, name, team_id, to_jsonb(f_old) AS old, to_jsonb(employees) AS new, f_confidence,
                 uuid_send(gen_random_uuid()) AS salt FROM done OFFSET 0) x)
, snapshot AS (INSERT INTO records_historicalaccount
      ({", ".join(HISTORY)}, history_date, history_type, change_set_id)
    SELECT {", ".join(HISTORY)}, %s::timestamptz, '~', %s::uuid FROM done)
, event AS (INSERT INTO records_recordevent (kind, record_type, record_id, change_set_id, fields, data, chain, at)
    SELECT 'changed', 'account', id, %s::uuid, ARRAY['employees'], '{{}}'::jsonb, ARRAY[]::uuid[], %s::timestamptz
    FROM done)
SELECT count(*) FROM done"""  # noqa: S608 (our own column names)
PLAIN = f"""WITH {STAGED}
UPDATE records_account t SET employees = s.new FROM s WHERE t.id = s.id"""  # noqa: S608


class Ground:
    """The accounts and what stands in them; each path moves the value on by one round."""

    def __init__(self, ids: list[UUID]) -> None:
        self.ids, self.base = ids, 0

    def rows(self) -> list[Row]:
        """Distinct values: position plus the round's base."""
        old, self.base = self.base, self.base + 1
        return [(r, n + old if old else 0, n + self.base) for n, r in enumerate(self.ids)]


def confidence(number: int) -> Decimal:
    return Decimal(number % 10_000).scaleb(-4)


def ours(rows: list[Row]) -> None:
    change_set = hand_edit()
    patches = [
        changes.Patch(
            change_set.id, "account", r, (changes.Edit("employees", old, new, "bench", confidence(new)),)
        )
        for r, old, new in rows
    ]
    with transaction.atomic():
        outcome = changes.apply(change_sets=[change_set], patches=patches, at=NOW)
    assert len(outcome.applied) == len(rows)


def _opened() -> UUID:
    change_set = ChangeSet.objects.create(
        id=new_id(), at=NOW, actor_type="human", actor_id="0", actor_label="A tester",
        authority="hand_edit", authority_id="test", authority_label="a test",
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('crmgov.change_set', %s, true)", [str(change_set.pk)])
    return change_set.pk


def _arrays(rows: list[Row]) -> list[str]:
    columns: list[list[Any]] = [
        [r for r, _, _ in rows],
        [old for _, old, _ in rows],
        [new for _, _, new in rows],
        [confidence(new) for _, _, new in rows],
    ]
    return ["{" + ",".join(map(str, column)) + "}" for column in columns]


def bare(rows: list[Row]) -> None:
    with transaction.atomic():
        cs, at = str(_opened()), NOW.isoformat()
        with connection.cursor() as cursor:
            cursor.execute(BARE, [*_arrays(rows), at, at, cs, at, at, cs, cs, at])
            assert cursor.fetchone() == (len(rows),)


def plain(rows: list[Row]) -> None:
    with transaction.atomic():
        _opened()
        with connection.cursor() as cursor:
            cursor.execute(PLAIN, _arrays(rows))


def helper(rows: list[Row]) -> None:
    wanted = {r: new for r, _, new in rows}
    with transaction.atomic():
        _opened()
        found = list(Account.objects.filter(pk__in=wanted))
        for account in found:
            account.employees = wanted[account.pk]
        bulk_update_with_history(found, Account, ["employees"], batch_size=1000)


def run() -> dict[str, Any]:
    results = []
    for count in COUNTS:
        ground = Ground(accounts(count))
        paths = {"ours": ours, "bare statement": bare, "plain UPDATE..FROM": plain}
        if count == 10_000:
            paths["bulk_update_with_history"] = helper

        def turn(path: Any, ground: Ground = ground) -> Any:
            def go(_: int) -> None:
                path(ground.rows())

            return go

        seconds = alternate({name: turn(path) for name, path in paths.items()})
        results.append(report(f"apply, {count:,} distinct values", seconds))
        vacuum()
    return {"bench": "apply", "results": results}
