"""The preview: every row's fate, field by field, and a confirmation that holds only while it is true."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from crmgov.kernel.actors import Actor, ActorType
from crmgov.kernel.refusals import NotAllowed, Refused
from crmgov.people.models import Role
from crmgov.records.models import (
    Account,
    ChangeSet,
    Contact,
    ExternalId,
    FieldChange,
    Import,
    ImportFate,
    ImportFile,
    ImportRefusal,
    ImportRun,
    MatchCandidate,
    RecordEvent,
)
from crmgov.records.services import (
    import_checks,
    import_choices,
    import_confirmations,
    import_marks,
    import_runs,
)
from crmgov.records.services.import_access import WrongState
from crmgov.records.services.import_confirmations import Outdated
from tests.imports.bundles import (
    add,
    checked,
    choose,
    confirmed,
    counted,
    done,
    fates,
    open_import,
    run_of,
    started,
)
from tests.imports.files import an_admin, take, write
from tests.world import NOW, a_user, an_account, change

pytestmark = pytest.mark.django_db
PERSON = Actor(ActorType.HUMAN, "9", "Mira Reviewer")
FIRST = "id,name,region,industry,employees\n1,Halden,Oslo,ships,10\n2,Borg,Oslo,food,20\n3,Turku,Oslo,,30\n"
# Halden moved (changed); Borg's region we changed too (conflict); Turku as before; a new one; one without a name.
SECOND = (
    "id,name,region,industry,employees\n1,Halden,Bergen,ships,11\n2,Borg,Turku,food,20\n3,Turku,Oslo,,30\n"
    "4,New,Oslo,,many\n5,,Oslo,,1\n"
)
EVERYTHING = (Account, Contact, ChangeSet, FieldChange, RecordEvent, ExternalId, MatchCandidate)


def confirm(parent: Import, seen: str | None = None) -> Import:
    return import_confirmations.confirm(
        import_id=parent.pk,
        user=an_admin(),
        seen_fingerprint=parent.fingerprint if seen is None else seen,
        at=NOW,
    )


def second_preview() -> Import:
    done(open_import({"accounts": FIRST}))
    change("account", Account.objects.get(name="Borg").pk, actor=PERSON, region="Skien")
    return checked(open_import({"accounts": SECOND}))


class TestFates:
    def test_each_row_is_new_changed_in_conflict_unchanged_or_refused(self) -> None:
        parent = second_preview()
        run = run_of(parent, "accounts")

        assert fates(run) == {2: "changed", 3: "conflict", 4: "unchanged", 5: "new", 6: "refused"}
        assert counted(run.preview) == (1, 2, 1, 1)
        assert (run.preview["conflicts"], run.preview["rows"], parent.rows_total) == (1, 5, 5)
        assert ImportFile.objects.get(parent=parent).rows == 5

    def test_a_change_stands_field_by_field_ours_and_theirs(self) -> None:
        run = run_of(second_preview(), "accounts")

        halden, borg, turku, new, refused = ImportFate.objects.filter(run=run).order_by("line")
        assert halden.changes == [
            {"field": "employees", "label": "Employees", "ours": "10", "theirs": "11", "conflict": False},
            {"field": "region", "label": "Region", "ours": "Oslo", "theirs": "Bergen", "conflict": False},
        ] or sorted(one["field"] for one in halden.changes) == ["employees", "region"]
        assert halden.record_id == Account.objects.get(name="Halden").pk
        assert [(one["ours"], one["theirs"], one["conflict"]) for one in borg.changes] == [
            ("Skien", "Turku", True)
        ]
        assert (turku.label, turku.changes) == ("Turku", [])
        assert (new.label, new.record_id) == ("New", None)
        assert "name" in refused.say

    def test_values_left_out_are_remarked_as_they_will_be(self) -> None:
        run = run_of(second_preview(), "accounts")

        assert set(ImportRefusal.objects.filter(run=run).values_list("line", "reason", "row_taken")) == {
            (3, "conflict", True), (5, "invalid_employees", True), (6, "no_name", False),
        }  # fmt: skip

    def test_it_leaves_nothing_behind(self) -> None:
        done(open_import({"accounts": FIRST}))
        before = [model._default_manager.count() for model in EVERYTHING]
        seen = list(ExternalId.objects.order_by("pk").values_list("last_seen", "last_seen_at"))

        checked(open_import({"accounts": SECOND, "contacts": "id,last name,account\nx,Lind,New\n"}))

        assert [model._default_manager.count() for model in EVERYTHING] == before
        assert list(ExternalId.objects.order_by("pk").values_list("last_seen", "last_seen_at")) == seen

    def test_what_a_second_pass_changes_belongs_to_the_row(self) -> None:
        done(open_import({"accounts": "id,name\n1,Halden\n2,Borg\n"}))

        parent = checked(open_import({"accounts": "id,name,parent\n1,Halden,Borg\n2,Borg,\n"}))

        halden = ImportFate.objects.get(run__parent=parent, line=2)
        assert (halden.fate, halden.changes[0]["theirs"]) == ("changed", "Borg")
        assert counted(run_of(parent, "accounts").preview) == (0, 1, 1, 0)

    def test_the_run_does_what_the_preview_said(self) -> None:
        parent = second_preview()
        preview = run_of(parent, "accounts").preview

        confirm(parent)
        assert import_runs.go_on(import_id=parent.pk, at=NOW)

        counts = run_of(parent, "accounts").counts
        assert counts == {name: preview[name] for name in counts}

    def test_zero_bytes_and_half_characters_are_shown_not_stored(self) -> None:
        content = "id,name,region\n1,Halden,O\ud83dslo\n".encode("utf-16", "surrogatepass")
        parent = started()

        with pytest.raises(Refused):
            add(parent, "accounts.csv", content)


class TestProblems:
    def test_a_file_nobody_described_is_named(self) -> None:
        parent = started()
        add(parent, "accounts.csv", FIRST)
        import_checks.ask_check(import_id=parent.pk, user=an_admin(), at=NOW)

        assert not import_checks.check(import_id=parent.pk, at=NOW)

        parent.refresh_from_db()
        assert parent.status == Import.Status.OPEN
        assert parent.problem == "Say what the rows of accounts.csv are, or remove the file."

    def test_without_files_there_is_nothing_to_check(self) -> None:
        with pytest.raises(Refused, match="no files"):
            import_checks.ask_check(import_id=started().pk, user=an_admin(), at=NOW)

    def test_a_file_that_breaks_in_the_middle_is_said_with_its_line(self) -> None:
        rows = "".join(f"{n},Account {n}\n" for n in range(6000))
        parent = started()
        choose(add(parent, "accounts.csv", f'id,name\n{rows}x,"open\n'), "accounts")
        import_checks.ask_check(import_id=parent.pk, user=an_admin(), at=NOW)

        assert not import_checks.check(import_id=parent.pk, at=NOW)

        parent.refresh_from_db()
        assert "line 6002" in parent.problem
        assert not ImportFate.objects.exists()

    def test_only_admins_ask_and_confirm(self) -> None:
        parent = checked(open_import({"accounts": FIRST}))

        for role in (Role.AUDITOR, Role.REVIEWER):
            with pytest.raises(NotAllowed):
                import_confirmations.confirm(
                    import_id=parent.pk,
                    user=a_user(f"Some {role}", role),
                    seen_fingerprint=parent.fingerprint,
                    at=NOW,
                )


class TestConfirming:
    def test_what_was_not_seen_is_not_confirmed(self) -> None:
        parent = checked(open_import({"accounts": FIRST}))

        with pytest.raises(Outdated):
            confirm(parent, seen="something else")

        assert not Account.objects.exists()

    def test_twice_is_once(self) -> None:
        parent = confirmed(open_import({"accounts": FIRST}))
        at = parent.confirmed_at

        confirm(parent)

        parent.refresh_from_db()
        assert (parent.status, parent.confirmed_at) == (Import.Status.RUNNING, at)

    @pytest.mark.parametrize(
        ("table", "column", "value"),
        [
            (ImportFile, "sha256", "0" * 64),
            (ImportFile, "reading", {"encoding": "cp1252", "delimiter": ";"}),
            (ImportRun, "mapping", {"object": "accounts", "fields": {"name": "region"}}),
        ],
    )
    def test_files_and_mappings_are_those_that_were_seen(self, table: Any, column: str, value: Any) -> None:
        parent = checked(open_import({"accounts": FIRST}))
        table.objects.update(**{column: value})

        with pytest.raises(Outdated, match="Files or mappings"):
            confirm(parent)

    def test_another_mapping_makes_the_preview_void(self) -> None:
        parent = checked(open_import({"accounts": FIRST}))
        seen = parent.fingerprint

        choose(ImportFile.objects.get(), "accounts", {"external_id": "id", "fields": {"name": "region"}})

        with pytest.raises(WrongState):
            confirm(parent, seen=seen)
        assert checked(parent).fingerprint != seen

    def test_a_row_that_was_new_and_is_there_by_now_matters(self) -> None:
        parent = second_preview()
        for value, say in (("elsewhere", ""), ("4", "Rows that were new in this preview are here by now.")):
            ExternalId.objects.create(
                source=parent.source,
                kind="account",
                value=value,
                record_type="account",
                record_id=an_account(f"Account {value}").pk,
            )

            assert import_marks.moved(parent) == say

    def test_another_import_of_the_source_matters_and_of_another_source_does_not(self, tmp_path: Any) -> None:
        parent = second_preview()
        path = write(tmp_path / "accounts.csv", ["id,name", "77,Elsewhere"])

        take(path, "accounts", source="another")
        assert import_marks.moved(parent) == ""
        take(path, "accounts", source="crm")

        with pytest.raises(Outdated, match="Another import from crm"):
            confirm(parent)

    def test_a_change_that_was_under_way_during_the_preview_matters(self) -> None:
        """Its transaction began before and ends after: its number in the ledger is older than the preview."""
        parent = second_preview()
        run = run_of(parent, "accounts")
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id()::text")
            (ours,) = cursor.fetchone()
        # As a snapshot taken while transaction `ours` was running.
        run.preview["mark"]["snapshot"] = f"{ours}:{int(ours) + 1}:{ours}"
        run.save()

        assert "was changed since" in import_marks.moved(parent)


def parent_again(parent: Import) -> Import:
    """Ready imports can be checked again."""
    parent.refresh_from_db()
    return parent


@pytest.mark.django_db(transaction=True)
class TestOurSide:
    """What we change between preview and confirmation, in transactions of its own."""

    def test_a_record_that_we_changed_meanwhile_is_named(self) -> None:
        parent = second_preview()
        change("account", Account.objects.get(name="Halden").pk, actor=PERSON, region="Alta")

        with pytest.raises(Outdated, match=r"Halden was changed since this preview \(Region\)"):
            confirm(parent)

        confirm(checked(parent_again(parent)))

    def test_fields_the_file_does_not_map_and_other_records_do_not_matter(self) -> None:
        other = an_account("Somebody else")
        parent = second_preview()
        change("account", Account.objects.get(name="Halden").pk, actor=PERSON, domain="halden-marine.example")
        change("account", other.pk, actor=PERSON, region="Alta")

        assert confirm(parent).status == Import.Status.RUNNING

    def test_an_archived_record_matters(self) -> None:
        parent = second_preview()
        change("account", Account.objects.get(name="Turku").pk, actor=PERSON, archived_at=NOW)

        with pytest.raises(Outdated, match="Turku was changed"):
            confirm(parent)


class TestChoices:
    def test_the_next_file_of_a_source_starts_from_what_was_mapped_last(self) -> None:
        mapping = {"external_id": "Nr", "fields": {"name": "Firma", "region": "Ort"}}
        choose(add(started(), "a.csv", "Nr,Firma,Ort\n1,Halden,Oslo\n"), "accounts", mapping)

        again = import_choices.suggest_mapping(
            file=add(started(), "b.csv", "Nr,Firma\n2,Borg\n"), object_name="accounts"
        )

        assert again["external_id"] == "Nr"
        assert again["fields"] == {"name": "Firma"}

    def test_columns_that_are_new_since_then_are_mapped_by_their_headings(self) -> None:
        mapping = {"external_id": "Nr", "fields": {"name": "Firma"}}
        choose(add(started(), "a.csv", "Nr,Firma,Industry\n1,Halden,ships\n"), "accounts", mapping)

        again = import_choices.suggest_mapping(
            file=add(started(), "b.csv", "Nr,Firma,Industry,Region\n2,Borg,food,Oslo\n"),
            object_name="accounts",
        )

        # Industry was there last time, and a person left it where it was.
        assert again["fields"] == {"name": "Firma", "region": {"column": "Region"}}

    def test_what_the_cells_do_not_decide_has_to_be_said_when_it_is_used(self) -> None:
        file = add(
            started(), "accounts.csv", "id,name,renewal date\n1,Halden,03/04/2026\n2,Borg,05/06/2026\n"
        )

        with pytest.raises(import_choices.Unanswered, match="renewal date"):
            choose(file, "accounts")
        choose(file, "accounts", {"external_id": "id", "fields": {"name": "name"}})
        mapping = {"external_id": "id", "fields": {"name": "name", "renewal_date": "renewal date"}}
        run = choose(file, "accounts", mapping, {"dates": "%m/%d/%Y"})

        assert run.mapping["fields"]["renewal_date"]["dates"] == "%m/%d/%Y"
        done(run.parent)  # type: ignore[arg-type]
        assert str(Account.objects.get(name="Halden").renewal_date) == "2026-03-04"

    def test_numbers_too(self) -> None:
        file = add(started(), "accounts.csv", 'id,name,annual value\n1,Halden,"1,234"\n')

        with pytest.raises(import_choices.Unanswered, match="annual value"):
            choose(file, "accounts")
        run = choose(file, "accounts", reading={"numbers": {"decimal": ".", "thousands": ","}})

        done(run.parent)  # type: ignore[arg-type]
        assert str(Account.objects.get().annual_value) == "1234.00"

    def test_dates_that_look_like_one_thing_only_are_read_so(self) -> None:
        file = add(
            started(), "accounts.csv", "id;name;renewal date;annual value\n1;Halden;31.12.2026;1.234,50\n"
        )

        run = choose(file, "accounts")

        done(run.parent)  # type: ignore[arg-type]
        halden = Account.objects.get()
        assert (str(halden.renewal_date), str(halden.annual_value)) == ("2026-12-31", "1234.50")

    def test_another_encoding_and_delimiter_can_be_said(self) -> None:
        file = add(started(), "accounts.csv", "id|x;name\n1|a;Søren\n".encode("cp1252"))

        choose(file, "accounts", {"external_id": "id|x", "fields": {"name": "name"}}, {"encoding": "cp1252"})

        file.refresh_from_db()
        assert (file.reading["encoding"], file.guesses["why"]) == ("cp1252", "A person said so.")

    @pytest.mark.parametrize(
        "reading",
        [
            {"encoding": "utf-7"},
            {"delimiter": "|"},
            {"colour": "red"},
            {"time_zone": "Mars"},
            {"dates": "d.m"},
        ],
    )
    def test_readings_that_mean_nothing_are_refused(self, reading: dict[str, Any]) -> None:
        with pytest.raises(Refused):
            choose(add(started(), "accounts.csv", FIRST), "accounts", reading=reading)

    def test_one_file_may_feed_two_objects(self) -> None:
        parent = started()
        file = add(parent, "both.csv", "id,name,last name,account\n1,Halden,Lind,1\n")
        choose(
            file,
            "contacts",
            {"external_id": "id", "fields": {"last_name": "last name", "account": "account"}},
        )
        choose(file, "accounts", {"external_id": "id", "fields": {"name": "name"}, "unmapped": "ignore"})

        done(parent)

        assert Contact.objects.get().account == Account.objects.get()
        assert [run.object for run in ImportRun.objects.order_by("position")] == ["accounts", "contacts"]
