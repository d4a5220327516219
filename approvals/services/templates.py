"""A message template filled with the values of one record. Nothing is ever sent with a hole in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Protocol

from django.template import Context, Engine, Template, TemplateSyntaxError

from approvals.rules.characters import without_hidden
from approvals.rules.merge_fields import BadTemplate, fields_of, marks
from approvals.rules.message_html import is_html, paragraphs
from approvals.rules.wording import listed
from crmgov.kernel.refusals import Refused

__all__ = ["BadTemplate", "EmptyField", "Rendered", "TemplateLike", "fields_of", "preview", "render"]

LONGEST_VALUE = 500
LONGEST_RESULT = 60_000


class EmptyField(Refused):
    """A field of this template has no value here, so nothing was written."""

    def __init__(self, missing: tuple[str, ...]) -> None:
        self.missing = missing
        said = "has no value" if len(missing) == 1 else "have no value"
        super().__init__(f"{listed(missing)} {said} here, so nothing was written.", missing=missing)


class TooLong(Refused):
    """Filled in, this template is too long for a message. Shorten it."""


class TemplateLike(Protocol):
    """A version of a template: `subject` is plain text, `body` HTML or plain text."""

    @property
    def subject(self) -> str: ...

    @property
    def body(self) -> str: ...


@dataclass(frozen=True)
class Rendered:
    """`body_html` is escaped but not cleaned. `fields_used` are those that were shown or decided a condition;
    `missing` those that were to be shown and are empty: they read as [contact.first_name]."""

    subject: str
    body_html: str
    fields_used: tuple[str, ...]
    missing: tuple[str, ...]


def render(template: TemplateLike, context: Mapping[str, str]) -> Rendered:
    """Fill the template; `context` maps “contact.first_name” to its value.

    Raises EmptyField where a field would be shown that has none, BadTemplate and TooLong.
    """
    rendered = preview(template, context)
    if rendered.missing:
        raise EmptyField(rendered.missing)
    return rendered


def preview(template: TemplateLike, context: Mapping[str, str]) -> Rendered:
    """As `render`, with holes shown instead of refused, for whoever writes it. Raises BadTemplate, TooLong."""
    used: dict[str, None] = {}
    missing: dict[str, None] = {}
    values = {
        name: _Value(name, context.get(name, ""), used, missing)
        for source in (template.subject, template.body)
        for name in fields_of(source)
    }
    html = is_html(template.body)
    subject = _filled(template.subject, values, escaped=False)
    body = _filled(template.body, values, escaped=html)
    if len(subject) + len(body) > LONGEST_RESULT:
        raise TooLong
    return Rendered(subject, body if html else paragraphs(body), tuple(used), tuple(missing))


class _Value:
    """A value that remembers whether it was asked for, and whether it was shown with nothing in it."""

    def __init__(self, name: str, value: str, used: dict[str, None], missing: dict[str, None]) -> None:
        self._name, self._used, self._missing = name, used, missing
        self._value = " ".join(without_hidden(value[:LONGEST_VALUE]).split())

    def __str__(self) -> str:
        self._used[self._name] = None
        if self._is_blank():
            self._missing[self._name] = None
            return f"[{self._name}]"
        return self._value

    def __bool__(self) -> bool:
        self._used[self._name] = None
        return not self._is_blank()

    def __eq__(self, other: object) -> bool:
        self._used[self._name] = None
        return self._value == other

    def __hash__(self) -> int:
        return hash(self._name)

    def _is_blank(self) -> bool:
        """A dash or a dot is what people type for nothing."""
        return not any(one.isalnum() for one in self._value)


class _Engine(Engine):
    """Knows `if` and nothing else, and nowhere to load anything from."""

    default_builtins: ClassVar[list[str]] = ["approvals.services.template_tags"]


def _engine(*, escaped: bool) -> Engine:
    return _Engine(loaders=[], libraries={}, autoescape=escaped)


def _filled(source: str, values: Mapping[str, _Value], *, escaped: bool) -> str:
    return str(_compiled(source, escaped).render(Context(_nested(values), autoescape=escaped)))


@lru_cache(maxsize=256)
def _compiled(source: str, escaped: bool) -> Template:
    marks(source)
    try:
        return Template(source, engine=_engine(escaped=escaped))
    except TemplateSyntaxError as error:
        raise BadTemplate(1, str(error)) from error


def _nested(values: Mapping[str, _Value]) -> dict[str, object]:
    """contact.first_name as the template language looks it up. Raises BadTemplate where a field holds another."""
    tree: dict[str, object] = {}
    for name, value in values.items():
        place = tree
        *way, last = name.split(".")
        for step in way:
            below = place.setdefault(step, {})
            if not isinstance(below, dict):
                raise BadTemplate(1, f"{name} cannot be a field: what stands before its dot is one.")
            place = below
        if isinstance(place.setdefault(last, value), dict):
            raise BadTemplate(1, f"{name} cannot be a field: others begin with it.")
    return tree
