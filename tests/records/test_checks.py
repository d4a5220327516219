"""The system check finds a contract without a field, a field without a contract and an unknown group."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crmgov.records import checks, contracts


def ids(messages: list[object]) -> set[str]:
    return {str(getattr(message, "id", "")) for message in messages}


def test_contracts_and_models_agree() -> None:
    assert checks.check_contracts(None) == []


def test_contract_of_a_field_that_is_no_column_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    ghost = replace(contracts.CONTRACTS["account", "name"], field="nickname")
    monkeypatch.setitem(contracts.CONTRACTS, ("account", "nickname"), ghost)

    (found,) = checks.check_contracts(None)

    assert found.id == "records.E002"
    assert "account.nickname" in found.msg


def test_contract_of_an_unknown_type_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    ghost = replace(contracts.CONTRACTS["account", "name"], record_type="invoice")
    monkeypatch.setitem(contracts.CONTRACTS, ("invoice", "name"), ghost)

    assert ids(list(checks.check_contracts(None))) == {"records.E001"}


def test_governed_column_without_a_contract_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(contracts.CONTRACTS, ("account", "industry"))
    contracts.contract_for.cache_clear()
    try:
        (found,) = checks.check_contracts(None)
    finally:
        contracts.contract_for.cache_clear()

    assert found.id == "records.E003"
    assert "account.industry" in found.msg


def test_unknown_group_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    stray = replace(contracts.CONTRACTS["account", "name"], group="whatever")
    monkeypatch.setitem(contracts.CONTRACTS, ("account", "name"), stray)

    assert ids(list(checks.check_contracts(None))) == {"records.E004"}


def test_protected_name_without_a_contract_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    strange = replace(contracts.GROUPS[0], protected=("account.shoe_size",))
    monkeypatch.setattr(checks, "GROUPS", (strange, *contracts.GROUPS[1:]))

    assert ids(list(checks.check_contracts(None))) == {"records.E005"}
