"""Record types by name, and what each of their fields can hold, read from the models."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Any, cast
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models

from crmgov.kernel.canonical import plain

from .contracts import EXTRA
from .models import Account, BuyingRole, Consent, Contact, Opportunity, Suppression, Task, Ticket
from .models.governed import Governed
from .rules.values import Kind, ValueSpec
from .rules.values import parse as parse_value
from .rules.values import restore as restore_value

# In the order in which they must be made: what is referred to comes first.
MODELS: dict[str, type[Governed]] = {
    "account": Account,
    "contact": Contact,
    "opportunity": Opportunity,
    "buying_role": BuyingRole,
    "ticket": Ticket,
    "task": Task,
}

# What suggestions name like fields and no table of records holds: each stands in a row of its own once approved.
TEXTS: dict[str, dict[str, ValueSpec]] = {
    "message": {
        "purpose": ValueSpec(Kind.TEXT, max_length=40, required=True),
        "subject": ValueSpec(Kind.TEXT, max_length=200, required=True),
        "body": ValueSpec(Kind.TEXT, max_length=20_000, required=True),
        "template": ValueSpec(Kind.TEXT, max_length=100),
        # Without one it is an e-mail; by every other way a person sends it and says so.
        "channel": ValueSpec(Kind.CHOICE, max_length=8, choices=("email", "phone", "sms", "linkedin")),
    },
    "suppression": {
        "kind": ValueSpec(Kind.CHOICE, choices=tuple(Suppression.Kind.values), required=True, nullable=False),
        "value": ValueSpec(Kind.TEXT, max_length=254),
        "reason": ValueSpec(Kind.TEXT, max_length=300, required=True),
        "until": ValueSpec(Kind.DATE),
    },
    "summary": {
        "about": ValueSpec(Kind.TEXT, max_length=200),
        "summary": ValueSpec(Kind.TEXT, max_length=8_000, required=True),
        "next_action": ValueSpec(Kind.TEXT, max_length=300),
        "of": ValueSpec(Kind.TEXT, max_length=36),
    },
}
# Whose choices no column names.
CHOICE_WORDS = {
    ("message", "channel"): {key: str(words) for key, words in Consent.Channel.choices},
    ("suppression", "kind"): {key: str(words) for key, words in Suppression.Kind.choices},
}

FORMATS = {
    "email": "email",
    "domain": "domain",
    "currency": "currency",
    "time_zone": "zone",
    "phone": "phone",
    "language": "language",
}
# Beyond what the column can hold: (least, most).
RANGES = {
    "employees": (Decimal(0), None),
    "annual_value": (Decimal(0), None),
    "amount": (Decimal(0), None),
    "churn_score": (Decimal(0), Decimal(1)),
    "lead_score": (Decimal(0), Decimal(100)),
}


class UnknownField(KeyError):
    """No such field on this type of record."""


def model_of(record_type: str) -> type[Governed]:
    """Return the model; KeyError when there is no such type."""
    return MODELS[record_type]


def type_of(record: Governed | type[Governed]) -> str:
    model = record if isinstance(record, type) else type(record)
    return next(name for name, known in MODELS.items() if known is model)


def column(record_type: str, field: str) -> models.Field[Any, Any]:
    """Return the Django field; UnknownField when there is none."""
    try:
        return cast("models.Field[Any, Any]", MODELS[record_type]._meta.get_field(field))
    except Exception as error:
        raise UnknownField(f"{record_type}.{field}") from error


@cache
def spec_of(record_type: str, field: str) -> ValueSpec:
    """Return what the field can hold."""
    if field.startswith(EXTRA):
        return ValueSpec(Kind.TEXT, nullable=True)
    if record_type in TEXTS:
        return _text(record_type, field)
    return _spec(column(record_type, field))


def is_known(record_type: str, field: str) -> bool:
    """Whether the field is there today; the ledger keeps what was written to fields that are gone."""
    if field.startswith(EXTRA):
        return True
    if record_type in TEXTS:
        return field in TEXTS[record_type]
    try:
        column(record_type, field)
    except UnknownField:
        return False
    return True


def parse(record_type: str, field: str, raw: Any) -> Any:
    """Return `raw` as the column's type. Raises ValueProblem with a sentence."""
    return parse_value(spec_of(record_type, field), raw)


def restore(record_type: str, field: str, stored: Any) -> Any:
    """Return a value as it stands in the ledger as the column's type, without judging its form again.

    Rules about values grow stricter; what was stored under older ones can still be compared, shown and put back.
    """
    return restore_value(spec_of(record_type, field), stored)


def to_json(value: Any) -> Any:
    """Return the value as it stands in the ledger: a JSON scalar or a list of strings."""
    return plain(value)


def get(record: Governed, field: str) -> Any:
    """Return the current value: the key of what a reference names (ids as text), one key of `extra` for `extra.*`."""
    if field.startswith(EXTRA):
        return record.extra.get(field.removeprefix(EXTRA))
    value = getattr(record, column(type_of(record), field).attname)
    return str(value) if isinstance(value, UUID) else value


def label(record_type: str, field: str) -> str:
    """Return the field's name as people read it; of a field that is gone, the name it had in the ledger."""
    if field.startswith(EXTRA):
        return field.removeprefix(EXTRA)
    if not is_known(record_type, field):
        return field
    if record_type in TEXTS:
        return field.replace("_", " ").capitalize()
    words = str(column(record_type, field).verbose_name)
    return words[:1].upper() + words[1:]


def choice_label(record_type: str, field: str, value: Any) -> str:
    """Return how people read one of a field's choices; "" for what is no choice."""
    if record_type in TEXTS:
        return CHOICE_WORDS.get((record_type, field), {}).get(str(value), "")
    if field.startswith(EXTRA):
        return ""
    if not isinstance(value, str) or not is_known(record_type, field):
        return ""
    return str(dict(column(record_type, field).flatchoices).get(value, ""))


def _text(record_type: str, field: str) -> ValueSpec:
    try:
        return TEXTS[record_type][field]
    except KeyError as error:
        raise UnknownField(f"{record_type}.{field}") from error


def _spec(field: models.Field[Any, Any]) -> ValueSpec:
    name, nullable = field.name, field.null
    required = not field.blank and not field.has_default()
    if isinstance(field, models.ForeignKey):
        target = field.target_field
        whole = isinstance(target, models.AutoField | models.IntegerField)
        refers_to = str(field.related_model._meta.verbose_name)
        return ValueSpec(
            Kind.REFERENCE,
            refers_to=refers_to,
            integer_key=whole,
            uuid_key=isinstance(target, models.UUIDField),
            required=not nullable,
            nullable=nullable,
        )
    if isinstance(field, ArrayField):
        return ValueSpec(Kind.TEXTS, max_length=field.base_field.max_length, nullable=False)
    limits = RANGES.get(name, (None, None))
    match field:
        case models.BooleanField():
            return ValueSpec(Kind.BOOLEAN, nullable=False)
        case models.IntegerField():
            return ValueSpec(Kind.INTEGER, required=required, nullable=nullable, range=limits)
        case models.DecimalField():
            return ValueSpec(
                Kind.DECIMAL,
                digits=field.max_digits,
                places=field.decimal_places,
                required=required,
                nullable=nullable,
                range=limits,
            )
        case models.DateTimeField():
            return ValueSpec(Kind.MOMENT, required=required, nullable=nullable)
        case models.DateField():
            return ValueSpec(Kind.DATE, required=required, nullable=nullable)
    if field.choices:
        choices = tuple(str(key) for key, _ in cast("list[tuple[str, str]]", field.choices))
        return ValueSpec(Kind.CHOICE, choices=choices, required=not field.blank, nullable=nullable)
    return ValueSpec(
        Kind.TEXT,
        max_length=field.max_length,
        format=FORMATS.get(name, ""),
        required=required,
        nullable=nullable,
    )
