"""A mapping that cannot be used says what is wrong and what would be right."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from crmgov.records.imports import mappings
from crmgov.records.imports.catalog import GOVERNED, LISTS, plan_of
from crmgov.records.imports.mappings import BadMapping
from tests.imports.files import MAPPINGS

HEADINGS = ("id", "Name", "sector", "revenue", "parent")
NAMED: dict[str, Any] = {"external_id": "id", "fields": {"name": "Name"}}


def _fields(fields: dict[str, Any]) -> dict[str, Any]:
    return {"external_id": "id", "fields": fields}


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        ({"external_id": "id"}, "needs “fields”"),
        (_fields({"industy": "sector"}), "accounts has no field “industy”. Did you mean “industry”"),
        (_fields({"industry": "secotr"}), "no column “secotr”. Did you mean “sector”"),
        ({"external_id": "ids", "fields": {"name": "Name"}}, "no column “ids”"),
        ({"fields": {"name": "Name"}}, "Nothing says which row of accounts is which"),
        ({"external_id": 7, "fields": {"name": "Name"}}, "“external_id” is a column name"),
        ({"external_id": "id", "fileds": {}}, "unknown key “fileds”. Did you mean “fields”"),
        ({"object": "contacts", "fields": {"name": "Name"}}, "This mapping is for contacts"),
        (_fields({"name": {}}), "exactly one of “column”, “template” and “constant”"),
        (_fields({"name": {"column": "Name", "part": "middle"}}), "“part” is one of first, last"),
        (_fields({"name": {"column": "Name", "colour": 1}}), "unknown key “colour”"),
        (_fields({"annual_value": {"column": "revenue", "scale": "many"}}), "“scale” must be a number"),
        (_fields({"name": {"template": "plain"}}), "names no column"),
        (_fields({"name": {"template": "{Nam}"}}), "no column “Nam”"),
        (_fields({"parent": {"column": "parent", "by": "email"}}), "found by external_id or name"),
        (_fields({"name": {"column": "Name", "by": "name"}}), "refers to nothing"),
        (NAMED | {"dates": "month/day"}, "a pattern like %m/%d/%Y"),
        (NAMED | {"numbers": {"decimal": ",", "thousands": ","}}, "another sign"),
        (NAMED | {"time_zone": "Mars"}, "not a time zone"),
        (NAMED | {"unmapped": "perhaps"}, "“unmapped” is extra or ignore"),
        (NAMED | {"ignore": ["colour"]}, "no column “colour”"),
        (_fields({"name": {"column": "Name", "values": {"a": 1}}}), "“values” must be an object"),
    ],
)  # fmt: skip
def test_mistakes_are_sentences(raw: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadMapping) as refused:
        mappings.from_json(raw, plan_of("accounts"), HEADINGS)

    assert sentence in refused.value.say


def test_headings_that_name_a_field_map_by_themselves() -> None:
    headings = ("External ID", "NAME", "Annual Value", "renewal_date", "Owner ID", "Employees", "Fax")

    mapping = mappings.by_headings(plan_of("accounts"), headings)

    assert mapping.identity == ("External ID",)
    assert {entry.field: entry.column for entry in mapping.entries} == {
        "name": "NAME",
        "annual_value": "Annual Value",
        "renewal_date": "renewal_date",
        "owner": "Owner ID",
        "employees": "Employees",
    }
    assert mapping.rest == ("Fax",)


def test_headings_that_name_nothing_are_said() -> None:
    with pytest.raises(BadMapping, match="None of the columns"):
        mappings.by_headings(plan_of("accounts"), ("foo", "bar"))
    with pytest.raises(BadMapping, match="Nothing says which row"):
        mappings.by_headings(plan_of("accounts"), ("name", "bar"))


def test_a_file_that_is_no_mapping_is_said(tmp_path: Path) -> None:
    for content, sentence in (("{", "is not valid JSON"), ("[]", "must hold one JSON object")):
        (tmp_path / "m.json").write_text(content)
        with pytest.raises(BadMapping, match=sentence):
            mappings.load(tmp_path / "m.json")
    with pytest.raises(BadMapping, match="There is no mapping file"):
        mappings.load(tmp_path / "none.json")


@pytest.mark.parametrize("path", sorted(MAPPINGS.glob("*.json")), ids=lambda path: path.stem)
def test_the_example_mappings_are_about_objects_we_have(path: Path) -> None:
    assert mappings.load(path)["object"] in {*GOVERNED, *LISTS}


@pytest.mark.parametrize("name", sorted(LISTS))
def test_lists_hold_what_their_columns_can(name: str) -> None:
    plan = plan_of(name)
    columns = {column.name: column for column in LISTS[name]._meta.concrete_fields}

    for field, planned in plan.fields.items():
        if field == "team" and name == "users":
            continue
        column = columns[field]
        assert planned.spec.max_length in (None, column.max_length), field
        assert planned.spec.digits in (None, getattr(column, "max_digits", None)), field
        if planned.spec.choices and name != "users":
            assert planned.spec.choices == tuple(key for key, _ in column.choices or ()), field


def test_the_mapping_in_the_documentation_is_one() -> None:
    text = (MAPPINGS.parents[1] / "imports.md").read_text(encoding="utf-8")
    example = json.loads(text.split("```json\n")[1].split("```")[0])
    headings = [
        "account_id",
        "account",
        "sector",
        "contract_value_k",
        "subsidiary_of",
        "year_established",
        "Internal note",
    ]

    mapping = mappings.from_json(example, plan_of("accounts"), headings)

    assert (mapping.identity, mapping.rest, mapping.decimal) == (("account_id",), ("sector",), ",")
    described = {line.split("`")[1] for line in text.splitlines() if line.startswith("| `")}
    assert {"values", "scale", "by", "required", "split", "dates"} <= described
