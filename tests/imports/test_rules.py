"""Each rule of an import on a small file: what is taken, what is refused and what is said about it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from crmgov.kernel.actors import Actor, ActorType
from crmgov.kernel.refusals import Invalid, NotAllowed
from crmgov.people.models import Role
from crmgov.records.models import (
    Account,
    BuyingRole,
    ChangeSet,
    Contact,
    ExternalId,
    FieldChange,
    ImportRefusal,
    ImportRun,
    Opportunity,
    RecordEvent,
    Source,
    Task,
    Ticket,
)
from crmgov.records.services import changes, imports
from crmgov.records.services.imports import Imported
from tests.imports.files import four, take, write
from tests.world import NOW, a_contact, a_team, a_user, an_account, an_opportunity, change, create, hand_edit

pytestmark = pytest.mark.django_db
PERSON = Actor(ActorType.HUMAN, "9", "Mira Reviewer")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "accounts.csv"


def said(imported: Imported) -> list[tuple[int, str, str, str, bool]]:
    return [
        (one.line, one.column, one.value, one.reason, one.row_taken)
        for one in ImportRefusal.objects.filter(run=imported.run).order_by("line", "id")
    ]


def test_columns_named_like_fields_map_by_themselves_and_the_rest_is_kept(path: Path) -> None:
    write(path, ["ID;Name;Employees;Fax", "1;Halden Marine;40;123", "2;Borg Foods;;"])

    imported = take(path, "accounts")

    assert four(imported) == (2, 0, 0, 0)
    halden = Account.objects.get(name="Halden Marine")
    assert (halden.employees, halden.extra) == (40, {"Fax": "123"})
    assert Account.objects.get(name="Borg Foods").extra == {}
    assert ExternalId.objects.get(value="1").last_seen == {
        "name": "Halden Marine", "employees": 40, "extra.Fax": "123",
    }  # fmt: skip


def test_every_row_becomes_a_record_or_a_refusal(path: Path) -> None:
    write(
        path,
        [
            "id,name,employees",
            "1,Halden Marine,40",
            ",No Id,1",
            "3,,1",
            "4,Borg Foods,many",
            "1,Halden Marine,40",
            "1,Halden Marine,41",
            "7,Short",
        ],
    )

    imported = take(path, "accounts")

    assert four(imported) == (2, 0, 1, 4)
    assert said(imported) == [
        (3, "id", "", "no_external_id", False),
        (4, "name", "", "no_name", False),
        (5, "employees", "many", "invalid_employees", True),
        (7, "id", "1", "repeated_external_id", False),
        (8, "", "", "wrong_number_of_cells", False),
    ]
    refusal = ImportRefusal.objects.get(run=imported.run, reason="repeated_external_id")
    assert refusal.say == "“1” already stands in line 2 with other values."
    assert Account.objects.get(name="Borg Foods").extra == {"employees": "many"}


def test_a_value_that_can_be_read_later_takes_its_place(path: Path) -> None:
    take(write(path, ["id,name,employees", "1,Halden Marine,many"]), "accounts")

    imported = take(write(path, ["id,name,employees", "1,Halden Marine,40"]), "accounts")

    halden = Account.objects.get()
    assert four(imported) == (0, 1, 0, 0)
    assert (halden.employees, halden.extra) == (40, {"employees": None})


def test_numbers_dates_and_words_are_read_as_the_mapping_says(path: Path) -> None:
    write(
        path,
        [
            "nr;Firma;Umsatz;Verlängerung;strategisch",
            "1;Halden;1.234,5;31.03.2027;ja",
            "2;Borg;1,234.5;3/31/2027;nein",
        ],
    )
    mapping = {
        "external_id": "nr",
        "numbers": {"decimal": ",", "thousands": "."},
        "dates": "%d.%m.%Y",
        "fields": {
            "name": "Firma",
            "annual_value": {"column": "Umsatz", "scale": 1000},
            "currency": {"constant": "EUR"},
            "renewal_date": "Verlängerung",
            "strategic": {"column": "strategisch", "values": {"ja": "yes", "nein": "no"}},
            "segment": {"constant": ""},
        },
    }  # fmt: skip

    imported = take(path, "accounts", mapping)

    halden = Account.objects.get(name="Halden")
    assert (halden.annual_value, halden.currency, halden.strategic) == (Decimal("1234500.00"), "EUR", True)
    assert str(halden.renewal_date) == "2027-03-31"
    assert imported.report.reported == {"invalid_annual_value": 1, "invalid_renewal_date": 1}
    assert imported.report.readings == {
        "Umsatz is multiplied by 1,000": 2,
        "Verlängerung is read as day.month.year (%d.%m.%Y)": 2,
        "strategisch “ja” is taken as “yes”": 1,
        "strategisch “nein” is taken as “no”": 1,
    }


def test_unknown_values_can_be_kept_left_out_or_refused(path: Path) -> None:
    write(path, ["id,name,industry", "1,Halden,technolgy"])

    def mapping(unknown: str) -> dict[str, Any]:
        spec = {"column": "industry", "known_values": ["technology"], "unknown": unknown}
        return {"external_id": "id", "fields": {"name": "name", "industry": spec}}

    assert four(take(path, "accounts", mapping("refuse"), source="a")) == (0, 0, 0, 1)
    assert take(path, "accounts", mapping("leave_out"), source="b").report.reported == {"unknown_industry": 1}
    assert take(path, "accounts", mapping("keep"), source="c").report.reported == {"unknown_industry": 1}
    assert sorted(Account.objects.values_list("industry", "extra")) == [
        ("", {"industry": "technolgy"}), ("technolgy", {}),
    ]  # fmt: skip


def test_a_parent_may_stand_later_and_nobody_is_their_own(path: Path) -> None:
    write(path, ["id,name,parent", "1,Small,Big", "2,Big,", "3,Lost,Bgi", "4,Own,Own", "5,Two,3"])

    imported = take(path, "accounts")

    assert four(imported) == (5, 0, 0, 0)
    assert Account.objects.get(name="Small").parent == Account.objects.get(name="Big")
    assert Account.objects.get(name="Two").parent == Account.objects.get(name="Lost")
    assert said(imported) == [
        (4, "parent", "Bgi", "unknown_parent", True),
        (5, "parent", "4", "refers_to_itself", True),
    ]
    assert Account.objects.get(name="Lost").extra == {"parent": "Bgi"}
    assert four(take(path, "accounts")) == (0, 0, 5, 0)

    write(path, ["id,name,parent", "1,Small,Lost", "2,Big,", "3,Lost,Bgi", "4,Own,Own", "5,Two,3"])
    assert four(take(path, "accounts")) == (0, 1, 4, 0)


def test_a_name_of_several_says_nothing_about_which(path: Path) -> None:
    an_account("Twin")
    an_account("Twin")
    write(path, ["id,last name,account", "1,Lind,Twin"])

    imported = take(path, "contacts")

    assert said(imported) == [(2, "account", "Twin", "unknown_account", True)]
    assert "several accounts" in ImportRefusal.objects.get().say
    assert Contact.objects.get().account is None


def test_what_hangs_on_an_account_takes_its_team(path: Path) -> None:
    north = a_team("North")
    take(write(path, ["id,name,team", "1,Halden,North"]), "accounts")
    take(write(path, ["id,last name,account id", "1,Lind,1"]), "contacts")

    assert Contact.objects.get().team == north


def test_external_ids_of_another_source_and_required_references(path: Path) -> None:
    take(write(path, ["id,name", "1,Halden"]), "accounts", source="erp")
    take(write(path, ["id,name", "1,Borg"]), "accounts", source="crm")
    write(path, ["id,name,customer", "a,Fleet,1", "b,Dock,2", "c,Crane,"])
    account = {"column": "customer", "by": "external_id", "source": "erp", "required": True}

    imported = take(
        path,
        "opportunities",
        {"external_id": "id", "fields": {"name": "name", "account": account}},
        source="crm",
    )

    assert imported.report.refused == {"unknown_account": 1, "no_account": 1}
    deal = Opportunity.objects.get()
    assert deal.account is not None
    assert deal.account.name == "Halden"


def test_source_unchanged_ours_stands_source_changed_it_follows(path: Path) -> None:
    take(write(path, ["id,name,industry,region", "1,Halden,shipping,Oslo"]), "accounts")
    halden = Account.objects.get()
    change("account", halden.pk, industry="maritime", actor=PERSON)

    imported = take(write(path, ["id,name,industry,region", "1,Halden,shipping,Bergen"]), "accounts")

    halden.refresh_from_db()
    assert (four(imported), imported.report.conflicts) == ((0, 1, 0, 0), 0)
    assert (halden.industry, halden.region) == ("maritime", "Bergen")
    row = FieldChange.objects.filter(record_id=halden.pk, field="region").latest("id")
    assert (row.old, row.new, row.source) == ("Oslo", "Bergen", "csv")


def test_both_changed_is_a_conflict_asked_once(path: Path) -> None:
    take(write(path, ["id,name,owner", "1,Halden,"]), "accounts")
    sara, tom = a_user("Sara Okafor"), a_user("Tom Berg")
    halden = Account.objects.get()
    change("account", halden.pk, owner=sara.pk, actor=PERSON)

    imported = take(write(path, ["id,name,owner", f"1,Halden,{tom.email}"]), "accounts")

    halden.refresh_from_db()
    assert (four(imported), imported.report.conflicts) == ((0, 1, 0, 0), 1)
    assert halden.owner == sara
    event = RecordEvent.objects.get(kind="import_conflict")
    assert (event.data["ours_label"], event.data["theirs_label"]) == ("Sara Okafor", "Tom Berg")
    again = take(path, "accounts")
    assert (four(again), again.report.conflicts) == ((0, 0, 1, 0), 0)


def test_a_verified_value_is_put_before_a_person(path: Path) -> None:
    take(write(path, ["id,name,industry", "1,Halden,shipping"]), "accounts")
    halden = Account.objects.get()
    verified(halden, "industry", "shipping")

    imported = take(write(path, ["id,name,industry", "1,Halden,fishing"]), "accounts")

    halden.refresh_from_db()
    assert (halden.industry, imported.report.conflicts) == ("shipping", 1)


def test_a_check_that_is_due_again_no_longer_locks(path: Path) -> None:
    take(write(path, ["id,name,industry", "1,Halden,shipping"]), "accounts")
    halden = Account.objects.get()
    verified(halden, "industry", "shipping")

    late = take(
        write(path, ["id,name,industry", "1,Halden,fishing"]), "accounts", at=NOW + timedelta(days=366)
    )

    halden.refresh_from_db()
    assert (halden.industry, late.report.conflicts) == ("fishing", 0)


def test_lists_of_words_are_split(path: Path) -> None:
    take(write(path, ["id,name,tags", "1,Halden,north; key ;north", "2,Borg,"]), "accounts")

    assert Account.objects.get(name="Halden").tags == ["key", "north"]
    assert four(take(path, "accounts")) == (0, 0, 2, 0)


def test_a_record_of_two_sources_keeps_what_the_first_one_said(path: Path) -> None:
    deal, contact = an_opportunity(), a_contact()
    create("buying_role", opportunity=deal.pk, contact=contact.pk, role="champion")
    ExternalId.objects.create(
        source=Source.objects.create(name="csv", kind="import", trust_rank=10),
        kind="opportunity", value="7", record_type="opportunity", record_id=deal.pk,
    )  # fmt: skip
    ExternalId.objects.create(
        source=Source.objects.get(), kind="contact", value="9", record_type="contact", record_id=contact.pk
    )
    write(path, ["opportunity,contact,role", "7,9,legal"])

    imported = take(path, "buying_roles")

    assert (four(imported), imported.report.conflicts) == ((0, 1, 0, 0), 1)
    assert BuyingRole.objects.get().role == "champion"


def test_one_buying_role_under_two_external_ids_is_refused(path: Path) -> None:
    take(write(path, ["id,last name", "9,Lind"]), "contacts")
    take(write(path, ["id,name", "7,Fleet roll-out"]), "opportunities")
    write(path, ["id,opportunity,contact,role", "a,7,9,legal", "b,7,9,Economic buyer", "c,7,8,user"])

    imported = take(path, "buying_roles")

    assert four(imported) == (1, 0, 0, 2)
    assert imported.report.refused == {"repeated_key": 1, "unknown_contact": 1}


def test_tickets_and_tasks_come_in_with_their_times(path: Path) -> None:
    take(write(path, ["id,name", "1,Halden"]), "accounts")
    write(
        path, ["id,account,subject,opened at,priority", "t1,1,Gaps,2026-03-01 09:30,URGENT", "t2,1,Late,,low"]
    )
    tickets = take(path, "tickets", {
        "external_id": "id", "time_zone": "Europe/Berlin",
        "fields": {"account": "account", "subject": "subject", "opened_at": "opened at", "priority": "priority"},
    })  # fmt: skip
    write(path, ["id,title,due on,ticket", "k1,Call back,2026-03-02,t1"])
    tasks = take(path, "tasks")

    assert four(tickets) == (1, 0, 0, 1)
    ticket = Ticket.objects.get()
    assert (ticket.opened_at.isoformat(), ticket.priority, ticket.status) == (
        "2026-03-01T08:30:00+00:00", "urgent", "open",
    )  # fmt: skip
    assert four(tasks) == (1, 0, 0, 0)
    assert Task.objects.get().ticket == ticket


def test_an_archived_record_is_not_written(path: Path) -> None:
    take(write(path, ["id,name", "1,Halden"]), "accounts")
    change("account", Account.objects.get().pk, archived_at=NOW, actor=PERSON)

    imported = take(write(path, ["id,name", "1,Halden Marine"]), "accounts")

    assert imported.report.refused == {"record_archived": 1}
    assert Account.objects.get().name == "Halden"


def test_a_dry_run_counts_the_same_and_leaves_nothing(path: Path) -> None:
    write(path, ["id,name,parent", "1,Small,Big", "2,Big,", "3,,"])

    tried = take(path, "accounts", dry_run=True)

    assert four(tried) == (2, 0, 0, 1)
    assert tried.run is None
    for model in (Account, ImportRun, ExternalId, ChangeSet, ImportRefusal, Source, RecordEvent):
        assert model.objects.count() == 0, model
    assert four(take(path, "accounts")) == (2, 0, 0, 1)


def test_a_file_that_breaks_in_the_middle_leaves_no_row(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "CHUNK", 2)
    write(path, ["id,name", "1,A", "2,B", "3,C", "4,D", '5,"E'])

    with pytest.raises(Invalid, match="starts at line 6"):
        take(path, "accounts")

    assert Account.objects.count() == ExternalId.objects.count() == ChangeSet.objects.count() == 0
    run = ImportRun.objects.get()
    assert (run.status, "line 6" in run.counts["failed"]) == ("failed", True)


def test_chunks_do_not_change_the_result(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "CHUNK", 2)
    write(path, ["id,name,parent", "1,A,E", "2,B,D", "1,A,E", "3,C,", "4,D,A", "5,E,", "2,B,X"])

    imported = take(path, "accounts")

    assert four(imported) == (5, 0, 1, 1)
    assert Account.objects.exclude(parent=None).count() == 3
    assert imported.run is not None
    assert ChangeSet.objects.filter(import_run_id=imported.run.pk).count() > 2


def test_only_an_admin_confirms_and_only_a_source_of_files_is_one(path: Path) -> None:
    write(path, ["id,name", "1,Halden"])
    mira = a_user("Mira Reviewer", Role.REVIEWER)
    with pytest.raises(NotAllowed, match="only an active admin"):
        imports.run(
            source_name="csv", object_name="accounts", path=path, mapping=None, confirmed_by=mira, at=NOW
        )
    Source.objects.create(name="person", kind="person", trust_rank=50)
    with pytest.raises(Invalid, match="kind person"):
        take(path, "accounts", source="person")
    with pytest.raises(Invalid, match="Did you mean “accounts”"):
        take(path, "acounts")
    assert Account.objects.count() == 0


def test_a_zero_byte_refuses_its_row_only(path: Path) -> None:
    path.write_bytes(b"id,name\n1,Ha\x00lden\n2,Borg\n")

    assert take(path, "accounts").report.refused == {"unreadable_text": 1}
    assert Opportunity.objects.count() == 0
    assert Account.objects.get().name == "Borg"


def verified(account: Account, field: str, value: str) -> None:
    """A person types the value again and thereby checks it."""
    new = hand_edit(actor=PERSON)
    edit = changes.Edit(field, value, value, "person", verified=True)
    changes.apply(change_sets=[new], patches=[changes.Patch(new.id, "account", account.pk, (edit,))], at=NOW)
