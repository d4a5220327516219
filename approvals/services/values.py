"""Values as they stand in JSON: what a record holds, and what a proposer sent in the form in which ours stand."""

from __future__ import annotations

from typing import Any

from crmgov.records import registry
from crmgov.records.rules.values import Kind, ValueProblem, empty


def current(record: Any, field: str) -> Any:
    """The value as it stands in JSON; lists in order, because their order means nothing."""
    value = registry.to_json(registry.get(record, field))
    return sorted(value) if isinstance(value, list) else value


def as_json(record_type: str, field: str, raw: Any) -> Any:
    """The value as it stands in JSON when the field can hold it, else as it came."""
    try:
        value = registry.to_json(registry.parse(record_type, field, raw))
    except ValueProblem:
        return raw
    if registry.spec_of(record_type, field).kind is Kind.TEXTS:
        return sorted(value)
    return value


def same(one: Any, other: Any) -> bool:
    """Whether two values of one field are one; empty is empty, and true is not 1."""
    return (empty(one) and empty(other)) or (type(one) is type(other) and one == other)
