"""Who is who on the way in: exact keys link, doubt makes a record of its own and a pair for a person."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from crmgov.records.models import Account, Contact, ExternalId, FieldChange, MatchCandidate
from crmgov.records.services import imports, match_candidates
from crmgov.records.services.imports import Imported
from tests.imports.files import four, take, write
from tests.world import NOW, a_contact, an_account, change, create

pytestmark = pytest.mark.django_db
LINKED = "linked by e-mail to a record that was there"


def people(folder: Path, *rows: str, source: str = "csv") -> Imported:
    return take(write(folder / "people.csv", ["id,first name,last name,email,phone,title", *rows]), "contacts",
                source=source)  # fmt: skip


def companies(folder: Path, *rows: str, source: str = "csv") -> Imported:
    return take(write(folder / "companies.csv", ["id,name,domain,region", *rows]), "accounts", source=source)


def pairs() -> list[str]:
    return sorted(MatchCandidate.objects.values_list("reason", flat=True))


def test_an_email_links_a_new_external_id_to_the_contact_that_is_there(tmp_path: Path) -> None:
    people(tmp_path, "1,Maya,Lind,maya@acme.com,,")

    done = people(tmp_path, "77,Maya,Lind,MAYA@acme.com,,Head of fleet", source="hubspot")

    maya = Contact.objects.get()
    assert four(done) == (0, 1, 0, 0)
    assert done.report.readings[LINKED] == 1
    assert maya.title == "Head of fleet"
    assert sorted(ExternalId.objects.filter(record_id=maya.pk).values_list("source__name", "value")) == [
        ("csv", "1"),
        ("hubspot", "77"),
    ]
    assert pairs() == []


def test_a_linked_row_that_says_something_else_is_a_conflict_not_an_overwrite(tmp_path: Path) -> None:
    people(tmp_path, "1,Maya,Lind,info@acme.com,,Owner")

    done = people(tmp_path, "77,Nils,Haugen,info@acme.com,,", source="hubspot")

    assert (four(done), done.report.conflicts) == ((0, 1, 0, 0), 2)
    assert Contact.objects.get().last_name == "Lind"


def test_linking_again_changes_nothing(tmp_path: Path) -> None:
    people(tmp_path, "1,Maya,Lind,maya@acme.com,,")
    people(tmp_path, "77,Maya,Lind,maya@acme.com,,Head", source="hubspot")
    before = FieldChange.objects.count()

    again = people(tmp_path, "77,Maya,Lind,maya@acme.com,,Head", source="hubspot")

    assert (four(again), FieldChange.objects.count()) == ((0, 0, 1, 0), before)
    assert LINKED not in again.report.readings


def test_a_key_that_two_records_share_links_to_none_of_them(tmp_path: Path) -> None:
    a_contact("Lind", email="info@acme.com")
    a_contact("Haugen", email="info@acme.com")

    done = people(tmp_path, "1,Astrid,Berg,info@acme.com,,")

    assert (four(done), Contact.objects.count()) == ((1, 0, 0, 0), 3)
    assert pairs() == ["same_email", "same_email"]
    assert done.report.readings["may be a record that is there: same email"] == 2


def test_an_archived_contact_links_nothing(tmp_path: Path) -> None:
    gone = a_contact("Lind", email="maya@acme.com")
    change("contact", gone.pk, archived_at=NOW)

    done = people(tmp_path, "1,Maya,Lind,maya@acme.com,,")

    assert (four(done), pairs()) == ((1, 0, 0, 0), [])


def test_the_source_itself_tells_two_ids_apart(tmp_path: Path) -> None:
    """The same address twice in one file, or in two files of one source: two contacts, and a pair to judge."""
    first = people(tmp_path, "1,Maya,Lind,info@acme.com,,", "2,Nils,Haugen,info@acme.com,,")
    second = people(tmp_path, "3,Astrid,Berg,info@acme.com,,")

    assert (four(first), four(second)) == ((2, 0, 0, 0), (1, 0, 0, 0))
    assert pairs() == ["same_email"] * 3


def test_one_key_twice_in_a_file_links_the_first_row_only(tmp_path: Path) -> None:
    there = a_contact("Lind", email="maya@acme.com")

    done = people(tmp_path, "1,Maya,Lind,maya@acme.com,,", "2,Maya,Lind,maya@acme.com,,")

    assert four(done) == (1, 0, 1, 0)
    assert ExternalId.objects.get(value="1").record_id == there.pk
    assert pairs() == ["same_email"]


@pytest.mark.parametrize("chunk", [1, 2, 100])
def test_where_a_chunk_ends_makes_no_difference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(imports, "CHUNK", chunk)
    there = a_contact("Solberg", email="a@acme.com")
    rows = ["1,A,One,a@acme.com,,", "2,B,Two,a@acme.com,,", "3,C,Three,c@acme.com,,", "4,D,Four,c@acme.com,,"]

    done = people(tmp_path, *rows)

    assert done.report.new == 3
    assert done.report.readings[LINKED] == 1
    assert ExternalId.objects.get(value="1").record_id == there.pk
    assert pairs() == ["same_email", "same_email"]


def test_a_domain_links_an_account_and_free_mail_does_not(tmp_path: Path) -> None:
    an_account("Acme", domain="acme.com")
    an_account("Corner shop", domain="gmail.com")

    done = companies(
        tmp_path,
        "1,Acme Corporation,https://www.acme.com/,Norway",
        "2,Another shop,gmail.com,",
        source="hubspot",
    )

    assert (done.report.new, done.report.changed, done.report.conflicts) == (1, 1, 1)
    assert done.report.readings["linked by domain to a record that was there"] == 1
    acme = Account.objects.get(name="Acme")
    assert acme.region == "Norway"
    assert ExternalId.objects.get(value="1").record_id == acme.pk
    assert pairs() == []


@pytest.mark.parametrize(
    ("row", "reasons"),
    [
        ("1,Maya,Lind,,+4740111222,", ["same_name_and_phone"]),
        ("1,Maya,Lind,m.lind@acme.com,,", ["same_name_and_domain"]),
        ("1,Maya,Lind,maya.lind@gmail.com,,", []),
        ("1,Maya,Lund,m.lund@acme.com,+4740111222,", []),
        ("1,Nils,Lind,,+4740111222,", []),
    ],
)
def test_weaker_signs_make_a_pair_and_never_a_link(tmp_path: Path, row: str, reasons: list[str]) -> None:
    a_contact("Lind", email="maya@acme.com", phone="+4740111222")

    done = people(tmp_path, row)

    assert four(done) == (1, 0, 0, 0)
    assert pairs() == reasons


def test_the_same_name_at_the_same_account_is_a_pair(tmp_path: Path) -> None:
    account = an_account("Acme")
    a_contact("Lind", account=account.pk)

    take(write(tmp_path / "p.csv", ["id,first name,last name,account", "1,Maya,Lind,Acme"]), "contacts")

    assert pairs() == ["same_name_and_account"]


@pytest.mark.parametrize(
    ("row", "reasons"),
    [
        ("1,Acme,,", ["same_name"]),
        ("1,Acme,acme.de,", []),
        ("1,Acme,acme.de,Norway", ["same_name_and_region"]),
        ("1,Acme Ltd,,Norway", []),
    ],
)
def test_accounts_of_one_name_are_a_pair_unless_their_domains_differ(
    tmp_path: Path, row: str, reasons: list[str]
) -> None:
    an_account("Acme", domain="acme.com", region="Norway")

    assert four(companies(tmp_path, row)) == (1, 0, 0, 0)
    assert pairs() == reasons


def test_a_pair_stands_once_in_order_and_says_nothing_personal(tmp_path: Path) -> None:
    people(tmp_path, "1,Maya,Lind,info@acme.com,,", "2,Nils,Haugen,info@acme.com,,")

    pair = MatchCandidate.objects.get()
    assert pair.left_id < pair.right_id
    assert {pair.left_id, pair.right_id} == set(Contact.objects.values_list("pk", flat=True))
    assert pair.run is not None
    assert (pair.run.object, pair.status, pair.found_at) == ("contacts", "open", NOW)
    assert pair.say == "Both have the same e-mail address."
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE records_matchcandidate SET left_id = right_id, right_id = left_id")


def test_a_pair_a_person_judged_is_not_asked_again() -> None:
    values: dict[str, Any] = {"last_name": "Lind", "email": "info@acme.com"}
    one, other = create("contact", **values), create("contact", **values)
    match_candidates.flag("contact", {one: values, other: values}, run=None, at=NOW)
    MatchCandidate.objects.update(status="different")

    assert not match_candidates.flag("contact", {other: values}, run=None, at=NOW)
    assert MatchCandidate.objects.get().status == "different"


def test_a_name_that_many_share_makes_a_few_pairs_only(tmp_path: Path) -> None:
    people(tmp_path, *(f"{n},Maya,Lind,info@acme.com,," for n in range(30)))

    assert MatchCandidate.objects.count() <= 30 * match_candidates.MOST


def test_a_name_that_many_have_is_no_sign_unless_the_account_is_the_same(tmp_path: Path) -> None:
    account = an_account("Acme")
    for number in range(match_candidates.COMMON):
        a_contact("Lind", phone="+4740111222", account=account.pk if number == 0 else None)
    people(tmp_path, "1,Maya,Lind,,+4740111222,")
    assert pairs() == ["same_name_and_phone"] * match_candidates.MOST

    MatchCandidate.objects.all().delete()
    rows = ["id,first name,last name,phone,account", "2,Maya,Lind,+4740111222,Acme"]
    take(write(tmp_path / "more.csv", rows), "contacts")

    assert pairs() == ["same_name_and_account"]


def test_a_dry_run_leaves_no_pair(tmp_path: Path) -> None:
    path = write(tmp_path / "p.csv", ["id,last name,email", "1,Lind,a@acme.com", "2,Berg,a@acme.com"])

    take(path, "contacts", dry_run=True)

    assert pairs() == []


def test_a_batch_of_many_rows_costs_the_queries_of_a_small_one(
    tmp_path: Path, django_assert_max_num_queries: Any
) -> None:
    people(tmp_path, "0,Maya,Lind,maya@acme.com,,")
    few = [f"{n},F{n},L{n},f{n}@acme.com,," for n in range(1, 6)]
    many = [f"{n},G{n},L{n},g{n}@acme.com,," for n in range(100, 400)]
    with django_assert_max_num_queries(20) as for_few:
        people(tmp_path, *few)
    with django_assert_max_num_queries(20) as for_many:
        people(tmp_path, *many)

    assert len(for_many) == len(for_few)
