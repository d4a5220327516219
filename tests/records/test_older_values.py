"""Values that came in before a rule grew stricter: nobody is stopped by them, and they come back as they were."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from crmgov.kernel.refusals import Invalid
from crmgov.people.models import Role, User
from crmgov.records.models import Contact
from crmgov.records.services import changes, edits, reverts, verifications
from tests.world import NOW, a_contact, a_user, hand_edit

pytestmark = pytest.mark.django_db
OLD = "555 1234 (office)"


@pytest.fixture
def admin() -> User:
    return a_user("Ada Admin", Role.ADMIN)


@pytest.fixture
def maya() -> Contact:
    """Her number was stored before numbers were read."""
    contact, new = a_contact(), hand_edit()
    edit = changes.Edit("phone", "", OLD, "csv")
    with transaction.atomic():
        patch = changes.Patch(new.id, "contact", contact.pk, (edit,))
        assert not changes.apply(change_sets=[new], patches=[patch], at=NOW).refused
    return contact


def save(maya: Contact, admin: User, **values: str) -> None:
    edits.save(
        record_type="contact",
        record_id=maya.pk,
        seen={"phone": OLD, "title": ""},
        values=values,
        user=admin,
        reason="",
        at=NOW + timedelta(minutes=1),
    )


def test_a_form_that_leaves_it_alone_is_saved(maya: Contact, admin: User) -> None:
    save(maya, admin, phone=OLD, title="CFO")

    maya.refresh_from_db()
    assert (maya.phone, maya.title) == (OLD, "CFO")


def test_what_is_typed_anew_is_judged(maya: Contact, admin: User) -> None:
    with pytest.raises(Invalid) as refused:
        save(maya, admin, phone="555 9999 (office)")
    assert "words" in refused.value.errors["phone"]

    save(maya, admin, phone="+49 30 123456")
    maya.refresh_from_db()
    assert maya.phone == "+4930123456"


def test_a_person_may_vouch_for_it(maya: Contact, admin: User) -> None:
    verifications.verify(
        record_type="contact", record_id=maya.pk, field="phone", seen=OLD, user=admin, reason="", at=NOW
    )

    maya.refresh_from_db()
    assert maya.provenance["phone"]["locked"] is True


def test_it_comes_back_when_a_change_is_put_back(maya: Contact, admin: User) -> None:
    save(maya, admin, phone="+49 30 123456")
    wrote = maya.history.latest().change_set_id

    reverts.revert(change_set_id=wrote, user=admin, reason="wrong number", at=NOW + timedelta(minutes=2))

    maya.refresh_from_db()
    assert maya.phone == OLD
