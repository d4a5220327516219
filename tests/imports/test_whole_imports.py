"""A whole import from its files to its report."""

from __future__ import annotations

import pytest

from crmgov.records.models import Account, ChangeSet, Contact, ExternalId, Import, ImportFate, ImportRefusal
from tests.imports.bundles import checked, counted, done, fates, open_import, run_of

pytestmark = pytest.mark.django_db
ACCOUNTS = (
    "id,name,region,parent\n1,Halden,Oslo,New\n2,Borg,Oslo,\n3,New,Turku,Borg\n3,New,Turku,Borg\n4,,Oslo,\n"
)
CONTACTS = "id,first name,last name,account\na,Maya,Lind,Halden\nb,Ole,Berg,2\nc,Nobody,Known,Nowhere\n"


def test_the_preview_tells_every_rows_fate_and_leaves_nothing_behind() -> None:
    parent = checked(open_import({"accounts": ACCOUNTS, "contacts": CONTACTS}))

    accounts, contacts = run_of(parent, "accounts"), run_of(parent, "contacts")
    assert fates(accounts) == {2: "new", 3: "new", 4: "new", 5: "unchanged", 6: "refused"}
    assert fates(contacts) == {2: "new", 3: "new", 4: "new"}
    assert counted(accounts.preview) == (3, 0, 1, 1)
    assert parent.rows_total == 8
    assert [Account.objects.count(), Contact.objects.count(), ExternalId.objects.count()] == [0, 0, 0]
    assert ChangeSet.objects.count() == 0
    halden = ImportFate.objects.get(run=accounts, line=2)
    assert (halden.external_id, halden.label) == ("1", "Halden")
    assert {one["label"]: one["theirs"] for one in halden.changes} == {
        "Name": "Halden", "Region": "Oslo", "Parent": "New",
    }  # fmt: skip
    maya = ImportFate.objects.get(run=contacts, line=2)
    assert {
        "field": "account",
        "label": "Account",
        "ours": "",
        "theirs": "Halden",
        "conflict": False,
    } in maya.changes
    assert ImportRefusal.objects.get(run=contacts).reason == "unknown_account"


def test_a_confirmed_import_does_what_the_preview_said() -> None:
    parent = done(open_import({"accounts": ACCOUNTS, "contacts": CONTACTS}))

    assert counted(run_of(parent, "accounts").counts) == (3, 0, 1, 1)
    assert counted(run_of(parent, "contacts").counts) == (3, 0, 0, 0)
    assert Account.objects.get(name="Halden").parent == Account.objects.get(name="New")
    assert Contact.objects.get(last_name="Lind").account == Account.objects.get(name="Halden")
    assert (parent.rows_done, parent.rows_total, parent.status) == (8, 8, Import.Status.DONE)
    assert not ImportFate.objects.exists()

    again = done(open_import({"accounts": ACCOUNTS, "contacts": CONTACTS}))
    assert counted(run_of(again, "accounts").counts) == (0, 0, 4, 1)
    assert counted(run_of(again, "contacts").counts) == (0, 0, 3, 0)
