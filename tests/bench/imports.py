"""100,000 contacts from a CSV file with every check, against COPY into the same tables plus the bare ledger insert.

The rows are those that our own import wrote: contact, snapshot, event and external id go in by COPY from text made
beforehand, the ledger by one INSERT .. SELECT that makes salt and commitment. The peer reads no file, checks
nothing, looks nothing up and remembers nothing; both start from an empty table of contacts and end with their commit.
"""

from __future__ import annotations

import csv
import resource
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from django.db import connection, connections, transaction

from crmgov.people.models import Role, User
from crmgov.records.models import Contact
from crmgov.records.services import imports
from tests.bench.rounds import alternate, report
from tests.world import NOW, a_user

SMALL, COUNT, ROUNDS = 10_000, 100_000, 3
COMPANIES = 1_000
HEADINGS = ["id", "account", "first name", "last name", "email", "phone", "title", "language", "time zone", "lifecycle",
            "lead score", "source", "owner", "Newsletter"]  # fmt: skip
# Written by COPY; the ledger is not.
COPIED = ("changeset", "contact", "historicalcontact", "recordevent", "externalid")
LEDGER = """
INSERT INTO records_fieldchange (change_set_id, record_type, record_id, record_label, team_id, field, old, new,
    old_label, new_label, source, confidence, verified, at, salt, commitment)
SELECT change_set_id, record_type, record_id, record_label, team_id, field, old, new, old_label, new_label, source,
    confidence, verified, at, salt, sha256(salt || '\\x1f'::bytea || convert_to(coalesce(old::text, 'null'), 'UTF8')
                                               || '\\x1f'::bytea || convert_to(coalesce(new::text, 'null'), 'UTF8'))
FROM (SELECT *, uuid_send(gen_random_uuid()) AS salt FROM bench_ledger OFFSET 0) AS rows"""
VALUES = (
    "change_set_id, record_type, record_id, record_label, team_id, field, old, new, old_label, new_label, source, "
    "confidence, verified, at"
)


def write(path: Path, count: int) -> Path:
    """A file as a CRM exports it: every field filled, e-mail addresses and names of their own."""
    with path.open("w", encoding="utf-8", newline="") as text:
        out = csv.writer(text)
        out.writerow(HEADINGS)
        for n in range(count):
            company = n % COMPANIES
            out.writerow([
                f"C-{n}", f"A-{company}", f"First{n % 977}", f"Last{n}",
                f"first{n % 977}.last{n}@company{company}.example",
                f"+4930{5_000_000 + n}", "Head of operations", "de", "Europe/Berlin", "lead", n % 100, "Web form",
                "bench.owner@crmgov.example", "weekly",
            ])  # fmt: skip
    return path


def take(path: Path, objects: str, admin: User) -> None:
    done = imports.run(
        source_name="bench", object_name=objects, path=path, mapping=None, confirmed_by=admin, at=NOW
    )
    assert not done.report.refused
    assert not done.report.reported, done.report.reported


def empty() -> None:
    """As before the first contact; database names starting with test_ may be emptied."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("DELETE FROM records_externalid WHERE kind = 'contact'")
        cursor.execute(
            "TRUNCATE records_contact, records_historicalcontact, records_recordevent, records_fieldchange, "
            "records_changeset, records_importrefusal CASCADE"
        )
        for table in ("externalid", "account", "importrun"):
            cursor.execute(f"VACUUM ANALYZE records_{table}")


class Peer:
    """What our import wrote, as text that COPY reads. Snapshots, events and ledger rows get new numbers."""

    def __init__(self) -> None:
        self.columns = {table: self._columns(table) for table in COPIED}
        self.texts = {table: self._read(table, self.columns[table]) for table in COPIED}
        self.ledger = self._read("fieldchange", VALUES.split(", "))

    def _columns(self, table: str) -> list[str]:
        """All but those the database fills: numbers of rows, and the transaction."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_name = %s "
                "AND is_identity = 'NO' AND column_name <> 'xact' ORDER BY ordinal_position",
                [f"records_{table}"],
            )
            return [name for (name,) in cursor.fetchall()]

    def _read(self, table: str, columns: Sequence[str]) -> list[bytes]:
        rows = f"SELECT {', '.join(columns)} FROM records_{table}{_of_contacts(table)}"  # noqa: S608
        with _raw() as cursor, cursor.copy(f"COPY ({rows}) TO STDOUT") as copy:
            return [bytes(block) for block in copy]

    def write(self) -> None:
        with transaction.atomic():
            for table in COPIED:
                self._copy(f"records_{table}", self.columns[table], self.texts[table])
                if table == "changeset":
                    _open_door()
            with connection.cursor() as cursor:
                cursor.execute(
                    f"CREATE TEMP TABLE bench_ledger ON COMMIT DROP AS SELECT {VALUES} FROM records_fieldchange LIMIT 0"  # noqa: S608
                )
            self._copy("bench_ledger", VALUES.split(", "), self.ledger)
            with connection.cursor() as cursor:
                cursor.execute(LEDGER)

    def _copy(self, table: str, columns: Sequence[str], text: list[bytes]) -> None:
        head = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
        with _raw() as cursor, cursor.copy(head) as copy:
            for block in text:
                copy.write(block)


def _of_contacts(table: str) -> str:
    return {
        "externalid": " WHERE kind = 'contact'",
        "recordevent": " WHERE record_type = 'contact'",
        "fieldchange": " WHERE record_type = 'contact'",
    }.get(table, "")


def _raw() -> Any:
    """A cursor of psycopg itself: Django's has no COPY."""
    connection.ensure_connection()
    return cast(Any, connection.connection).cursor()


def _open_door() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('crmgov.change_set', "
            "(SELECT id::text FROM records_changeset WHERE xact = pg_current_xact_id() LIMIT 1), true)"
        )


def _peak() -> float:
    """The most memory this process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run() -> dict[str, Any]:
    admin = a_user("Bench Admin", Role.ADMIN)
    a_user("Bench Owner", Role.ACCOUNT_MANAGER)
    with tempfile.TemporaryDirectory() as folder:
        accounts = Path(folder) / "accounts.csv"
        accounts.write_text("id,name\n" + "".join(f"A-{n},Company {n}\n" for n in range(COMPANIES)))
        take(accounts, "accounts", admin)
        empty()
        people = write(Path(folder) / "people.csv", COUNT)
        memory = _memory(Path(folder), people, admin)
        peer = Peer()

        seconds = alternate(
            {
                "ours": lambda _: take(people, "contacts", admin),
                "COPY + bare ledger": lambda _: peer.write(),
            },
            ROUNDS,
            before=empty,
        )
    found = report(f"import, {COUNT:,} contacts of {len(HEADINGS) - 1} columns", seconds)
    rate = 1 / found["ours_over"]["COPY + bare ledger"]
    print(f"  ours has {rate:.2f} of its rate; at least 0.25 is wanted")
    return {"bench": "import", "results": [{**found, "rate_of_copy": round(rate, 3), **memory}]}


def _memory(folder: Path, people: Path, admin: User) -> dict[str, float]:
    """Peak memory after a tenth of the rows and after all of them; the file is in no memory at any time."""
    take(write(folder / "few.csv", SMALL), "contacts", admin)
    small = _peak()
    empty()
    take(people, "contacts", admin)
    assert Contact.objects.count() == COUNT
    large = _peak()
    print(
        f"\npeak memory {small:.0f} MB after {SMALL:,} rows, {large:.0f} MB after {COUNT:,}: {large - small:+.0f} MB"
    )
    return {"peak_mb_small": round(small, 1), "peak_mb": round(large, 1)}
