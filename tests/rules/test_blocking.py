"""Everything that stands against contacting somebody, reason by reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmgov.records.rules.addresses import masked
from crmgov.records.rules.contact_rules import OFF, Cap, ContactRules, Quiet, limit_text, read_limit
from crmgov.records.rules.contactability import Ban, Known, Said, blocking, free_from, is_basis

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)
MAYA = Known(address="maya@halden.example", account="a1")
NEVER_QUIET = ContactRules(quiet=Quiet(time(0), time(0)))


def reasons(known: Known, purpose: str = "service", channel: str = "email", **more: object) -> list[str]:
    given: dict[str, object] = {"at": NOON, "rules": NEVER_QUIET, **more}
    found = blocking(known, channel=channel, purpose=purpose, **given)  # type: ignore[arg-type]
    return [blocked.reason.value for blocked in found]


def test_nothing_against_a_service_mail_to_somebody_who_said_nothing() -> None:
    assert reasons(MAYA) == []


def test_all_reasons_are_named_at_once() -> None:
    night = NOON.replace(hour=22)
    known = Known(
        archived=True,
        account="a1",
        said=(Said("any", "opted_out"),),
        bans=(Ban("account", "a1"),),
        contact_touches=(night,) * 4,
        account_touches=(night,) * 20,
    )

    assert reasons(known, at=night, rules=ContactRules()) == [
        "archived", "no_address", "opted_out", "suppressed", "frequency_cap", "frequency_cap", "quiet_hours",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("purpose", "said", "allowed"),
    [
        ("newsletter", (), False),
        ("prospecting", (), False),
        ("a purpose nobody foresaw", (), False),
        ("service", (), True),
        ("Renewal ", (), True),
        ("newsletter", (Said("newsletter", "opted_in"),), True),
        ("newsletter", (Said("any", "opted_in"),), True),
        ("newsletter", (Said("events", "opted_in"),), False),
        ("newsletter", (Said("newsletter", "unknown", "legitimate_interest"),), True),
        ("newsletter", (Said("newsletter", "unknown", "consent"),), False),
        ("newsletter", (Said("newsletter", "opted_in"), Said("any", "opted_out")), False),
        ("newsletter", (Said("Newsletter", "opted_out", "contract"),), False),
        ("service", (Said("newsletter", "opted_out"),), True),
        ("service", (Said("any", "opted_out"),), False),
        # Somebody else who reads the same mailbox: their no counts, their yes does not.
        ("service", (Said("any", "opted_out", theirs=False),), False),
        ("newsletter", (Said("newsletter", "opted_in", theirs=False),), False),
        (
            "newsletter",
            (Said("newsletter", "opted_out", theirs=False), Said("newsletter", "opted_in")),
            False,
        ),
    ],
)
def test_what_they_said(purpose: str, said: tuple[Said, ...], allowed: bool) -> None:
    assert reasons(replace(MAYA, said=said), purpose) == ([] if allowed else ["opted_out"])


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("Legitimate interest – prospect/lead", True), ("LEGITIMATE_INTERESTS", True), ("contract", True),
        ("Performance of a contract", True), ("consent", False), ("Freely given consent from contact", False),
        ("Not applicable", False), ("", False),
    ],
)  # fmt: skip
def test_consent_is_no_basis_without_a_yes(text: str, is_one: bool) -> None:
    assert is_basis(text) is is_one


@pytest.mark.parametrize(
    ("address", "ban", "banned"),
    [
        ("maya@halden.example", Ban("address", "MAYA@Halden.Example"), True),
        ("Maya@HALDEN.example", Ban("address", "maya@halden.example"), True),
        ("maya@halden.example", Ban("address", "maya@sub.halden.example"), False),
        ("maya@halden.example", Ban("domain", "Halden.example"), True),
        ("maya@mail.eu.halden.example", Ban("domain", "halden.example"), True),
        ("maya@nothalden.example", Ban("domain", "halden.example"), False),
        ("maya@halden.example", Ban("domain", "mail.halden.example"), False),
        ("maya@bücher.de", Ban("domain", "xn--bcher-kva.de"), True),
        ("maya@xn--bcher-kva.de", Ban("domain", "BÜCHER.de"), True),
        ("maya@xn--bcher-kva.de", Ban("address", "maya@bücher.de"), True),
        ("maya@straße.de", Ban("domain", "straße.de"), True),
        ("maya@halden.example", Ban("account", "a1"), True),
        ("maya@halden.example", Ban("account", "a2"), False),
        ("maya@halden.example", Ban("address", "maya@halden.example", NOON), False),
        ("maya@halden.example", Ban("address", "maya@halden.example", NOON + DAY), True),
    ],
)
def test_a_suppression_covers_every_spelling_of_its_target(address: str, ban: Ban, banned: bool) -> None:
    assert reasons(replace(MAYA, address=address, bans=(ban,))) == (["suppressed"] if banned else [])


def test_a_suppression_ends_with_the_last_of_those_that_cover_it() -> None:
    ends = (NOON + DAY, NOON + 3 * DAY, NOON + 2 * DAY)
    known = replace(MAYA, bans=tuple(Ban("address", "maya@halden.example", end) for end in ends))
    for_ever = replace(known, bans=(*known.bans, Ban("address", "maya@halden.example")))

    for about, until in ((known, NOON + 3 * DAY), (for_ever, None)):
        (blocked,) = blocking(about, channel="email", purpose="service", at=NOON, rules=NEVER_QUIET)
        assert blocked.until == until


def test_a_suppressed_account_is_not_called_either_and_a_suppressed_address_is_one_of_mail() -> None:
    known = Known(address="+4930123456", account="a1", bans=(Ban("account", "a1"),))

    assert reasons(known, channel="phone") == ["suppressed"]
    assert reasons(replace(known, bans=(Ban("address", "+4930123456"),)), channel="phone") == []


@pytest.mark.parametrize(
    ("limit", "touches", "full"),
    [(0, 0, True), (None, 3, False), (None, 4, True), (OFF, 900, False), (2, 1, False), (2, 2, True)],
)
def test_no_limit_the_default_and_nobody_at_all_are_three_things(
    limit: int | str | None, touches: int, full: bool
) -> None:
    rules = replace(NEVER_QUIET, contact=Cap(limit, 7, 4))
    known = replace(MAYA, contact_touches=(NOON - DAY,) * touches)

    assert reasons(known, rules=rules) == (["frequency_cap"] if full else [])


def test_the_account_has_a_cap_of_its_own_and_who_has_none_is_not_held_by_it() -> None:
    rules = replace(NEVER_QUIET, account=Cap(1, 7, 20))
    known = replace(MAYA, account_touches=(NOON,))

    assert reasons(known, rules=rules) == ["frequency_cap"]
    assert reasons(replace(known, account=""), rules=rules) == []


def test_room_comes_when_the_oldest_leaves_the_stretch() -> None:
    touches = [NOON - 6 * DAY, NOON - 2 * DAY]

    assert free_from(touches, NOON, most=2, span=7 * DAY) == NOON + DAY
    assert free_from(touches, NOON + DAY, most=2, span=7 * DAY) is None


def test_what_is_planned_counts_and_a_clock_that_jumps_back_makes_no_room() -> None:
    planned = [NOON + 2 * DAY]

    assert free_from(planned, NOON, most=1, span=7 * DAY) == NOON + 9 * DAY
    assert free_from([NOON], NOON - 3 * DAY, most=1, span=7 * DAY) == NOON + 7 * DAY


@given(st.lists(st.integers(-40, 40)), st.integers(1, 4), st.integers(1, 10))
def test_no_stretch_ever_holds_more_than_the_cap(hours: list[int], most: int, days: int) -> None:
    """Whatever order they are asked in, as by clocks that jump."""
    span, kept = timedelta(hours=days), list[datetime]()
    for hour in hours:
        at = NOON + timedelta(hours=hour)
        free = free_from(kept, at, most=most, span=span)
        kept.append(free or at)

    assert all(sum(one <= other < one + span for other in kept) <= most for one in kept)


@pytest.mark.parametrize(("text", "limit"), [("", None), (" OFF ", OFF), ("0", 0), ("12", 12)])
def test_a_limit_is_read_as_it_is_written(text: str, limit: int | str | None) -> None:
    assert read_limit(text) == limit
    assert read_limit(limit_text(limit)) == limit


@pytest.mark.parametrize("text", ["-1", "4.5", "none", "٤", "1000000", "1e3"])
def test_what_is_no_limit_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^$|."):
        read_limit(text)


def test_a_masked_address_shows_a_letter_and_the_domain() -> None:
    assert masked("maya.lind@halden.example") == "m…@halden.example"
    assert masked("") == ""
