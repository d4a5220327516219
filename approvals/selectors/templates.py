"""Templates of messages with their versions, what stands signed for them, and what went out under that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, OuterRef, Subquery

from approvals.models import Message, MessageTemplate, StandingApproval, Suggestion, TemplateVersion
from crmgov.people.models import User

SHOWN = 50
SENT_SHOWN = 25


@dataclass(frozen=True, slots=True)
class Line:
    """A template in the list; `standing` is what holds now for its newest version."""

    template: MessageTemplate
    newest: TemplateVersion | None
    standing: StandingApproval | None


def listed(at: datetime) -> list[Line]:
    """All of them by name; three queries."""
    templates = list(MessageTemplate.objects.order_by("name"))
    versions = TemplateVersion.objects.select_related("saved_by", "template")
    newest = {
        row.template_id: row for row in versions.order_by("template_id", "-number").distinct("template_id")
    }
    open_ones = StandingApproval.objects.select_related("signed_by").filter(ended_at=None, until__gt=at)
    standing = {row.version_id: row for row in open_ones}
    lines = []
    for template in templates:
        version = newest.get(template.pk)
        lines.append(Line(template, version, standing.get(version.pk) if version else None))
    return lines


def find(template_id: int) -> MessageTemplate | None:
    return MessageTemplate.objects.filter(pk=template_id).first()


def versions_of(template: MessageTemplate) -> list[TemplateVersion]:
    """The newest first; a template is rewritten a few times a year."""
    rows = template.versions.select_related("saved_by", "template").order_by("-number")
    return list(rows[:SHOWN])


def version(template: MessageTemplate, number: int) -> TemplateVersion | None:
    rows = template.versions.select_related("saved_by", "template")
    return rows.filter(number=number).first()


def standing_of(template: MessageTemplate) -> Sequence[StandingApproval]:
    """Everything ever signed for it, newest first; `sent` counts the messages that left under each."""
    left = Message.objects.filter(standing=OuterRef("pk"), suggestion__execution__status="succeeded")
    counted = left.order_by().values("standing")
    rows = StandingApproval.objects.filter(version__template=template).select_related(
        "version", "signed_by", "ended_by"
    )
    return list(
        rows.annotate(sent=Subquery(counted.annotate(n=Count("pk")).values("n"))).order_by("-pk")[:SHOWN]
    )


def sent_under(user: User, template: MessageTemplate, approval_id: int | None) -> list[Message]:
    """The last messages that went out under it, of those whose suggestions this person sees."""
    rows = Message.objects.filter(
        standing__version__template=template, suggestion__in=Suggestion.objects.for_user(user)
    )
    if approval_id is not None:
        rows = rows.filter(standing=approval_id)
    return list(
        rows.select_related("suggestion__execution", "contact").order_by("-made_at", "-pk")[:SENT_SHOWN]
    )
