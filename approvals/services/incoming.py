"""What a sender says of an event: strict, with a sentence for every mistake."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from crmgov.records import registry
from crmgov.records.models.activities import OURS, ActivityKind
from crmgov.records.rules.values import Kind, ValueProblem, ValueSpec, parse

from .proposals import Line, Named, Strict, Value

AMOUNT = ValueSpec(Kind.DECIMAL, digits=18, places=2)
CURRENCY = ValueSpec(Kind.TEXT, max_length=3, format="currency")
MOST_DATA = 50


def _kind(name: str) -> str:
    if name not in ActivityKind.values:
        raise PydanticCustomError(
            "kind", "It must be one of {kinds}.", {"kinds": ", ".join(ActivityKind.values)}
        )
    return name


def _parsed(spec: ValueSpec, raw: Any) -> Any:
    """As the column can hold it."""
    try:
        return parse(spec, raw)
    except ValueProblem as problem:
        raise PydanticCustomError("value", "{say}", {"say": str(problem)}) from problem


def _email(text: str) -> str:
    return str(_parsed(registry.spec_of("contact", "email"), text))


def _amount(raw: Any) -> Any:
    return _parsed(AMOUNT, raw)


def _currency(text: str) -> str:
    return str(_parsed(CURRENCY, text))


def _data(data: dict[str, Any]) -> dict[str, Any]:
    if len(data) > MOST_DATA:
        raise PydanticCustomError("data", "It holds more than {most} entries.", {"most": MOST_DATA})
    if any(name.startswith(OURS) for name in data):
        raise PydanticCustomError("data", "Names that begin with {ours} are ours.", {"ours": OURS})
    return data


class RecordName(Strict):
    """The record in the system it came from. `kind` tells two apart that the source calls the same."""

    source: Annotated[Named, Field(max_length=120, examples=["csv"])]
    id: Annotated[Named, Field(max_length=300, examples=["A-1001"])]
    kind: Annotated[Named, Field(max_length=40)] | None = None


class EventRecord(Strict):
    """What it happened around: by our id or by an external id."""

    type: Literal["account", "contact", "opportunity", "ticket"]
    id: UUID | None = None
    external_id: RecordName | None = None

    @model_validator(mode="after")
    def _one_name(self) -> Self:
        if (self.id is None) == (self.external_id is None):
            raise PydanticCustomError("names", "Name the record by id or by external_id.")
        return self


class Person(Strict):
    """Who it was. The address finds the contact; the rest is for the lead of somebody unknown."""

    email: Annotated[Named, Field(max_length=254, examples=["maya@lind.example"]), AfterValidator(_email)]
    first_name: Annotated[Line, Field(max_length=120)] = ""
    last_name: Annotated[Line, Field(max_length=120)] = ""
    phone: Annotated[Line, Field(max_length=32)] = ""
    title: Annotated[Line, Field(max_length=160)] = ""
    language: Annotated[Line, Field(max_length=12)] = ""
    team: Annotated[int, Field(strict=True, gt=0)] | None = None


class OptOut(Strict):
    """They do not want to be contacted; for one purpose, or for all there are."""

    channel: Literal["email", "phone", "post", "sms", "linkedin"]
    purpose: Annotated[Line, Field(max_length=40)] = ""


class Event(Strict):
    """Something that happened around a record or a person. Opting in is nothing an event can say."""

    kind: Annotated[
        Named,
        AfterValidator(_kind),
        WithJsonSchema({"type": "string", "enum": list(ActivityKind.values)}),
    ]
    occurred_at: AwareDatetime
    id: Annotated[Named, Field(max_length=160, examples=["form-8812"])] | None = None
    source: Annotated[Named, Field(max_length=120, examples=["website"])] | None = None
    record: EventRecord | None = None
    person: Person | None = None
    subject: Annotated[Line, Field(max_length=300)] = ""
    body: Annotated[Line, Field(max_length=20_000)] = ""
    by: Annotated[Line, Field(max_length=160)] = ""
    amount: Annotated[
        Value, AfterValidator(_amount), WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "null"}]})
    ] = None
    currency: Annotated[Line, Field(max_length=3), AfterValidator(_currency)] = ""
    data: Annotated[dict[Annotated[Named, Field(max_length=80)], Value], AfterValidator(_data)] = {}
    opt_out: OptOut | None = None

    @property
    def digest(self) -> str:
        """SHA-256 of what it says: the same for the same event, however its JSON was written."""
        said = self.model_dump(mode="json", exclude_defaults=True)
        return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.record is None and self.person is None:
            raise PydanticCustomError("whose", "Say whose event it is: a record, or a person with an e-mail.")
        if self.amount is not None and not self.currency:
            raise PydanticCustomError("currency", "An amount needs its currency.")
        return self
