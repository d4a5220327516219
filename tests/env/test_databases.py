"""Two starts at once over an empty folder make one server with one set of roles and databases."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from crmgov.env import folders, postgres
from crmgov.env.databases import APP, BROKER, dsn
from tests.architecture.sources import CHECKOUT

ENSURE = "from crmgov.env import databases, environment; databases.ensure(environment.read())"
OWNERS = "SELECT datname, datdba::regrole::text FROM pg_database WHERE datname LIKE 'crmgov%' ORDER BY 1"


@pytest.fixture
def home() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="crmgov-test-"))
    made.chmod(0o711)
    yield made
    postgres.stop(folders.find(made))
    shutil.rmtree(made, ignore_errors=True)


def test_three_processes_at_once(home: Path) -> None:
    given = {"CRMGOV_HOME": str(home), "PATH": "/usr/bin:/bin"}
    starts = [subprocess.Popen([sys.executable, "-c", ENSURE], cwd=CHECKOUT, env=given) for _ in range(3)]

    assert [start.wait(timeout=600) for start in starts] == [0, 0, 0]

    with psycopg.connect(dsn(folders.find(home), APP, BROKER)) as broker:
        assert broker.execute(OWNERS).fetchall() == [
            ("crmgov", "crmgov_owner"),
            ("crmgov_broker", "crmgov_app"),
        ]
        assert broker.execute("SELECT count(*) FROM pgmq.meta").fetchone() == (0,)
