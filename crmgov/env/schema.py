"""What state the database is in, asked without Django: a start with nothing to do should not pay for it."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from crmgov.env.environment import CHECKOUT

OWN_APPS = {
    "people": "crmgov/people",
    "records": "crmgov/records",
    "scoring": "scoring",
    "approvals": "approvals",
}


@dataclass(frozen=True, slots=True)
class Schema:
    """A reading of the database behind `dsn`."""

    dsn: str

    def is_current(self) -> bool:
        """True when every migration of ours is applied (other packages': see `fingerprint`)."""
        with psycopg.connect(self.dsn) as connection:
            if connection.execute("SELECT to_regclass('django_migrations')").fetchone() == (None,):
                return False
            applied = {
                (app, name) for app, name in connection.execute("SELECT app, name FROM django_migrations")
            }
        return {(app, file.stem) for app, file in _migrations()} <= applied

    def has_people(self) -> bool:
        return self._any("SELECT EXISTS (SELECT FROM people_user)")

    def has_admin(self) -> bool:
        return self._any("SELECT EXISTS (SELECT FROM people_user WHERE role = 'admin' AND is_active)")

    def _any(self, question: str) -> bool:
        with psycopg.connect(self.dsn) as connection:
            row = connection.execute(question.encode()).fetchone()
        return bool(row and row[0])


def _migrations() -> Iterator[tuple[str, Path]]:
    for app, folder in OWN_APPS.items():
        for file in sorted((CHECKOUT / folder / "migrations").glob("[0-9]*.py")):
            yield app, file


def fingerprint() -> str:
    """Changes with our migrations, and with the requirements, which bring other packages' migrations."""
    digest = hashlib.sha256((CHECKOUT / "requirements" / "base.txt").read_bytes())
    for _app, file in _migrations():
        digest.update(file.read_bytes())
    return digest.hexdigest()
