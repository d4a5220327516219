"""The decided digest moves with what a decision is about, and with nothing else."""

from dataclasses import replace
from typing import Any

import pytest

from approvals.rules import gate
from approvals.rules.digest import conflict_digest, decided_digest
from approvals.rules.facts import Facts, Hold, Relied, Subject, Ticket
from approvals.rules.vocabulary import Json

from .cases import NORDWIND, facts, item

PAYLOAD: Json = {"action": "set_fields", "items": [{"field": "industry", "value": "Logistics"}]}
RELIED = (Relied("tickets", "Open tickets", 0, 0),)


def digest(given: Facts, payload: Json = PAYLOAD, recipient: str = "") -> str:
    return decided_digest(payload=payload, recipient=recipient, facts=given, reading=gate.judge(given))


BASE = facts(relied=RELIED)


@pytest.mark.parametrize(
    "changed",
    [
        {"payload": {"action": "set_fields", "items": []}},
        {"recipient": "ann@example.com"},
        {"given": facts(relied=RELIED, items=(item(current="Trade"),))},
        {"given": facts(relied=(replace(RELIED[0], now=1),))},
        {"given": facts(relied=RELIED, tickets=(Ticket("t1", "Slow login"),))},
        {"given": facts(relied=RELIED, items=(item(protected=True),))},
    ],
    ids=[
        "payload",
        "recipient",
        "current value",
        "fact relied on",
        "a new reason",
        "a new reason on an item",
    ],
)
def test_it_changes_with_what_was_decided(changed: dict[str, Any]) -> None:
    assert digest(**{"given": BASE, **changed}) != digest(BASE)


@pytest.mark.parametrize(
    "undisturbed",
    [
        facts(relied=RELIED, account=replace(NORDWIND, label="Nordwind AG")),
        facts(relied=RELIED, subject=Subject("account", "a1", "Renamed")),
    ],
)
def test_other_changes_on_the_record_leave_it(undisturbed: Facts) -> None:
    assert digest(undisturbed) == digest(BASE)


def test_it_is_sha256_in_hex_and_blind_to_the_order_of_keys() -> None:
    turned: Json = {"items": [{"value": "Logistics", "field": "industry"}], "action": "set_fields"}
    assert len(digest(BASE)) == 64
    assert digest(BASE, payload=turned) == digest(BASE)


def test_what_a_reason_points_at_is_part_of_it() -> None:
    """A second ticket, or another hold in place of the one on screen, is something nobody saw."""
    one = facts(tickets=(Ticket("t1", "Slow login"),))
    two = facts(tickets=(Ticket("t1", "Slow login"), Ticket("t2", "No mail")))
    assert digest(one) != digest(two)
    holiday = facts(hold=Hold("1", "2026-11-23", "Priya Nair", "on holiday"))
    lawsuit = facts(hold=Hold("2", "2027-06-01", "Priya Nair", "lawsuit"))
    assert digest(holiday) != digest(lawsuit)


def test_a_conflict_is_about_our_value_and_each_claim() -> None:
    base = conflict_digest(field="employees", ours=240, claims={"1": 310, "2": 400})
    assert base == conflict_digest(field="employees", ours=240, claims={"2": 400, "1": 310})
    for other in (
        conflict_digest(field="employees", ours=241, claims={"1": 310, "2": 400}),
        conflict_digest(field="employees", ours=240, claims={"1": 311, "2": 400}),
        conflict_digest(field="employees", ours=240, claims={"1": 310}),
    ):
        assert other != base
