"""An import put back leaves nothing of others on archived records: what they hung something on stays."""

from __future__ import annotations

import pytest

from crmgov.kernel.actors import Actor, ActorType
from crmgov.records.models import Account, Contact, Import, ImportRevert, Opportunity
from crmgov.records.services import import_whole_reverts, imports
from tests.imports.bundles import done, open_import
from tests.imports.files import an_admin, take, write
from tests.imports.test_whole_reverts import propose
from tests.world import a_contact, an_opportunity, change, create

pytestmark = pytest.mark.django_db
PERSON = Actor(ActorType.HUMAN, "9", "Mira Reviewer")
FILES = {
    "accounts": "id,name,parent\n1,Halden,\n2,Borg,Halden\n3,Turku,\n4,Alta,\n",
    "contacts": "id,last name,account\na,Lind,Halden\nb,Berg,Borg\nc,Moe,Turku\n",
    "opportunities": "id,name,account\nx,Fleet,Turku\n",
}


def present() -> set[str]:
    found = {str(one.name) for one in Account.objects.filter(archived_at=None)}
    found |= {one.last_name for one in Contact.objects.filter(archived_at=None)}
    return found | {one.name for one in Opportunity.objects.filter(archived_at=None)}


def planned(parent: Import) -> dict[str, str]:
    plan = import_whole_reverts.plan(import_id=parent.pk, user=an_admin())
    return {one.label: one.say for one in plan.outcomes if one.result == "stay"}


def as_planned(made: ImportRevert) -> bool:
    plan, did = made.counts, made.outcome["counts"]
    return (plan["archive"], plan["put_back"], plan["stay"]) == (
        did["archived"],
        did["put_back"],
        did["stayed"],
    )


def test_an_account_with_a_contact_made_by_hand_stays() -> None:
    parent = done(open_import(FILES))
    a_contact("Hand", account=Account.objects.get(name="Borg").pk)
    why = "It was made by the import, and what stays hangs on it ({}), so it stays."
    said = {"Borg": why.format("contact"), "Halden": why.format("account")}

    assert planned(parent) == said
    made = propose(parent)

    assert present() == {"Borg", "Halden", "Hand"}
    assert Account.objects.get(name="Borg").parent == Account.objects.get(name="Halden")
    assert as_planned(made)
    assert {one["label"]: one["say"] for one in made.outcome["stayed"]} == said


def test_what_hangs_on_what_stays_keeps_it_too() -> None:
    parent = done(open_import(FILES))
    create("task", title="Call them", opportunity=Opportunity.objects.get().pk)

    assert set(planned(parent)) == {"Fleet", "Turku"}
    made = propose(parent)

    assert present() == {"Fleet", "Turku"}
    assert as_planned(made)


def test_a_contact_of_the_import_that_somebody_changed_keeps_its_account() -> None:
    parent = done(open_import(FILES))
    change("contact", Contact.objects.get(last_name="Moe").pk, actor=PERSON, first_name="Mo")

    assert set(planned(parent)) == {"Moe", "Turku"}
    made = propose(parent)

    assert present() == {"Moe", "Turku"}
    assert as_planned(made)


def test_what_the_import_itself_moved_there_goes_back_and_keeps_nothing() -> None:
    """Kurt was made by hand, on Old; the import moves him to Alta, which it makes."""
    done(open_import({"accounts": "id,name\n9,Old\n", "contacts": "id,last name,account\nk,Kurt,Old\n"}))
    an_opportunity("By hand", account=Account.objects.get(name="Old").pk)
    parent = done(open_import({**FILES, "contacts": "id,last name,account\nk,Kurt,Alta\n"}))
    assert Contact.objects.get(last_name="Kurt").account.name == "Alta"  # type: ignore[union-attr]

    assert planned(parent) == {}
    made = propose(parent)

    assert present() == {"Old", "Kurt", "By hand"}
    assert Contact.objects.get(last_name="Kurt").account.name == "Old"  # type: ignore[union-attr]
    assert as_planned(made)


def test_a_made_account_that_somebody_changed_keeps_its_parent_too() -> None:
    """The parent was written by another change set of the import than the account."""
    parent = done(open_import(FILES))
    change("account", Account.objects.get(name="Borg").pk, actor=PERSON, region="Oslo")

    made = propose(parent)

    assert as_planned(made)
    assert present() == {"Borg", "Halden"}
    assert Account.objects.get(name="Borg").parent == Account.objects.get(name="Halden")


def test_what_is_archived_keeps_nothing() -> None:
    parent = done(open_import(FILES))
    by_hand = a_contact("Hand", account=Account.objects.get(name="Borg").pk)
    change("contact", by_hand.pk, actor=PERSON, archived_at=parent.made_at)

    assert planned(parent) == {}
    propose(parent)

    assert present() == set()


def test_a_single_file_is_put_back_alike(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = write(tmp_path_factory.mktemp("x") / "a.csv", ["id,name", "1,Halden", "2,Borg"])
    run = take(path, "accounts").run
    assert run is not None
    a_contact("Hand", account=Account.objects.get(name="Borg").pk)

    outcomes = imports.revert(run_id=run.pk, user=an_admin(), reason="wrong", at=run.started_at)

    assert {one.label: one.result for one in outcomes} == {"Halden": "archived", "Borg": "overtaken"}
    assert present() == {"Borg", "Hand"}
