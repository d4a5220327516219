"""Everything that is known of many contacts comes in one statement, and says what one by one would have said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from random import Random
from uuid import UUID

import pytest
from django.db.models import Q
from pytest_django import DjangoAssertNumQueries

from crmgov.kernel.actors import Actor, ActorType
from crmgov.kernel.ids import new_id
from crmgov.records.models import Account, Consent, Contact, Suppression, Touch
from crmgov.records.rules.addresses import hosts_of
from crmgov.records.rules.contact_rules import OFF, Cap, ContactRules, Quiet
from crmgov.records.rules.contactability import Ban, Blocked, Known, Said, blocking
from crmgov.records.selectors.contactability import reasons_for
from crmgov.records.services import consent, contacting
from tests.world import NOW, a_contact, an_account, change

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
PERSON = Actor(ActorType.HUMAN, "1", "Sara Okafor")
RULES = ContactRules(contact=Cap(2, 7, 4), account=Cap(4, 7, 20), quiet=Quiet(time(9), time(11)))
HOSTS = ("halden.example", "mail.halden.example", "bücher.de", "straße.de", "co.uk.example")


def reasons(contact: Contact, channel: str = "email", purpose: str = "service") -> list[str]:
    return [blocked.reason.value for blocked in contacting.reasons(contact.pk, channel, purpose, NOW)]


def test_somebody_nobody_knows_may_not_be_contacted() -> None:
    nobody = new_id()

    (blocked,) = contacting.reasons(nobody, "email", "service", NOW)

    assert (blocked.reason, blocked.until) == ("archived", None)


def test_an_opt_out_of_somebody_with_the_same_address_counts() -> None:
    maya, also = (a_contact(name, email="fleet@halden.example") for name in ("Lind", "Lindqvist"))
    other = a_contact("Berg", email="berg@halden.example")
    consent.withdraw(contact=maya, channel="email", actor=PERSON, at=NOW)

    assert [reasons(one) for one in (maya, also, other)] == [["opted_out"], ["opted_out"], []]
    assert "phone" not in reasons(also)


def test_their_own_slot_does_not_keep_a_suggestion_from_being_sent() -> None:
    maya, suggestion = a_contact(email="maya@halden.example"), new_id()
    Touch.objects.create(
        contact=maya, channel="email", purpose="service", state="reserved", counts_at=NOW, made_at=NOW,
        suggestion_id=suggestion, by="x",
    )  # fmt: skip
    one = replace(RULES, contact=Cap(1, 7, 4), quiet=Quiet(time(0), time(0)))
    asked = {"channel": "email", "purpose": "service", "at": NOW, "rules": one}

    assert len(reasons_for([maya.pk], **asked)[maya.pk]) == 1  # type: ignore[arg-type]
    assert reasons_for([maya.pk], **asked, besides=[suggestion])[maya.pk] == ()  # type: ignore[arg-type]


def test_many_cost_one_statement_like_one(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    people = _a_world(Random(7))
    for some in (people[:1], people):
        with django_assert_num_queries(1):
            reasons_for(some, channel="email", purpose="newsletter", at=NOW, rules=RULES)


@pytest.mark.parametrize("seed", range(2))
def test_all_at_once_says_what_each_alone_would(seed: int) -> None:
    people = _a_world(Random(seed))
    met = set[str]()
    for rules in (RULES, replace(RULES, contact=Cap(0, 7, 4), account=Cap(OFF, 7, 20))):
        for channel, purpose in (
            ("email", "newsletter"),
            ("email", "service"),
            ("phone", "any"),
            ("post", "x"),
        ):
            asked = {"channel": channel, "purpose": purpose, "at": NOW}
            together = reasons_for(people, **asked, rules=rules)  # type: ignore[arg-type]

            alone = {key: _alone(key, channel, purpose, NOW, rules) for key in people}
            assert together == alone
            met |= {blocked.reason for found in together.values() for blocked in found}
    assert met == {
        "archived", "no_address", "opted_out", "suppressed", "frequency_cap", "quiet_hours",
    }  # fmt: skip


def _alone(key: UUID, channel: str, purpose: str, at: datetime, rules: ContactRules) -> tuple[Blocked, ...]:
    """The slow way: the rows as the ORM has them, all of them, and the same rule."""
    contact = Contact.objects.get(pk=key)
    mail = contact.email if channel == "email" else ""
    touches = Touch.objects.filter(channel=channel).exclude(state="released")
    return blocking(
        Known(
            address={"email": contact.email, "phone": contact.phone}.get(channel, ""),
            account=str(contact.account_id or ""),
            archived=contact.archived_at is not None,
            time_zone=contact.time_zone,
            said=tuple(_said(contact, channel, mail)),
            bans=tuple(_bans(contact, mail)),
            contact_touches=tuple(
                one.counts_at for one in touches.filter(contact=contact) if one.counts_at > at - 7 * DAY
            ),
            account_touches=tuple(
                one.counts_at
                for one in touches.filter(account__isnull=False, account=contact.account_id)
                if one.counts_at > at - 7 * DAY
            ),
        ),
        channel=channel,
        purpose=purpose,
        at=at,
        rules=rules,
    )


def _said(contact: Contact, channel: str, mail: str) -> Iterator[Said]:
    for row in Consent.objects.filter(channel=channel).select_related("contact").order_by("purpose", "pk"):
        if row.contact_id == contact.pk:
            yield Said(row.purpose, row.state, row.lawful_basis)
        elif mail and row.contact.email == mail and row.state == "opted_out":
            yield Said(row.purpose, row.state, theirs=False)


def _bans(contact: Contact, mail: str) -> Iterator[Ban]:
    target = (
        Q(kind="address", value=mail)
        | Q(kind="domain", value__in=hosts_of(mail))
        | Q(kind="account", account__isnull=False, account=contact.account_id)
    )
    for row in Suppression.objects.filter(target, lifted_at=None):
        yield Ban(row.kind, row.value or str(row.account_id), row.until)


def _a_world(dice: Random) -> list[UUID]:
    """Thirty contacts at six accounts, with something of everything."""
    accounts = [an_account(f"Firm {n}") for n in range(6)]
    people = [_somebody(dice, number, accounts) for number in range(30)]
    for _ in range(60):
        Consent.objects.get_or_create(
            contact=dice.choice(people),
            channel=dice.choice(["email", "email", "phone"]),
            purpose=dice.choice(["any", "newsletter", "service", "Newsletter"]),
            defaults={
                "state": dice.choice(["opted_in", "opted_in", "unknown", "opted_out"]),
                "lawful_basis": dice.choice(["", "", "contract"]), "recorded_by": "x", "recorded_at": NOW,
            },
        )  # fmt: skip
    ends = (None, NOW + DAY, NOW - DAY)
    for host in dice.sample(HOSTS, 2):
        _ban(kind="domain", value=host, until=dice.choice(ends))
    for contact in dice.sample(people, 5):
        if contact.email:
            _ban(kind="address", value=contact.email, until=dice.choice(ends))
    _ban(kind="account", account=dice.choice(accounts), until=dice.choice(ends))
    for _ in range(90):
        _touch(dice, dice.choice(people))
    return [contact.pk for contact in people]


def _somebody(dice: Random, number: int, accounts: list[Account]) -> Contact:
    address = f"p{dice.randrange(20)}@{dice.choice(HOSTS)}"
    account = dice.choice([*accounts, None])
    contact = a_contact(
        f"Nr {number}",
        email=dice.choice([address, address, address, ""]),
        phone=dice.choice(["+493012345678", ""]),
        time_zone=dice.choice(["", "Asia/Tokyo", "Europe/Berlin"]),
        **({"account": account.pk} if account else {}),
    )
    if not dice.randrange(8):
        change("contact", contact.pk, archived_at=NOW)
    contact.refresh_from_db()
    return contact


def _ban(**target: object) -> None:
    Suppression.objects.create(**target, reason="asked", added_by="x", added_at=NOW)


def _touch(dice: Random, contact: Contact) -> None:
    state = dice.choice(["used", "reserved", "released"])
    Touch.objects.create(
        contact=contact, account=contact.account, channel=dice.choice(["email", "email", "phone"]),
        purpose="service", state=state, counts_at=NOW + dice.randrange(-12, 5) * DAY, by="x", made_at=NOW,
        ended_at=None if state == "reserved" else NOW,
    )  # fmt: skip
