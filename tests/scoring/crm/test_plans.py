"""A chunk reads its own activities and nobody else's."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.db import connection, transaction

from scoring.features.schema import statement
from scoring.features.subjects import SUBJECTS
from scoring.selectors import features
from tests.world import NOW, create

pytestmark = pytest.mark.django_db
# Many that belong to others: the more of them, the surer a plan that reads them all is seen.
OTHERS = """
INSERT INTO records_activity (id, kind, account_id, occurred_at, recorded_at, subject, body, by, currency, data)
SELECT gen_random_uuid(), 'login', (%(ids)s::uuid[])[1 + n %% cardinality(%(ids)s::uuid[])],
  %(at)s::timestamptz - random() * interval '360 days', %(at)s, repeat('x', 200), '', '', '', '{}'
FROM generate_series(1, 40000) n"""


def plan(ids: list[UUID]) -> str:
    with transaction.atomic(), connection.cursor() as cursor:
        for name, value in features.SETTINGS:
            cursor.execute("SELECT set_config(%s, %s, true)", [name, value])
        cursor.execute("EXPLAIN " + statement(SUBJECTS["churn"]), {"ids": ids, "cuts": [NOW] * len(ids)})
        return "\n".join(row[0] for row in cursor.fetchall())


def test_no_chunk_reads_the_whole_timeline() -> None:
    ids = [create("account", name=f"Account {number}") for number in range(40)]
    with connection.cursor() as cursor:
        cursor.execute(OTHERS, {"ids": ids, "at": NOW})
        cursor.execute("ANALYZE records_activity")
        cursor.execute("ANALYZE records_account")

    found = plan(ids[:2])

    assert "activity_for_scores" in found
    assert "Seq Scan on records_activity" not in found
