"""What a change points to: it must exist, and its name is copied into the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from crmgov.people.models import User
from crmgov.records import registry
from crmgov.records.contracts import EXTRA
from crmgov.records.models.governed import Governed
from crmgov.records.rules.values import Kind

from .patches import Patch


def labels_for(record_type: str, field: str, keys: Iterable[Any]) -> dict[Any, str]:
    """Return key -> name for the keys that exist; one query. UUID keys come back as text, as they stand in edits."""
    column = registry.column(record_type, field)
    model = column.related_model
    assert isinstance(model, type)  # noqa: S101 (asked of references only)
    target = column.target_field.name  # type: ignore[attr-defined]
    wanted = {key for key in keys if key not in (None, "") and _possible(key, column)}
    if not wanted:
        return {}
    found = model._default_manager.filter(**{f"{target}__in": wanted})
    if issubclass(model, Governed):
        found = found.defer("extra", "provenance", "tags")
    return {as_key(getattr(row, target)): str(row) for row in found}


def labels_of(
    record_type: str, patches: Sequence[Patch]
) -> tuple[dict[str, dict[Any, str]], list[tuple[Patch, str]]]:
    """Return field -> key -> name for all references of the patches, and the patches that point to nothing."""
    keys: dict[str, set[Any]] = {}
    for patch in patches:
        for edit in patch.edits:
            if _is_reference(record_type, edit.field):
                keys.setdefault(edit.field, set()).update({as_key(edit.old), as_key(edit.new)})
    labels = {field: labels_for(record_type, field, wanted) for field, wanted in keys.items()}
    unknown = [(patch, say) for patch in patches if (say := _missing(record_type, patch, labels))]
    return labels, unknown


def unseen(record_type: str, field: str, key: Any, user: User) -> str:
    """Return why this person may not point there: another team's record is none to them. Empty when they may."""
    if key in (None, "") or not _is_reference(record_type, field):
        return ""
    column = registry.column(record_type, field)
    model = column.related_model
    if not (isinstance(model, type) and issubclass(model, Governed)):
        return ""
    if _possible(key, column) and model.objects.for_user(user).filter(pk=key).exists():
        return ""
    return f"There is no such {registry.spec_of(record_type, field).refers_to} here."


def _missing(record_type: str, patch: Patch, labels: dict[str, dict[Any, str]]) -> str:
    for edit in patch.edits:
        if edit.new in (None, "") or edit.field not in labels:
            continue
        if as_key(edit.new) not in labels[edit.field]:
            what = registry.spec_of(record_type, edit.field).refers_to
            return f"There is no {what} “{edit.new}” for {edit.field}."
    return ""


def _is_reference(record_type: str, field: str) -> bool:
    return not field.startswith(EXTRA) and registry.spec_of(record_type, field).kind is Kind.REFERENCE


def _possible(key: Any, column: Any) -> bool:
    """Can the key be one at all? A text that is no UUID must not reach a UUID column."""
    if column.target_field.get_internal_type() != "UUIDField" or isinstance(key, UUID):
        return True
    try:
        UUID(str(key))
    except ValueError:
        return False
    return True


def as_key(value: Any) -> Any:
    """A reference as it stands in the ledger: ids as text."""
    return str(value) if isinstance(value, UUID) else value
