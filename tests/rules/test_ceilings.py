"""Where evidence stops."""

from __future__ import annotations

from decimal import Decimal

import pytest

from approvals.rules.ceilings import ceiling
from approvals.rules.risks import is_risky
from crmgov.records.contracts import CONTRACTS, GROUPS, Permission


@pytest.mark.parametrize(
    ("action", "group", "says"),
    [
        ("set_fields", "firmographics", ""),
        ("set_fields", "scores", ""),
        ("create_record", "identity", ""),
        ("set_fields", "commercial", "a person always decides"),
        ("set_fields", "conversation", "a person always decides"),
        ("set_fields", "owner_view", "never changes"),
        ("set_fields", "extra", "never changes"),
        ("set_fields", "no such group", "never changes"),
        ("assign_owner", "routing", "published routing rule"),
        ("move_stage", "firmographics", "a person moves them"),
        ("send_message", "firmographics", "a customer reads it"),
    ],
)
def test_a_ceiling_says_why(action: str, group: str, says: str) -> None:
    found = ceiling(action=action, group=group)
    assert says.lower() in found.lower()
    assert bool(found) == bool(says)


def test_no_group_with_a_protected_or_only_proposed_field_is_without_a_ceiling() -> None:
    free = {group.name for group in GROUPS if not ceiling(action="set_fields", group=group.name)}
    for contract in CONTRACTS.values():
        if contract.group in free:
            assert contract.permission in (Permission.UPDATE, Permission.FILL_IF_EMPTY), contract
            assert not contract.protected, contract


@pytest.mark.parametrize(
    ("at_stake", "high", "risky"),
    [("25000", "50000", True), ("24999", "50000", False), (None, "50000", False), ("1", "0", False)],
)
def test_half_of_what_a_person_decides_in_any_case_is_risky(
    at_stake: str | None, high: str, risky: bool
) -> None:
    assert is_risky(Decimal(at_stake) if at_stake else None, high_value=Decimal(high)) is risky
