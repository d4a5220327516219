"""System checks: the field contracts and the models say the same, whoever changed one of them last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.core.checks import CheckMessage, Error

from .contracts import CONTRACTS, EXTRA, GROUPS, contract_for
from .registry import MODELS, TEXTS

# What the door keeps itself: no one proposes these.
KEPT_BY_THE_DOOR = frozenset({"id", "provenance", "created_at", "updated_at"})
# Governed key by key, as `extra.<column>`.
EXTRA_COLUMN = EXTRA.rstrip(".")


def check_contracts(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    return [*_real_fields(), *_governed_columns(), *_known_groups()]


def _columns(record_type: str) -> set[str]:
    return {field.name for field in MODELS[record_type]._meta.concrete_fields}


def _real_fields() -> Iterator[CheckMessage]:
    for record_type, field in CONTRACTS:
        if field in TEXTS.get(record_type, ()):
            continue
        if record_type not in MODELS:
            yield Error(
                f"The contract of {record_type}.{field} is about a type of record that does not exist.",
                hint="Name a type of crmgov.records.registry.MODELS, or drop the contract.",
                id="records.E001",
            )
        elif field not in _columns(record_type):
            yield Error(
                f"The contract of {record_type}.{field} names no real field.",
                hint=f"Name a column of {MODELS[record_type].__name__}, or drop the contract.",
                id="records.E002",
            )


def _governed_columns() -> Iterator[CheckMessage]:
    for record_type in MODELS:
        for field in sorted(_columns(record_type) - KEPT_BY_THE_DOOR):
            asked = f"{EXTRA}any" if field == EXTRA_COLUMN else field
            if contract_for(record_type, asked) is None:
                yield Error(
                    f"{record_type}.{field} is governed and has no contract.",
                    hint="Put it in a group of crmgov.records.contracts and raise VERSION.",
                    id="records.E003",
                )


def _known_groups() -> Iterator[CheckMessage]:
    known = {group.name for group in GROUPS}
    for contract in CONTRACTS.values():
        if contract.group not in known:
            yield Error(
                f"{contract.record_type}.{contract.field} is in an unknown group, “{contract.group}”.",
                hint=f"Use one of {', '.join(sorted(known))}.",
                id="records.E004",
            )
    named = [name for group in GROUPS for name in (*group.protected, *group.protected_over_value)]
    for name in named:
        if tuple(name.split(".", 1)) not in CONTRACTS:
            yield Error(
                f"{name} is said to be protected and has no contract.",
                hint="A protected field that is not governed is protected from nothing: put it in its group.",
                id="records.E005",
            )
