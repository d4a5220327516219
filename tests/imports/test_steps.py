"""What an adapter may ask of the engine: steps in order, rows completed, left to others or refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from crmgov.kernel.refusals import Invalid
from crmgov.records.imports.adapters import ADAPTERS, adapter_of
from crmgov.records.imports.adapters.sheets import listed
from crmgov.records.imports.files import RawRow
from crmgov.records.imports.steps import Bundle, RowRefused, Step, Unprepared
from crmgov.records.models import Account, Contact, Import, ImportFate, ImportRefusal, ImportRun
from crmgov.records.services import import_bundles, import_checks, import_files, import_runs
from tests.imports.bundles import add, checked, counted, done, fates, started
from tests.imports.files import an_admin
from tests.world import NOW

pytestmark = pytest.mark.django_db
COMPANIES = "cid,title,kind\n1,Halden,company\n2,Borg,company\n3,Lind,person\n4,Bad,company\nshort\n"
LINKS = "person,company\n3,1\n3,1\n9,1\n3,2\n"


class Tables:
    """A source that keeps companies and people in one table, and their links in another."""

    name = "hubspot"

    def recognises(self, file_name: str, headings: Sequence[str]) -> bool:
        return file_name in {"things.csv", "links.csv"}

    def steps(self, bundle: Bundle) -> list[Step]:
        self.names = {key: row["title"] for key, row in bundle.table("things.csv", "cid").items()}
        account = {
            "object": "accounts",
            "external_id": "cid",
            "fields": {"name": "name"},
            "unmapped": "ignore",
        }
        contact = {
            "object": "contacts",
            "external_id": "cid",
            "fields": {"last_name": "title"},
            "unmapped": "ignore",
        }
        link = {
            "object": "contacts",
            "external_id": "person",
            "fields": {"account": "company"},
            "unmapped": "ignore",
        }
        steps = [
            Step("companies", "things.csv", "accounts", account, ("name",), self.company),
            Step("people", "things.csv", "contacts", contact, prepare=self.person),
        ]
        if "links.csv" in bundle.files:
            steps.append(Step("links", "links.csv", "contacts", link, existing_only=True))
        return steps

    def company(self, row: RawRow) -> RawRow | None:
        if row.cells["kind"] != "company":
            return None
        if row.cells["title"] == "Bad":
            raise RowRefused("bad_company", "Bad companies are not taken.", "title", "Bad")
        return replace(row, cells={**row.cells, "name": f"{self.names[row.cells['cid']]} Ltd"})

    def person(self, row: RawRow) -> RawRow | None:
        return row if row.cells["kind"] == "person" else None


@pytest.fixture(autouse=True)
def tables(monkeypatch: pytest.MonkeyPatch) -> Tables:
    known = Tables()
    for module in (import_bundles, import_files):
        monkeypatch.setattr(module, "adapter_of", lambda name: known)
    monkeypatch.setattr(import_runs, "CHUNK", 2)
    return known


def both() -> Import:
    parent = started(adapter="hubspot")
    add(parent, "things.csv", COMPANIES)
    add(parent, "links.csv", LINKS)
    return parent


def step(parent: Import, name: str) -> ImportRun:
    return ImportRun.objects.get(parent=parent, step=name)


def test_each_step_counts_the_rows_that_are_its_own() -> None:
    parent = done(both())

    companies, people, links = (step(parent, name) for name in ("companies", "people", "links"))
    assert [run.position for run in (companies, people, links)] == [1, 2, 3]
    assert counted(companies.counts) == (2, 0, 0, 2)
    assert companies.counts["refused"] == {"bad_company": 1, "wrong_number_of_cells": 1}
    assert counted(people.counts) == (1, 0, 0, 1)
    assert counted(links.counts) == (0, 1, 1, 2)
    assert links.counts["refused"] == {"unknown_record": 1, "repeated_external_id": 1}
    assert sorted(Account.objects.values_list("name", flat=True)) == ["Borg Ltd", "Halden Ltd"]
    assert Contact.objects.get().account == Account.objects.get(name="Halden Ltd")
    assert (parent.rows_done, parent.rows_total) == (14, 14)


def test_what_an_adapter_refuses_is_named_with_line_column_value_and_reason() -> None:
    parent = checked(both())

    refusal = ImportRefusal.objects.get(run=step(parent, "companies"), reason="bad_company")
    assert (refusal.line, refusal.column, refusal.value) == (5, "title", "Bad")
    assert refusal.say == "Bad companies are not taken."
    assert fates(step(parent, "companies")) == {2: "new", 3: "new", 5: "refused", 6: "refused"}
    assert fates(step(parent, "links")) == {2: "changed", 3: "unchanged", 4: "refused", 5: "refused"}
    nobody = ImportFate.objects.get(run=step(parent, "links"), line=4)
    assert "no contact with the external id “9”" in nobody.say


def test_a_second_preview_takes_the_place_of_the_first() -> None:
    parent = checked(both())
    first = set(ImportRun.objects.values_list("pk", flat=True))

    checked(parent)

    assert ImportRun.objects.count() == 3
    assert not first & set(ImportRun.objects.values_list("pk", flat=True))


def test_files_of_somebody_else_are_refused_by_their_headings() -> None:
    with pytest.raises(Invalid, match="no HubSpot file that we know"):
        add(started(adapter="hubspot"), "salaries.csv", "who,what\n")


def problem_of(parent: Import) -> str:
    import_checks.ask_check(import_id=parent.pk, user=an_admin(), at=NOW)
    assert not import_checks.check(import_id=parent.pk, at=NOW)
    parent.refresh_from_db()
    assert parent.status == Import.Status.OPEN
    return parent.problem


def test_a_file_that_is_missing_is_named() -> None:
    parent = started(adapter="hubspot")
    add(parent, "links.csv", LINKS)

    assert problem_of(parent) == "things.csv is needed to read the others. Add it."


def test_a_file_that_no_step_reads_is_named(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "steps", lambda bundle: Tables.steps(tables, bundle)[:2])

    assert problem_of(both()).startswith("Nothing of links.csv would be read.")


def test_an_import_discarded_during_its_preview_stays_discarded(monkeypatch: pytest.MonkeyPatch) -> None:
    parent = both()
    import_checks.ask_check(import_id=parent.pk, user=an_admin(), at=NOW)
    keep = import_checks._keep

    def discarded_first(*args: object) -> None:
        import_files.discard(import_id=parent.pk, user=an_admin(), at=NOW)
        keep(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(import_checks, "_keep", discarded_first)

    assert not import_checks.check(import_id=parent.pk, at=NOW)

    parent.refresh_from_db()
    assert parent.status == Import.Status.DISCARDED
    assert not ImportRun.objects.exists()


def test_a_table_needs_its_key_and_may_be_missing() -> None:
    parent = both()
    with import_bundles.bundle_of(parent) as bundle:
        assert bundle.table("nowhere.csv", "cid") == {}
        assert bundle.table("things.csv", "cid")["2"]["title"] == "Borg"
        with pytest.raises(Unprepared, match="no column “key”"):
            bundle.table("things.csv", "key")


def test_every_adapter_can_be_loaded() -> None:
    assert {name: adapter_of(name).name for name in ADAPTERS} == {name: name for name in ADAPTERS}
    with pytest.raises(Invalid, match="no adapter"):
        adapter_of("excel")


def test_a_row_nobody_foresaw_is_refused_and_the_others_are_taken(tables: Tables) -> None:
    def breaks(raw: RawRow) -> RawRow:
        if raw.cells["cid"] == "2":
            raise RecursionError
        return replace(raw, cells={**raw.cells, "name": raw.cells["title"]})

    tables.company = breaks  # type: ignore[method-assign, assignment]
    parent = started(adapter="hubspot")
    add(parent, "things.csv", "cid,title,kind\n1,Halden,company\n2,Borg,company\n3,Lind,company\n")
    done(parent)

    assert set(Account.objects.values_list("name", flat=True)) == {"Halden", "Lind"}
    refusal = ImportRefusal.objects.get(row_taken=False, run__step="companies")
    assert (refusal.line, refusal.reason) == (3, "unreadable_row")


def test_a_cell_of_brackets_without_end_is_a_text() -> None:
    endless = "[" * 50_000

    assert listed(endless) == [endless]
