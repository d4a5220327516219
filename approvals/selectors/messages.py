"""A message as people look at it: what was proposed, what it took the place of, and what left."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from approvals.models import Message, Suggestion, SuggestionItem, TemplateVersion
from approvals.rules import message_html
from crmgov.people.models import User

# An item `template` names a version of a template so: NAME@NUMBER.
MARK = "@"


@dataclass(frozen=True, slots=True)
class Written:
    """The text of a message as its items say it."""

    purpose: str = ""
    subject: str = ""
    body: str = ""
    template: str = ""
    channel: str = ""


def proposed(items: Iterable[SuggestionItem]) -> Written:
    """As the agent wrote it."""
    return _written({item.field: item.proposed for item in items})


def taken(items: Iterable[SuggestionItem]) -> Written:
    """As somebody took it, with their edits."""
    return _written({item.field: item.wanted for item in items})


def fixed(suggestion: Suggestion) -> Message | None:
    """What was approved byte for byte, where it was."""
    rows = Message.objects.select_related(
        "standing__version__template", "standing__signed_by", "version__template", "contact"
    )
    return rows.filter(suggestion=suggestion).first()


def before(user: User, suggestion: Suggestion) -> tuple[int, Written] | None:
    """Number and text of the suggestion whose place it took, as far as this person sees that one."""
    if suggestion.supersedes_id is None:
        return None
    older = Suggestion.objects.for_user(user).filter(pk=suggestion.supersedes_id).first()
    if older is None or older.action != suggestion.action:
        return None
    return older.number or 0, proposed(older.items.all())


def version_named(name: str) -> TemplateVersion | None:
    """The version of a template that NAME@NUMBER names; None for what there is not."""
    template, mark, number = name.rpartition(MARK)
    # More digits than a column holds name nothing.
    if not mark or not number.isascii() or not number.isdigit() or len(number) > 9:
        return None
    rows = TemplateVersion.objects.select_related("template")
    return rows.filter(template__name=template, number=int(number)).first()


def name_of(version: TemplateVersion) -> str:
    """How items name it."""
    return f"{version.template.name}{MARK}{version.number}"


def words(record_type: str, field: str, value: Any) -> str | None:
    """The body of a message as its reader reads it; None for every other value."""
    if (record_type, field) != ("message", "body") or not isinstance(value, str):
        return None
    return message_html.clean(value).text


def _written(said: dict[str, Any]) -> Written:
    return Written(**{name: str(said.get(name) or "") for name in Written.__slots__})
