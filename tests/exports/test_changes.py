"""An export of changes: what others than the source did since the last one, and nothing else."""

from __future__ import annotations

import csv
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from crmgov.kernel.refusals import NotAllowed
from crmgov.people.models import Role
from crmgov.records.models import Activity, Consent, Export, ExternalId, FieldChange
from crmgov.records.selectors import exports as selectors
from crmgov.records.services import consent, exports
from crmgov.records.services.edits import person
from tests.exports import small
from tests.imports.files import an_admin, take, write
from tests.world import NOW, a_contact, a_user, an_account, change

LATER = NOW + timedelta(hours=1)


def take_out(folder: Path, *, at: Any = NOW, **more: Any) -> Export:
    return exports.export(
        export_format="hubspot", source_name=small.SOURCE, user=an_admin(), at=at, into=folder, **more
    )


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def news() -> int:
    return selectors.changes_since_last(source_name=small.SOURCE, export_format="hubspot", user=an_admin())


@pytest.mark.django_db(transaction=True)
def test_only_the_changed_record_goes_out_and_then_nothing(tmp_path: Path) -> None:
    one, _ = an_account("One"), an_account("Two")
    take_out(tmp_path / "all")
    assert news() == 0
    change("account", one.pk, region="Nordics", at=LATER)
    assert news() == 1

    made = take_out(tmp_path / "changes", at=LATER, only_changes=True)

    assert made.counts == {"companies.csv": 1, "crmgov_history.csv": 1}
    assert [row["Company name"] for row in rows(tmp_path / "changes" / "companies.csv")] == ["One"]
    told = rows(tmp_path / "changes" / "crmgov_history.csv")[0]
    assert (told["field"], told["old"], told["new"], told["by"]) == ("region", "", "Nordics", "A tester")
    assert news() == 0
    assert take_out(tmp_path / "again", at=LATER, only_changes=True).counts == {}
    assert list((tmp_path / "again").iterdir()) == []


@pytest.mark.django_db(transaction=True)
def test_what_the_source_itself_said_is_no_news_to_it(tmp_path: Path) -> None:
    take_out(tmp_path / "all")
    file = write(tmp_path / "accounts.csv", ["id,name", "A-1,From the source"])
    take(file, "accounts", source=small.SOURCE, at=LATER)
    take(
        write(tmp_path / "others.csv", ["id,name", "B-1,From elsewhere"]),
        "accounts",
        source="other",
        at=LATER,
    )

    take_out(tmp_path / "changes", at=LATER, only_changes=True)

    assert [row["Company name"] for row in rows(tmp_path / "changes" / "companies.csv")] == ["From elsewhere"]


@pytest.mark.django_db(transaction=True)
def test_each_source_and_format_has_its_own_last_export(tmp_path: Path) -> None:
    one = an_account("One")
    take_out(tmp_path / "all")
    change("account", one.pk, region="Nordics", at=LATER)
    exports.export(
        export_format="csv", source_name=small.SOURCE, user=an_admin(), at=LATER, into=tmp_path / "csv"
    )

    assert news() == 1
    last = selectors.last_export(source_name=small.SOURCE, export_format="hubspot", user=an_admin())
    assert last is not None
    assert last.made_at == NOW


@pytest.mark.django_db(transaction=True)
def test_consents_and_the_timeline_go_out_once(tmp_path: Path) -> None:
    maya, other = a_contact(), a_contact("Berg")
    _withdraw(other, NOW - timedelta(days=1))
    take_out(tmp_path / "all")
    _withdraw(maya, LATER)
    Activity.objects.create(kind="note", contact=maya, occurred_at=NOW, recorded_at=LATER, subject="Called")

    # What was written down within minutes of an export goes out a second time: better twice than never.
    made = take_out(tmp_path / "changes", at=LATER + timedelta(minutes=10), only_changes=True)

    assert made.counts == {"notes.csv": 1, "crmgov_consents.csv": 1}
    assert rows(tmp_path / "changes" / "crmgov_consents.csv")[0]["state"] == "opted_out"
    much_later = LATER + timedelta(hours=1)
    assert take_out(tmp_path / "again", at=much_later, only_changes=True).counts == {}


@pytest.mark.django_db(transaction=True)
def test_an_opt_out_goes_back_though_it_names_the_source(tmp_path: Path) -> None:
    """What an import of the source itself recorded does not, until an objection to all overtakes it."""
    told, asked = a_contact("Told", email="told@x.example"), a_contact("Asked", email="asked@x.example")
    take_out(tmp_path / "all")
    lines = ["contact,channel,purpose,state", "told@x.example,email,newsletter,opted in"]
    take(write(tmp_path / "consents.csv", lines), "consents", source=small.SOURCE, at=LATER)
    out = consent.Out(asked.pk, "email", "newsletter", small.SOURCE)
    with transaction.atomic():
        consent.withdraw_all([out], actor=person(an_admin()), at=LATER)

    take_out(tmp_path / "changes", at=LATER + timedelta(minutes=10), only_changes=True)
    sent = rows(tmp_path / "changes" / "crmgov_consents.csv")
    assert [(row["purpose"], row["state"], row["source"]) for row in sent] == [
        ("newsletter", "opted_out", small.SOURCE)
    ]

    _withdraw(told, LATER + timedelta(hours=1))
    take_out(tmp_path / "again", at=LATER + timedelta(hours=2), only_changes=True)
    sent = rows(tmp_path / "again" / "crmgov_consents.csv")
    assert {(row["purpose"], row["state"]) for row in sent} == {
        ("newsletter", "opted_out"),
        ("any", "opted_out"),
    }


def test_a_time_instead_of_the_last_export(db: None, tmp_path: Path) -> None:
    one = an_account("One")
    an_account("Two")
    change("account", one.pk, region="Nordics", at=LATER)

    made = take_out(tmp_path / "since", at=LATER, since=NOW + timedelta(minutes=1))

    assert made.counts == {"companies.csv": 1, "crmgov_history.csv": 1}


@pytest.mark.django_db(transaction=True)
def test_what_was_archived_goes_out_in_a_file_of_its_own(tmp_path: Path) -> None:
    one = an_account("One")
    take_out(tmp_path / "all")
    change("account", one.pk, archived_at=LATER, at=LATER)

    made = take_out(tmp_path / "changes", at=LATER, only_changes=True)

    assert made.counts == {"crmgov_archived_accounts.csv": 1, "crmgov_history.csv": 1}


@pytest.mark.django_db(transaction=True)
def test_a_change_that_was_being_written_during_an_export_is_in_the_next(tmp_path: Path) -> None:
    """Its number in the ledger may be smaller than the last one that export saw."""
    slow, quick = an_account("Slow"), an_account("Quick")
    take_out(tmp_path / "all")
    wrote, go_on = threading.Event(), threading.Event()

    def write_slowly() -> None:
        try:
            with transaction.atomic():
                change("account", slow.pk, region="Nordics", at=LATER)
                wrote.set()
                assert go_on.wait(20)
        finally:
            connection.close()

    writer = threading.Thread(target=write_slowly)
    writer.start()
    assert wrote.wait(20)
    change("account", quick.pk, region="DACH", at=LATER)
    first = take_out(tmp_path / "first", at=LATER, only_changes=True)
    go_on.set()
    writer.join()

    assert [row["Company name"] for row in rows(tmp_path / "first" / "companies.csv")] == ["Quick"]
    assert FieldChange.objects.filter(record_id=slow.pk, id__lt=first.last_change).count() == 2
    take_out(tmp_path / "second", at=LATER, only_changes=True)
    assert [row["Company name"] for row in rows(tmp_path / "second" / "companies.csv")] == ["Slow"]


def test_ids_are_handed_out_once(db: None, tmp_path: Path) -> None:
    one = an_account("One")
    take_out(tmp_path / "all")
    take_out(tmp_path / "again")

    handed_out = ExternalId.objects.filter(record_id=one.pk)
    assert [(link.value, link.kind) for link in handed_out] == [(f"crmgov-{one.pk}", "account")]


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.ACCOUNT_MANAGER, Role.AUDITOR])
def test_only_an_admin_takes_everything_out(db: None, tmp_path: Path, role: str) -> None:
    user = a_user("Somebody Else", role)

    for ask in (
        lambda: exports.export(
            export_format="csv", source_name="x", user=user, at=NOW, into=tmp_path / "out"
        ),
        lambda: selectors.last_export(source_name="x", export_format="csv", user=user),
        lambda: selectors.changes_since_last(source_name="x", export_format="csv", user=user),
        lambda: selectors.page_of_exports(user=user),
    ):
        with pytest.raises(NotAllowed):
            ask()
    assert not (tmp_path / "out").exists()
    assert not Export.objects.exists()


@transaction.atomic
def _withdraw(contact: Any, at: Any) -> None:
    consent.record(
        contact=contact,
        channel="email",
        purpose="any",
        state=Consent.State.OPTED_OUT,
        actor=person(an_admin()),
        at=at,
    )
