"""Every column that could hold a person's data is listed: what is forgotten cannot be erased."""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models
from simple_history.models import HistoricalChanges, registered_models

from crmgov.records.privacy import PRIVACY, personal_columns

OURS = {"people", "records", "scoring", "approvals", "crmgov"}
# Rows a migration writes about code; no person was ever near them.
ABOUT_CODE = {"auth", "contenttypes"}


def is_textual(field: models.Field[object, object]) -> bool:
    if isinstance(field, ArrayField):
        return is_textual(field.base_field)
    return isinstance(field, models.CharField | models.TextField | models.JSONField)


def textual_columns() -> Iterator[tuple[str, str]]:
    for model in apps.get_models():
        if model._meta.app_label in ABOUT_CODE or issubclass(model, HistoricalChanges):
            continue
        for field in model._meta.concrete_fields:
            if is_textual(field) and not isinstance(field, models.ForeignKey):
                yield model._meta.label, field.name


def listed_columns() -> list[tuple[str, str]]:
    return [
        (model, column)
        for model, columns in PRIVACY.items()
        for column in f"{columns.personal} {columns.labels} {columns.plain}".split()
    ]


def test_every_text_and_json_column_is_in_a_list() -> None:
    forgotten = set(textual_columns()) - set(listed_columns())

    assert not forgotten, f"Say in crmgov/records/privacy.py what these can hold: {sorted(forgotten)}"


def test_every_listed_column_exists() -> None:
    invented = set(listed_columns()) - set(textual_columns())

    assert not invented, f"These are listed and do not exist: {sorted(invented)}"


def test_no_column_is_in_two_lists() -> None:
    listed = listed_columns()

    assert len(listed) == len(set(listed))


def test_a_snapshot_has_no_text_of_its_own_beyond_its_record_and_the_reason() -> None:
    """Snapshots follow their record in the list, so they may not bring columns nobody listed."""
    beyond = set()
    for model in registered_models.values():
        own = {field.name for field in model._meta.concrete_fields}
        snapshot = next(m for m in apps.get_models() if m.__name__ == f"Historical{model.__name__}")
        beyond |= {
            field.name
            for field in snapshot._meta.concrete_fields
            if is_textual(field) and field.name not in own
        }

    assert beyond <= {"history_change_reason", "history_type"}


def test_names_copied_into_the_ledger_count_as_personal() -> None:
    assert {
        ("records.FieldChange", "old"),
        ("records.FieldChange", "new"),
        ("records.FieldChange", "record_label"),
        ("records.Contact", "email"),
    } <= set(personal_columns())
