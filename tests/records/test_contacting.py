"""Slots: reserved, used, released; and the rules that say how many there are."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import InternalError, ProgrammingError, connection, transaction
from django.db.transaction import TransactionManagementError

from crmgov.kernel.actors import Actor, ActorType
from crmgov.kernel.ids import new_id
from crmgov.kernel.refusals import Invalid, NotAllowed
from crmgov.people.models import Role
from crmgov.records import models
from crmgov.records.models import Contact, Touch
from crmgov.records.rules.contact_rules import OFF, Cap, ContactRules, Quiet
from crmgov.records.services import consent, contact_rules, contacting, recipients
from tests.world import NOW, a_contact, a_user, an_account

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
NIGHT = NOW.replace(hour=22)


def maya(**values: Any) -> Contact:
    return a_contact(email="maya@halden.example", **values)


def rules(**changed: object) -> None:
    contact_rules.save(
        rules=replace(ContactRules(), **changed),  # type: ignore[arg-type]
        why="a test",
        user=a_user("Ana Ruiz", Role.ADMIN),
        at=NOW,
    )


def reserve(
    contact: Contact, suggestion: UUID | None = None, *, at: datetime = NOW, **given: object
) -> Touch:
    asked = {"channel": "email", "purpose": "service", "by": "outreach", "counts_at": at, **given}
    return contacting.reserve(contact=contact, suggestion_id=suggestion or new_id(), at=at, **asked)  # type: ignore[arg-type]


def test_a_slot_is_reserved_for_the_account_too_and_used_when_it_was_sent() -> None:
    account, suggestion = an_account(), new_id()
    reserve(maya(account=account.pk), suggestion, counts_at=NOW + DAY)

    touch = contacting.use(suggestion_id=suggestion, at=NOW + 2 * DAY)
    again = contacting.use(suggestion_id=suggestion, at=NOW + 3 * DAY)

    assert (touch.account, touch.state, touch.counts_at) == (account, "used", NOW + 2 * DAY)
    assert again.ended_at == NOW + 2 * DAY


def test_asking_again_for_one_suggestion_keeps_one_slot() -> None:
    contact, suggestion = maya(), new_id()

    assert reserve(contact, suggestion) == reserve(contact, suggestion)
    assert Touch.objects.count() == 1


def test_what_was_released_makes_room_and_may_be_reserved_again() -> None:
    rules(contact=Cap(1, 7, 4))
    contact, first, second = maya(), new_id(), new_id()
    reserve(contact, first)
    with pytest.raises(contacting.NotContactable):
        reserve(contact, second)

    contacting.release(suggestion_id=first, at=NOW)
    reserve(contact, second)
    contacting.release(suggestion_id=second, at=NOW)

    assert reserve(contact, first).state == "reserved"
    assert contacting.release(suggestion_id=new_id(), at=NOW) is None


def test_what_was_sent_is_neither_reserved_nor_released_any_more() -> None:
    contact, suggestion = maya(), new_id()
    reserve(contact, suggestion)
    contacting.use(suggestion_id=suggestion, at=NOW)

    with pytest.raises(contacting.SlotUsed):
        reserve(contact, suggestion)
    with pytest.raises(contacting.SlotUsed):
        contacting.release(suggestion_id=suggestion, at=NOW)


@pytest.mark.parametrize("released", [True, False])
def test_nothing_is_used_without_a_slot(released: bool) -> None:
    suggestion = new_id()
    if released:
        reserve(maya(), suggestion)
        contacting.release(suggestion_id=suggestion, at=NOW)

    with pytest.raises(contacting.NoSlot):
        contacting.use(suggestion_id=suggestion, at=NOW)


def test_a_refusal_names_every_reason() -> None:
    contact = a_contact()
    consent.withdraw(contact=contact, channel="email", actor=Actor(ActorType.AI, "1", "x"), at=NOW)

    with pytest.raises(contacting.NotContactable) as refused:
        reserve(contact)

    assert [one.reason for one in refused.value.reasons] == ["no_address", "opted_out"]
    assert "no e-mail address" in refused.value.say
    assert "opted out" in refused.value.say


def test_by_night_the_slot_is_for_the_morning() -> None:
    contact = maya(time_zone="Europe/Berlin")

    assert reserve(contact, at=NIGHT).counts_at == (NIGHT + DAY).replace(hour=7)


def test_what_else_stands_in_the_way_in_the_morning_is_said_at_night() -> None:
    rules(contact=Cap(1, 7, 4))
    contact = maya()
    reserve(contact, counts_at=NOW + DAY)

    with pytest.raises(contacting.NotContactable) as refused:
        reserve(contact, at=NIGHT)

    assert "frequency_cap" in {one.reason for one in refused.value.reasons}


def test_what_a_person_sent_counts_and_is_never_refused() -> None:
    rules(contact=Cap(1, 7, 4))
    contact, suggestion = maya(), new_id()
    reserve(contact, suggestion)
    asked = {"contact": contact, "channel": "email", "purpose": "service", "by": "Sara", "at": NOW}

    followed = contacting.log_touch(**asked, suggestion_id=suggestion)  # type: ignore[arg-type]
    contacting.log_touch(**asked, suggestion_id=suggestion)  # type: ignore[arg-type]
    contacting.log_touch(**asked)  # type: ignore[arg-type]

    assert (followed.state, followed.by) == ("used", "Sara")
    assert Touch.objects.filter(state="used").count() == 2
    with pytest.raises(contacting.NotContactable):
        reserve(contact)


@pytest.mark.parametrize(
    ("limit", "in_force"), [(0, 0), (None, 4), (OFF, None), (2, 2)], ids=["nobody", "not set", "off", "two"]
)
def test_the_three_kinds_of_no_number_survive_being_stored(
    limit: int | str | None, in_force: int | None
) -> None:
    rules(contact=Cap(limit, 14, 4), quiet=Quiet(time(21, 30), time(7)), time_zone="Europe/Berlin")

    stored = contact_rules.in_force()

    assert (stored.contact.limit, stored.contact.most, stored.contact.days) == (limit, in_force, 14)
    assert (stored.quiet, stored.time_zone) == (Quiet(time(21, 30), time(7)), "Europe/Berlin")


def test_without_rules_the_code_says_how_often() -> None:
    stored = contact_rules.in_force()

    assert (stored.contact.most, stored.account.most, stored.quiet) == (4, 20, Quiet(time(20), time(8)))


def test_only_admins_change_the_rules_and_each_mistake_is_named() -> None:
    wrong = ContactRules(contact=Cap(-1, 0, 4), account=Cap("lots", 999, 20), time_zone="Mars")
    with pytest.raises(NotAllowed):
        contact_rules.save(rules=ContactRules(), why="x", user=a_user(role=Role.AUDITOR), at=NOW)
    with pytest.raises(Invalid) as refused:
        contact_rules.save(rules=wrong, why=" ", user=a_user("Ana Ruiz", Role.ADMIN), at=NOW)

    assert set(refused.value.errors) == {
        "contact_limit", "contact_days", "account_limit", "account_days", "time_zone", "why",
    }  # fmt: skip


def test_the_rules_only_grow() -> None:
    rules(contact=Cap(2, 7, 4))

    for sql in ("UPDATE records_contactrules SET why = ''", "DELETE FROM records_contactrules"):
        with (
            pytest.raises((InternalError, ProgrammingError), match=r"append-only|permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)
    assert models.ContactRules.objects.count() == 1


def test_very_many_recipients_are_one_lock() -> None:
    """The table of locks is small and everybody's."""
    recipients.lock_all(f"p{number}@halden.example" for number in range(recipients.MOST_LOCKS + 1))

    assert _locks() == [("ExclusiveLock", 1)]
    recipients.lock_all(["a@halden.example", "A@halden.example", "b@halden.example", ""])
    assert _locks() == [("ExclusiveLock", 3), ("ShareLock", 1)]


def _locks() -> list[tuple[str, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT mode, count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() "
            "GROUP BY mode ORDER BY mode"
        )
        return list(cursor.fetchall())


@pytest.mark.django_db(transaction=True)
def test_a_lock_that_would_end_at_once_is_refused() -> None:
    with pytest.raises(TransactionManagementError):
        contacting.lock_recipient(uuid4(), "email", "maya@halden.example")
