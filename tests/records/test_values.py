"""Whatever JSON is written into whatever field: it is read as the column's type or refused with a sentence."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmgov.records import registry
from crmgov.records.contracts import contract_for, fields_of, is_protected
from crmgov.records.rules.values import Kind, ValueProblem

FIELDS = [
    (record_type, field) for record_type in registry.MODELS for field in (*fields_of(record_type), "extra.x")
]
ODD = (
    "²", "٣", "9" * 5_000, 2**63, -1, "1e999999", "1e-999999", "0." + "1" * 5_000, "sNaN", "Infinity", "\x00", "\ud800",
    "0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-23:00", "2026-W01-1", "." * 500, "xn--" + "ü" * 70 + ".com",
    ["a"], ["²", None], {"a": 1}, [["a"]], 1e308, float("nan"),
)  # fmt: skip
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20))
JSON = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=2)
    ),
    max_leaves=5,
)


def held_or_refused(place: tuple[str, str], raw: Any) -> None:
    try:
        value = registry.parse(*place, raw)
    except ValueProblem as problem:
        assert str(problem).endswith(".")  # noqa: PT017 (any of both is right)
        return
    assert registry.parse(*place, registry.to_json(value)) == value


@settings(max_examples=400, deadline=None, database=None, derandomize=True)
@given(place=st.sampled_from(FIELDS), raw=JSON)
def test_any_json_is_read_or_refused_with_a_sentence(place: tuple[str, str], raw: Any) -> None:
    held_or_refused(place, raw)


@pytest.mark.parametrize("place", FIELDS, ids=".".join)
def test_what_broke_other_readers_is_read_or_refused_too(place: tuple[str, str]) -> None:
    for raw in ODD:
        held_or_refused(place, raw)


@pytest.mark.parametrize(
    ("record_type", "field", "raw"),
    [
        ("account", "owner", "²"),
        ("account", "owner", "٣"),
        ("account", "owner", "9" * 5_000),
        ("account", "owner", 2**63),
        ("account", "parent", "garbage"),
        ("account", "parent", ["garbage"]),
        ("account", "segment", ["a"]),
        ("account", "segment", "a\x00"),
        ("ticket", "opened_at", "0001-01-01T00:00:00+23:00"),
        ("ticket", "opened_at", "9999-12-31T23:59:59-23:00"),
    ],
)
def test_what_no_column_holds_is_refused(record_type: str, field: str, raw: Any) -> None:
    with pytest.raises(ValueProblem):
        registry.parse(record_type, field, raw)


def test_the_largest_number_of_a_row_is_one() -> None:
    owner = registry.spec_of("account", "owner")
    assert (owner.kind, owner.integer_key) == (Kind.REFERENCE, True)
    assert registry.parse("account", "owner", str(2**63 - 1)) == 2**63 - 1


def test_a_lifecycle_that_is_no_text_is_nothing_protected() -> None:
    contract = contract_for("account", "lifecycle")
    assert contract is not None
    assert not is_protected(contract, current_is_empty=False, current="lead", proposed=["a"])
    assert is_protected(contract, current_is_empty=False, current="lead", proposed="customer")
