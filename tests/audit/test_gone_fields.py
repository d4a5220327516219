"""The ledger outlives the fields it tells of: a field that is gone is told by its raw name and value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from crmgov.people.models import Role
from crmgov.records import registry
from tests.audit.kit import a_ledger, audit, exported, lines
from tests.decisions import scene
from tests.desk.browsing import at, text, url
from tests.done import kit
from tests.records_pages.kit import browser_of
from tests.world import a_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def gone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Call it, and accounts have no employees any more."""
    column = registry.column

    def without(record_type: str, field: str) -> Any:
        if (record_type, field) == ("account", "employees"):
            raise registry.UnknownField(f"{record_type}.{field}")
        return column(record_type, field)

    def take_out() -> None:
        monkeypatch.setattr(registry, "column", without)
        registry.spec_of.cache_clear()

    yield take_out
    monkeypatch.undo()
    registry.spec_of.cache_clear()


def test_the_audit_its_file_and_the_print_tell_it_raw(gone: Any) -> None:
    ledger = a_ledger()
    ana = browser_of(a_user("Ana Ruiz", Role.ADMIN))
    gone()
    with pytest.raises(registry.UnknownField):
        registry.spec_of("account", "employees")

    assert lines(audit(ana, person=str(ledger.sara.pk))) == [("Polder Freight", "employees", "310")]
    found = {(row["record"], row["field"]): row["new"] for row in exported(ana, person=str(ledger.sara.pk))}
    assert found == {("Polder Freight", "employees"): "310"}
    assert len(exported(ana)) > 3, "nothing is cut off behind it"
    assert "employees" in text(at(ledger.sara).get(url("decision", ledger.decided)))


def test_what_ran_by_itself_tells_it_raw(gone: Any) -> None:
    kit.let_it_run()
    kit.ran(scene.account("Halden Marine Systems", owner=kit.priya().pk), employees=310)
    gone()

    said = text(at(kit.priya()).get("/done/"))

    assert "Halden Marine Systems employees before 240 a test 310 Firmdata" in said
