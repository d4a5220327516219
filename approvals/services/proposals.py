"""What an agent sends: one shape for API and command line, strict, with a sentence for every mistake."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from math import isfinite
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from crmgov.records.services.patches import INHERITED

# JSON numbers above this lose digits in other readers (RFC 8785, RFC 7493).
LARGEST_WHOLE = 2**53 - 1
LONGEST_VALUE = 20_000
MOST_TEXTS = 100
MOST_SHOWN = 20
# Names of an answer are told up to here, and a near one is looked for only where a name is as short as ours.
LONGEST_PART = 80
LONGEST_GUESSED = 60

RecordType = Literal["account", "contact", "opportunity", "buying_role", "ticket", "task"]
SourceType = Literal["account", "contact", "opportunity", "ticket", "activity", "fact"]
LevelName = Literal["shadow", "suggest", "draft", "execute", "full"]


def _readable(text: str) -> str:
    """Refuse what the database cannot hold or a reader cannot see."""
    bad = next((c for c in text if unicodedata.category(c) in {"Cc", "Cs"} and c not in "\n\r\t"), None)
    if bad is not None:
        raise PydanticCustomError("control", "It holds the character U+{code}, which is not allowed.",
                                  {"code": f"{ord(bad):04X}"})  # fmt: skip
    return text


def _not_blank(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("blank", "It may not be empty.")
    return text.strip()


def _not_ours(source: str) -> str:
    """The door takes this word for what a record has from the one it hangs on, and lets more through for it."""
    if source.strip().lower() == INHERITED:
        raise PydanticCustomError("reserved", "“inherited” is a word of ours: say where the value is from.")
    return source


def _value(value: Any) -> Any:
    """A scalar or a list of texts, as a field holds it."""
    match value:
        case None | bool():
            return value
        case int() if abs(value) > LARGEST_WHOLE:
            raise PydanticCustomError("too_large", "The number is too large for JSON; send it as text.")
        case float() if not isfinite(value):
            raise PydanticCustomError("not_finite", "It must be a number that is neither infinite nor NaN.")
        case int() | float():
            return value
        case str() if len(value) <= LONGEST_VALUE:
            return _readable(value)
        case list() if len(value) <= MOST_TEXTS and all(isinstance(part, str) for part in value):
            return [_readable(part[:LONGEST_VALUE]) for part in value]
    raise PydanticCustomError(
        "no_value",
        "It must be text of at most {longest} characters, a number, true, false, null "
        "or a list of at most {most} texts.",
        {"longest": LONGEST_VALUE, "most": MOST_TEXTS},
    )


def _web_address(text: str) -> str:
    if text and not text.startswith(("https://", "http://")):
        raise PydanticCustomError("address", "It must begin with https:// or http://.")
    return text


Share = Annotated[float, Field(strict=True, ge=0, le=1, allow_inf_nan=False)]
Line = Annotated[str, Field(strict=True), AfterValidator(_readable)]
Named = Annotated[Line, AfterValidator(_not_blank)]
Value = Annotated[
    Any,
    BeforeValidator(_value),
    WithJsonSchema(
        {
            "description": "As the field holds it: amounts as text, dates as 2026-03-31, lists of texts.",
            "anyOf": [
                {"type": "null"},
                {"type": "boolean"},
                {"type": "number"},
                {"type": "string", "maxLength": LONGEST_VALUE},
                {"type": "array", "items": {"type": "string"}, "maxItems": MOST_TEXTS},
            ],
        }
    ),
]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ExternalRef(Strict):
    """A record's name in the system it came from, as an import or a sync recorded it."""

    source: Annotated[Named, Field(max_length=120, examples=["csv"])]
    kind: Annotated[Named, Field(max_length=40, examples=["account"])]
    value: Annotated[Named, Field(max_length=300, examples=["A-1001"])]


class RecordRef(Strict):
    """The record it is about: by our id or by an external id. For create_record only the type."""

    type: RecordType
    id: UUID | None = None
    external_id: ExternalRef | None = None

    @model_validator(mode="after")
    def _one_name(self) -> Self:
        if self.id is not None and self.external_id is not None:
            raise PydanticCustomError("two_names", "Name the record by id or by external_id, not by both.")
        return self


class Evidence(Strict):
    """What the value rests on: words, or where they stand."""

    text: Annotated[Line, Field(max_length=2_000)] = ""
    url: Annotated[Line, Field(max_length=500), AfterValidator(_web_address)] = ""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.text.strip() or self.url.strip()):
            raise PydanticCustomError("says_nothing", "Evidence needs a text or a url.")
        return self


class ProposedItem(Strict):
    """One field: the value as seen, the value proposed. `seen` is null for an empty field."""

    field: Annotated[Named, Field(max_length=120, examples=["industry"])]
    seen: Value = None
    proposed: Value
    confidence: Share | None = None
    source: Annotated[Line, Field(max_length=120), AfterValidator(_not_ours)] = ""
    evidence: Annotated[list[Evidence], Field(max_length=20)] = []
    reason: Annotated[Line, Field(max_length=2_000)] = ""


class FactRelied(Strict):
    """A fact the proposer relied on, as in account.renewal_date, with the value it saw."""

    name: Annotated[Named, Field(max_length=160, examples=["account.industry"])]
    value: Value


class ClaimSource(Strict):
    """Where a statement is from: a record or an activity by our id, or one of the facts by its name."""

    type: SourceType
    id: Annotated[Named, Field(max_length=160, examples=["account.renewal_date"])]


class Claim(Strict):
    """Something a message states, and from where."""

    text: Annotated[Named, Field(max_length=500)]
    source: ClaimSource


class Proposal(Strict):
    """One intended action on one record."""

    record: RecordRef
    action: Annotated[Named, Field(max_length=40, examples=["set_fields"])]
    items: Annotated[list[ProposedItem], Field(max_length=50)] = []
    confidence: Share | None = None
    reason: Annotated[Line, Field(max_length=4_000)] = ""
    facts: Annotated[list[FactRelied], Field(max_length=50)] = []
    # Of a message only: what it states, each with its source.
    claims: Annotated[list[Claim], Field(max_length=20)] = []
    level: LevelName = "suggest"
    workflow: Annotated[Named, Field(max_length=120, examples=["enrich-firmographics"])]
    version: Annotated[Named, Field(max_length=40, examples=["3"])]
    model: Annotated[Line, Field(max_length=120)] = ""
    # What belongs together: of more than a hundred of one workflow under one name a sample is decided first.
    run: Annotated[Named, Field(max_length=120, examples=["2026-11-22 night"])] | None = None
    chain: Annotated[list[UUID], Field(max_length=20)] = []
    # The suggestion on which a person asked back, and whose place this one takes.
    answers: UUID | None = None

    @model_validator(mode="after")
    def _fields_once(self) -> Self:
        seen: set[str] = set()
        for item in self.items:
            if item.field in seen:
                raise PydanticCustomError(
                    "field_twice", "The items name {field} twice; one value per field.", {"field": item.field}
                )
            seen.add(item.field)
        return self


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: where (RFC 6901 pointer into the body) and a sentence."""

    pointer: str
    say: str


def read(body: object) -> Proposal:
    """The proposal in a JSON object. Raises pydantic.ValidationError; `problems_of` says it in sentences."""
    return Proposal.model_validate(body)


def problems_of(error: ValidationError) -> list[Problem]:
    """Every mistake pydantic found, in sentences."""
    return problems_in(error.errors(include_url=False))


def problems_in(errors: Iterable[Mapping[str, Any]], *, skip: int = 0) -> list[Problem]:
    """The same for raw errors; the first `skip` parts of each place are not the body's."""
    found: dict[str, Problem] = {}
    beyond: set[str] = set()
    for error in errors:
        place = error["loc"][skip:]
        pointer = "".join(f"/{_escaped(part)}" for part in place)
        if pointer in found:
            continue
        if len(found) == MOST_SHOWN:
            beyond.add(pointer)
            continue
        found[pointer] = Problem(pointer, _sentence(error, str(place[-1]) if place else "body"))
    shown = list(found.values())
    if beyond:
        shown.append(Problem("", f"And {len(beyond)} more mistakes like these."))
    return shown


def _escaped(part: object) -> str:
    return _shortened(str(part)).replace("~", "~0").replace("/", "~1")


def _shortened(name: str) -> str:
    """A name as an answer repeats it: whatever its length, nobody is sent a megabyte back, or what none can keep."""
    short = name if len(name) <= LONGEST_PART else f"{name[:LONGEST_PART]}…"
    return "".join("\ufffd" if unicodedata.category(c) in {"Cc", "Cs"} else c for c in short)


_SENTENCES = {
    "missing": "It needs {name}.",
    "uuid_parsing": "It must be an id like 0198c9e2-5b1e-7c3a-9d51-2f6a4c0e8b77.",
    "uuid_type": "It must be an id like 0198c9e2-5b1e-7c3a-9d51-2f6a4c0e8b77.",
    "finite_number": "It must be a number that is neither infinite nor NaN.",
    "json_invalid": "It is not JSON.",
    "greater_than_equal": "It must be at least {ge}.",
    "less_than_equal": "It must be at most {le}.",
    "string_too_long": "It is longer than {max_length} characters.",
    "too_long": "It holds {actual_length} entries, and {max_length} is the most.",
    "list_type": "It must be a list.",
    "string_type": "It must be text.",
    "float_type": "It must be a number.",
    "int_type": "It must be a whole number.",
    "model_type": "It must be an object.",
    "model_attributes_type": "It must be an object.",
    "dict_type": "It must be an object.",
    "literal_error": "It must be {expected}.",
}


def _sentence(error: Mapping[str, Any], name: str) -> str:
    kind, context = str(error["type"]), dict(error.get("ctx") or {})
    if kind == "extra_forbidden":
        near = get_close_matches(name, _NAMES, n=1) if len(name) <= LONGEST_GUESSED else []
        return f"There is no “{_shortened(name)}” here." + (f" Did you mean {near[0]}?" if near else "")
    if kind in _SENTENCES:
        return _SENTENCES[kind].format(**{**context, "name": name})
    said = str(error.get("msg") or "It is not valid").strip()
    return said if said.endswith(".") else f"{said}."


_NAMES = sorted(
    {
        name
        for shape in (
            Proposal,
            ProposedItem,
            RecordRef,
            ExternalRef,
            Evidence,
            FactRelied,
            Claim,
            ClaimSource,
        )
        for name in shape.model_fields
    }
)
