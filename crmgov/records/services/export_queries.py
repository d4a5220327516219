"""What an export reads: one query per file, with every id and name it needs beside the row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    BooleanField,
    Case,
    CharField,
    Count,
    Exists,
    Expression,
    F,
    Func,
    Max,
    OuterRef,
    QuerySet,
    Subquery,
    TextField,
    UUIDField,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Concat, NullIf

from crmgov.people.models import Membership
from crmgov.records.imports.adapters.sheets import OUR_ID, Sheet
from crmgov.records.imports.catalog import IMPORTED_ROLES, FieldPlan
from crmgov.records.imports.references import FURTHER_KINDS, RECORD_TYPES
from crmgov.records.models import BuyingRole, Consent, ExternalId, Source
from crmgov.records.rules.contactability import ANY

TEXT = TextField()


class Questions:
    """Expressions for one sheet of one source."""

    def __init__(self, sheet: Sheet, source: Source) -> None:
        self.sheet, self.source = sheet, source

    def identity(self) -> Expression:
        """The row's id in the source."""
        kind = self.sheet.plan.id_kind
        return self._outside((kind,), "pk", number=self.sheet.object == "users")

    def field(self, name: str) -> Any:
        """The value of a field as a file says it: a reference by its id in the source, a person by e-mail."""
        planned = self.sheet.plan.fields[name]
        if self.sheet.object == "users" and name == "team":
            return _only_team()
        if self.sheet.object == "users" and name == "role":
            # Whoever may do more is made by an admin, never by a file.
            return Case(When(role__in=IMPORTED_ROLES, then=F("role")), default=Value(""), output_field=TEXT)
        if not planned.refers:
            return F(name)
        if planned.refers == "users":
            return self._person(name)
        if planned.refers == "teams":
            return Coalesce(F(f"{name}__name"), Value(""), output_field=TEXT)
        if planned.refers in {"segments", "stages", "products"}:
            return F(f"{name}_id")
        return self._outside(_kinds(planned), f"{name}_id")

    def value(self, name: str, field: str) -> Any:
        """What a column says that is not simply a field."""
        match name:
            case "no_mail" | "no_call":
                return _opted_out("email" if name == "no_mail" else "phone")
            case "owner_id_outside":
                return self._person(field, by_id=True)
            case "lost_reason" | "won_reason":
                kind = name.removesuffix("_reason")
                return Case(
                    When(stage__kind=kind, then=F("closed_reason")), default=Value(""), output_field=TEXT
                )
            case "role_contacts":
                return self._role_contacts()
            case "task_status":
                return Case(When(done_at=None, then=Value("open")), default=Value("done"), output_field=TEXT)
            case "archived_at":
                return F("archived_at")
            case "completed":
                return Value("Completed")
            case "what_id":
                what = [NullIf(self.field(one), Value("")) for one in ("opportunity", "ticket", "account")]
                return Coalesce(*what, Value(""), output_field=TEXT)
        raise KeyError(name)

    def said_of_any(self) -> Any:
        """Of a consent: what the contact said of all purposes of its channel."""
        said = Consent.objects.filter(contact=OuterRef("contact"), channel=OuterRef("channel"), purpose=ANY)
        return Subquery(said.values("state"))

    def _outside(self, kinds: tuple[str, ...], key: str, *, number: bool = False) -> Expression:
        """The id in the source; ours with a prefix where it has none; "" where there is nothing to name."""
        there = outside_ids(self.source, kinds, _as_uuid(OuterRef(key)) if number else OuterRef(key))
        ours = Concat(Value(OUR_ID), Cast(F(key), TEXT))
        named = Coalesce(Subquery(there), ours, output_field=TEXT)
        return (
            named
            if key == "pk"
            else Case(When(**{f"{key}__isnull": True}, then=Value("")), default=named, output_field=TEXT)
        )

    def _person(self, name: str, *, by_id: bool = False) -> Expression:
        """A person by e-mail. Who is inactive is found by id only; by `by_id` everybody who has one there."""
        there = outside_ids(self.source, ("user",), _as_uuid(OuterRef(f"{name}_id")))
        email = Coalesce(F(f"{name}__email"), Value(""), output_field=TEXT)
        if by_id:
            given = Case(When(value__startswith=OUR_ID, then=None), default=F("value"), output_field=TEXT)
            email = Coalesce(Subquery(there.values(given=given)), email, output_field=TEXT)
        return Case(
            When(**{f"{name}__is_active": False}, then=Coalesce(Subquery(there), email, output_field=TEXT)),
            default=email,
            output_field=TEXT,
        )

    def _role_contacts(self) -> Any:
        roles = BuyingRole.objects.present().filter(opportunity=OuterRef("pk")).order_by("contact_id")
        ids = outside_ids(self.source, ("contact", "lead"), OuterRef("contact_id"))
        ours = Concat(Value(OUR_ID), Cast(F("contact_id"), TEXT))
        return ArraySubquery(
            roles.annotate(outside=Coalesce(Subquery(ids), ours, output_field=TEXT)).values("outside")
        )


def outside_ids(source: Source, kinds: tuple[str, ...], record_id: Any) -> QuerySet[ExternalId, Any]:
    """The id of a record in the source."""
    found = ids_in(source).filter(kind__in=kinds, record_id=record_id)
    return first_of_several(found).values("value")[:1]


def ids_in(source: Source) -> QuerySet[ExternalId]:
    """Ids in a source, to be narrowed to a record or a few.

    The sum keeps Postgres from walking all ids of the source for each record, which it does as long as its statistics
    do not know the source: after the first import or export.
    """
    return ExternalId.objects.annotate(of_source=F("source_id") + 0).filter(of_source=source.pk)


def first_of_several(ids: QuerySet[ExternalId]) -> QuerySet[ExternalId]:
    """A contact's id comes before that of the lead it was, a record's own before ids merged into it."""
    return ids.order_by("kind", Case(When(last_seen={}, then=1), default=0), "id")


def keys_of(rows: QuerySet[Any], column: str) -> list[str]:
    """Every key there is in a JSON column, sorted."""
    key = Func(F(column), function="jsonb_object_keys", output_field=CharField())
    key.set_returning = True
    return sorted(set(rows.order_by().annotate(key_of_it=key).values_list("key_of_it", flat=True).distinct()))


def stream(rows: QuerySet[Any], wanted: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Yield one tuple per row from a cursor of the server; memory does not grow with the table."""
    named = {f"out_{place}": expression for place, expression in enumerate(wanted.values())}
    yield from rows.annotate(**named).values_list(*named).iterator(chunk_size=2000)


def _kinds(planned: FieldPlan) -> tuple[str, ...]:
    further = FURTHER_KINDS.get(planned.refers)
    return (RECORD_TYPES[planned.refers], *([further] if further else []))


def _as_uuid(number: Any) -> Expression:
    """A whole-number key as external ids hold it."""
    return Func(number, template="lpad(to_hex(%(expressions)s), 32, '0')::uuid", output_field=UUIDField())


def _opted_out(channel: str) -> Any:
    said = Consent.objects.filter(
        contact=OuterRef("pk"), channel=channel, purpose=ANY, state=Consent.State.OPTED_OUT
    )
    return Exists(said, output_field=BooleanField())


def _only_team() -> Expression:
    """The team of somebody who is in exactly one."""
    mine = Membership.objects.filter(user=OuterRef("pk")).order_by().values("user")
    return Coalesce(
        Subquery(mine.annotate(n=Count("pk"), name=Max("team__name")).filter(n=1).values("name")),
        Value(""),
        output_field=TEXT,
    )
