"""Two people import the same file at the same moment; one waits for the other."""

from __future__ import annotations

from pathlib import Path
from threading import Barrier, Thread

import pytest
from django.db import connection

from crmgov.records.models import Account, ExternalId
from tests.imports.files import an_admin, four, take, write


@pytest.mark.django_db(transaction=True)
def test_two_imports_of_one_file_make_each_record_once(tmp_path: Path) -> None:
    an_admin()
    # A source that both would have to make already lets one of them wait: it must be there before.
    take(write(tmp_path / "b.csv", ["name", "small"]), "segments")
    path = write(tmp_path / "a.csv", ["id,name", *(f"{n},Account {n}" for n in range(50))])
    start, results = Barrier(2), []

    def work() -> None:
        try:
            start.wait()
            results.append(four(take(path, "accounts")))
        finally:
            connection.close()

    threads = [Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(results) == [(0, 0, 50, 0), (50, 0, 0, 0)]
    assert Account.objects.count() == ExternalId.objects.filter(kind="account").count() == 50
