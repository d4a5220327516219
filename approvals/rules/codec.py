"""Frozen dataclasses to plain JSON and back, by their annotations.

A reading keeps its facts so that judging them again gives the same (INVARIANTS D6). A key this code does
not know is refused rather than dropped: judging without a fact that was there could only come out looser.
A key that is missing takes its default, so facts stored before a field existed stay readable.
"""

from dataclasses import MISSING, Field, fields, is_dataclass
from decimal import Decimal, InvalidOperation
from enum import Enum
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from approvals.rules.vocabulary import Json

T = TypeVar("T")


class Unreadable(ValueError):
    """Stored facts or findings do not have the shape this code reads."""


def dump(shown: object) -> Json:
    """Plain JSON for a dataclass, tuple, enum, decimal or JSON value."""
    if is_dataclass(shown):
        return {field.name: dump(getattr(shown, field.name)) for field in fields(shown)}
    if isinstance(shown, Enum):
        return cast(str, shown.value)
    if isinstance(shown, Decimal):
        return str(shown)
    if isinstance(shown, tuple):
        return [dump(part) for part in shown]
    return cast(Json, shown)


def load(cls: type[T], stored: object, path: str = "") -> T:
    """The dataclass `cls` from plain JSON. Raises Unreadable with a sentence naming the place."""
    where = path or cls.__name__
    if not isinstance(stored, dict):
        raise Unreadable(f"{where} must be an object, not {type(stored).__name__}.")
    known = {field.name: field for field in fields(cast(Any, cls))}
    if strangers := sorted(str(key) for key in stored if key not in known):
        raise Unreadable(f"{where} holds {strangers[0]}, which this version of the rules does not know.")
    values = {}
    for name, field in known.items():
        if name in stored:
            values[name] = _read(_hint(cls, field), stored[name], f"{where}.{name}")
        elif field.default is MISSING and field.default_factory is MISSING:
            raise Unreadable(f"{where} lacks {name}.")
    return cls(**values)


def _hint(cls: Any, field: Field[Any]) -> Any:
    """The annotation itself. Only those written as text are resolved: resolving would unfold Json."""
    return get_type_hints(cls)[field.name] if isinstance(field.type, str) else field.type


def _read(hint: Any, stored: Any, path: str) -> Any:
    if hint is Json:
        return stored
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        return _read_optional(hint, stored, path)
    if origin is tuple:
        if not isinstance(stored, (list, tuple)):
            raise Unreadable(f"{path} must be a list, not {type(stored).__name__}.")
        return tuple(_read(get_args(hint)[0], part, f"{path}[{at}]") for at, part in enumerate(stored))
    if is_dataclass(hint):
        return load(cast(type[Any], hint), stored, path)
    return _read_plain(hint, stored, path)


def _read_optional(hint: Any, stored: Any, path: str) -> Any:
    if stored is None:
        return None
    (inner,) = (part for part in get_args(hint) if part is not NoneType)
    return _read(inner, stored, path)


def _read_plain(hint: Any, stored: Any, path: str) -> Any:
    if issubclass(hint, (Enum, Decimal)):
        try:
            # Amounts come as text or whole numbers: a binary fraction is not the amount somebody wrote.
            return hint(stored if type(stored) in (str, int) else None)
        except (ValueError, TypeError, InvalidOperation):
            raise Unreadable(f"{path} cannot be {stored!r}.") from None
    if hint is float and type(stored) is int:
        return float(stored)
    if type(stored) is not hint:
        raise Unreadable(f"{path} must be {hint.__name__}, not {type(stored).__name__}.")
    return stored
