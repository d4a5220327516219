"""Nothing stands beneath itself, whoever writes it."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from crmgov.kernel.refusals import Invalid
from crmgov.people.models import Role
from crmgov.records.models import Account
from crmgov.records.services import changes, edits
from tests.world import NOW, a_user, an_account, change, hand_edit

pytestmark = pytest.mark.django_db


def parents(*pairs: tuple[Account, Account | None]) -> changes.Outcome:
    """Each first account gets the second as its parent, in one call of the door."""
    new = hand_edit()
    patches = [
        changes.Patch(
            new.id, "account", one.pk, (changes.Edit("parent", None, above and above.pk, "a test"),)
        )
        for one, above in pairs
    ]
    with transaction.atomic():
        return changes.apply(change_sets=[new], patches=patches, at=NOW)


def parent_of(account: Account) -> UUID | None:
    return Account.objects.get(pk=account.pk).parent_id


def test_the_change_that_closes_the_circle_is_refused() -> None:
    a, b, c = an_account("A"), an_account("B"), an_account("C")
    assert not parents((a, b), (b, c)).refused

    (refusal,) = parents((c, a)).refused

    assert (refusal.kind, refusal.field) == ("circle", "parent")
    assert parent_of(c) is None


def test_within_one_call_the_last_one_closes_it() -> None:
    a, b = an_account("A"), an_account("B")

    outcome = parents((a, b), (b, a))

    assert [refusal.patch.record_id for refusal in outcome.refused] == [b.pk]
    assert (parent_of(a), parent_of(b)) == (b.pk, None)


def test_what_moves_away_first_leaves_room() -> None:
    a, b = an_account("A"), an_account("B")
    parents((a, b))

    assert not change("account", a.pk, parent=None).refused
    assert not parents((b, a)).refused


def test_a_form_says_so_instead_of_breaking() -> None:
    admin, a = a_user("Ada Admin", Role.ADMIN), an_account("A")

    with pytest.raises(Invalid, match="beneath itself"):
        edits.save(
            record_type="account",
            record_id=a.pk,
            seen={"parent": None},
            values={"parent": str(a.pk)},
            user=admin,
            reason="",
            at=NOW,
        )
    assert parent_of(a) is None


def test_a_plain_change_asks_nothing() -> None:

    a = an_account("A")
    with CaptureQueriesContext(connection) as asked:
        change("account", a.pk, industry="Freight")
    assert not any("RECURSIVE up" in query["sql"] for query in asked.captured_queries)
