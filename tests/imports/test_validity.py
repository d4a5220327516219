"""Values with a form on the way in: read by their rules, stored in one form, and kept as they were written."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from crmgov.kernel.refusals import Invalid
from crmgov.records.models import Account, Contact, ExternalId, FieldChange, ImportRefusal
from crmgov.records.services import changes
from tests.imports.files import four, take, write
from tests.world import NOW, an_account, hand_edit

pytestmark = pytest.mark.django_db


def contact(external_id: str = "1") -> Contact:
    return Contact.objects.get(extra__who=external_id)


def people(folder: Path, lines: list[str], mapping: dict[str, Any] | None = None) -> Any:
    return take(write(folder / "people.csv", lines), "contacts", mapping)


def test_what_is_stored_in_another_form_is_kept_as_written_and_counted(tmp_path: Path) -> None:
    done = people(
        tmp_path,
        ["id,who,Last name,E-mail,Phone,Country", "1,1,Berg,Maya.Berg@ACME.com,0171 1234567,Germany"],
        {
            "external_id": "id",
            "fields": {"last_name": "Last name", "email": "E-mail", "phone": "Phone"},
        },
    )

    maya = contact()
    assert (maya.email, maya.phone) == ("maya.berg@acme.com", "+491711234567")
    assert maya.extra["Phone"] == "0171 1234567"
    assert maya.extra["E-mail"] == "Maya.Berg@ACME.com"
    assert done.report.reported == {"normalized_email": 1, "normalized_phone": 1}
    said = ImportRefusal.objects.get(reason="normalized_phone")
    assert (said.line, said.column, said.value, said.row_taken) == (2, "Phone", "0171 1234567", True)
    assert said.say == "“0171 1234567” is stored as “+491711234567”. It is kept in extra.Phone."


def test_each_is_counted_and_only_the_first_few_are_examples(tmp_path: Path) -> None:
    rows = [f"{n},{n},Berg,+49 171 {n:07}" for n in range(1000001, 1000011)]
    done = people(tmp_path, ["id,who,last name,phone", *rows])

    assert done.report.reported == {"normalized_phone": 10}
    assert ImportRefusal.objects.filter(reason="normalized_phone").count() == 3
    assert Contact.objects.exclude(extra__phone=None).count() == 10


def test_the_second_run_changes_nothing_and_a_plain_value_needs_no_raw_one(tmp_path: Path) -> None:
    lines = ["id,who,last name,phone", "1,1,Berg,+49 171 1234567"]
    people(tmp_path, lines)
    before = FieldChange.objects.count()

    assert four(people(tmp_path, lines)) == (0, 0, 1, 0)
    assert FieldChange.objects.count() == before

    again = people(tmp_path, ["id,who,last name,phone", "1,1,Berg,+491711234567"])
    assert four(again) == (0, 1, 0, 0)
    assert again.report.reported == {}
    assert (contact().phone, contact().extra["phone"]) == ("+491711234567", None)


def test_a_phone_number_is_read_by_its_row_then_its_account_then_the_mapping(tmp_path: Path) -> None:
    an_account("Halden", region="Norway")
    an_account("Kvist", region="Nordics", **{"extra.Billing Country": "SE"})
    done = people(
        tmp_path,
        [
            "id,who,last name,phone,account,country",
            "1,1,A,040 123456,Halden,DE",
            "2,2,B,55 50 12 34,Halden,",
            "3,3,C,08-555 012 34,Kvist,",
            "4,4,D,01 99 00 12 34,,",
            "5,5,E,+44 1632 961234,Halden,",
        ],
        {
            "external_id": "id",
            "country": {"column": "country", "default": "FR"},
            "fields": {
                "last_name": "last name",
                "phone": "phone",
                "account": {"column": "account", "by": "name"},
            },
        },
    )

    assert [contact(str(n)).phone for n in range(1, 6)] == [
        "+4940123456",
        "+4755501234",
        "+46855501234",
        "+33199001234",
        "+441632961234",
    ]
    said = {key: count for key, count in done.report.readings.items() if "without a country" in key}
    assert said == {
        "a phone number without a country is read by the country of its row": 1,
        "a phone number without a country is read by the country of its account": 2,
        "a phone number without a country is read by the mapping (FR)": 1,
    }


def test_a_phone_number_nobody_knows_the_country_of_is_left_out_and_kept(tmp_path: Path) -> None:
    done = people(tmp_path, ["id,who,last name,phone", "1,1,Berg,0171 1234567"])

    assert four(done) == (1, 0, 0, 0)
    assert done.report.reported == {"invalid_phone": 1}
    assert (contact().phone, contact().extra["phone"]) == ("", "0171 1234567")
    assert "names no country" in ImportRefusal.objects.get(reason="invalid_phone").say


@pytest.mark.parametrize("country", ["Atlantis", ["DE"], {"column": "Nowhere"}, {"of": "DE"}])
def test_a_bad_country_in_a_mapping_is_said(tmp_path: Path, country: Any) -> None:
    with pytest.raises(Invalid, match=r"country|Nowhere"):
        people(
            tmp_path,
            ["id,last name", "1,Berg"],
            {"external_id": "id", "country": country, "fields": {"last_name": "last name"}},
        )


def test_a_column_of_countries_can_be_kept_as_codes(tmp_path: Path) -> None:
    fields = {"last_name": "last name", "extra.land": {"column": "Land", "as": "country"}}
    done = people(
        tmp_path,
        ["id,who,last name,Land", "1,1,Berg,Deutschland", "2,2,Lind,Atlantis"],
        {"external_id": "id", "fields": fields},
    )

    assert contact("1").extra["land"] == "DE"
    assert (contact("2").extra.get("land"), contact("2").extra["Land"]) == (None, "Atlantis")
    assert done.report.reported == {"invalid_land": 1}


def test_a_web_domain_is_stored_bare_and_what_is_none_is_kept(tmp_path: Path) -> None:
    done = take(
        write(
            tmp_path / "accounts.csv",
            [
                "id,name,domain",
                "1,One,https://www.one.com/en",
                "2,Two,co.uk",
                "3,Three,three.zzzz",
                "4,Four,gmail.com",
                "5,Five,https://facebook.com/five",
            ],
        ),
        "accounts",
    )

    assert dict(Account.objects.values_list("name", "domain")) == {
        "One": "one.com",
        "Two": "",
        "Three": "",
        "Four": "gmail.com",
        "Five": "facebook.com",
    }
    assert Account.objects.get(name="Two").extra == {"domain": "co.uk"}
    assert done.report.reported == {
        "normalized_domain": 2,
        "invalid_domain": 2,
        "free_mail_domain": 1,
        "shared_domain": 1,
    }


def test_a_phone_of_older_days_takes_the_new_form_with_the_next_file(tmp_path: Path) -> None:
    """Remembered as the source wrote it, before numbers had one form: the source moved, ours did not."""
    people(tmp_path, ["id,who,last name,phone", "1,1,Berg,"])
    ExternalId.objects.update(last_seen={"last_name": "Berg", "extra.who": "1", "phone": "+49 171 1234567"})
    _put_old_value(contact())

    done = take(
        write(tmp_path / "people.csv", ["id,who,last name,phone", "1,1,Berg,+49 171 1234567"]),
        "contacts",
        at=NOW + timedelta(days=1),
    )

    assert four(done) == (0, 1, 0, 0)
    assert done.report.conflicts == 0
    assert contact().phone == "+491711234567"


def _put_old_value(maya: Contact) -> None:
    new = hand_edit()
    patch = changes.Patch(new.id, "contact", maya.pk, (changes.Edit("phone", "", "+49 171 1234567", "csv"),))
    with transaction.atomic():
        assert not changes.apply(change_sets=[new], patches=[patch], at=NOW).refused
