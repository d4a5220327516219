"""Templates of messages: each save is the next version, and ends what was signed for or tried with the one before."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from approvals.models import MessageTemplate, StandingApproval, TemplateVersion
from approvals.rules import message_checks, message_html
from approvals.rules.characters import hidden_in, without_hidden
from approvals.rules.merge_fields import BadTemplate, fields_of
from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound, Refused
from crmgov.people import policy
from crmgov.people.models import User
from crmgov.records.models import Contact

from . import experiments, merge_values, templates

LONGEST_SUBJECT, LONGEST_BODY = 200, 20_000
# Remarks that its links bring, which are the same for every reader.
OF_LINKS = frozenset({"unlisted_host", "unsafe_link", "deceptive_link"})


class Overtaken(Refused):
    """Somebody saved another version of this template meanwhile. Look at it, then save yours."""


@transaction.atomic(durable=True)
def make(
    *, name: str, purpose: str, subject: str, body: str, why: str, user: User, at: datetime
) -> TemplateVersion:
    """Keep a new template as its version 1. Raises NotAllowed, Invalid."""
    _require_admin(user)
    errors = _about_name(name, purpose) | _about_text(subject, body, why)
    if errors:
        raise Invalid(" ".join(errors.values()), errors)
    try:
        with transaction.atomic():
            template = MessageTemplate.objects.create(
                name=name.strip(), purpose=purpose.strip().lower(), made_at=at
            )
    except IntegrityError as error:
        say = f"There is a template “{name.strip()}” already: write its next version."
        raise Invalid(say, {"name": say}) from error
    return _next(template, 1, subject, body, why, user, at)


@transaction.atomic(durable=True)
def save(
    *, template_id: int, against: int, subject: str, body: str, why: str, user: User, at: datetime
) -> TemplateVersion:
    """Keep the next version; a standing approval of an earlier one ends with it, and an experiment with it.

    `against` is the version it was written from. Raises NotAllowed, NotFound, Invalid, Overtaken.
    """
    _require_admin(user)
    template = MessageTemplate.objects.select_for_update().filter(pk=template_id).first()
    if template is None:
        raise NotFound("There is no such template.")
    if errors := _about_text(subject, body, why):
        raise Invalid(" ".join(errors.values()), errors)
    newest = template.versions.order_by("-number").first()
    number = newest.number if newest else 0
    if number != against:
        raise Overtaken
    if newest and (newest.subject, newest.body) == (subject.strip(), _lines(body)):
        raise Invalid(f"Nothing differs from version {number}. Change something first.")
    kept = _next(template, number + 1, subject, body, why, user, at)
    StandingApproval.objects.filter(version__template=template, ended_at=None).update(
        ended_at=at, ended_by=user
    )
    experiments.end_with(kept, user=user, at=at)
    return kept


def filled(version: templates.TemplateLike, contact_id: UUID | None) -> templates.Rendered:
    """The text with the values of this contact; what is empty, and all for none, stands as [field]."""
    contacts = Contact.objects.select_related("account__owner", "owner")
    contact = contacts.filter(pk=contact_id).first() if contact_id is not None else None
    return templates.preview(version, merge_values.of(contact) if contact is not None else {})


def leads_astray(version: templates.TemplateLike) -> tuple[str, ...]:
    """What the gate says of the links in each message by it, whoever reads it; nothing where all are fit."""
    # An empty field reads as [account.name], which mail programs take for a host.
    text = templates.preview(version, dict.fromkeys(merge_values.FIELDS, "Somebody"))
    known = message_checks.Known(link_hosts=frozenset(settings.MESSAGES.link_hosts))
    found = message_checks.remarks(subject=text.subject, body=text.body_html, known=known)
    return tuple(one.say for one in found if one.code in OF_LINKS)


def _next(
    template: MessageTemplate, number: int, subject: str, body: str, why: str, user: User, at: datetime
) -> TemplateVersion:
    return TemplateVersion.objects.create(
        template=template,
        number=number,
        subject=subject.strip(),
        body=_lines(body),
        why=why.strip(),
        saved_by=user,
        saved_at=at,
    )


def _lines(body: str) -> str:
    return body.replace("\r\n", "\n").strip()


def _about_name(name: str, purpose: str) -> dict[str, str]:
    errors = {}
    if not name.strip():
        errors["name"] = "Give it a name, as agents will say it."
    elif "@" in name or not name.strip().isprintable():
        errors["name"] = "A name holds letters, numbers and spaces, and no @: agents write NAME@NUMBER."
    if not purpose.strip():
        errors["purpose"] = "Say what it is for. Consent is asked for this purpose."
    return errors


def _about_text(subject: str, body: str, why: str) -> dict[str, str]:
    errors = {}
    if not subject.strip():
        errors["subject"] = "A message needs a subject."
    elif len(subject.strip()) > LONGEST_SUBJECT or "\n" in subject.strip():
        errors["subject"] = f"One line of {LONGEST_SUBJECT} characters at most."
    if not body.strip():
        errors["body"] = "A message needs a text."
    elif len(body) > LONGEST_BODY:
        errors["body"] = f"{LONGEST_BODY:,} characters at most."
    if not why.strip():
        errors["why"] = "Say why, for whoever asks later."
    for field, source in (("subject", subject), ("body", body)):
        if field not in errors and (say := _about_hidden(source) or _about_fields(source)):
            errors[field] = say
    if "body" not in errors and (say := _about_what_is_left_out(body)):
        errors["body"] = say
    return errors


def _about_hidden(source: str) -> str:
    """The first character nobody sees, and where it stands."""
    for number, line in enumerate(_lines(source).split("\n"), start=1):
        if found := hidden_in(line):
            sign = chr(found[0].codepoint)
            before = without_hidden(line[: line.index(sign)])[-20:].strip()
            where = f"after “{before}”" if before else "at its beginning"
            return f"Line {number} holds {found[0].name} (U+{ord(sign):04X}) {where}, which nobody sees. Take it out."
    return ""


def _about_fields(source: str) -> str:
    """What is wrong with its merge fields, with the line."""
    try:
        named = fields_of(source.strip())
    except BadTemplate as refusal:
        return refusal.say
    strangers = merge_values.unknown(named)
    if not strangers:
        return ""
    return f"There is no merge field {strangers[0]}. There are {', '.join(merge_values.FIELDS)}."


def _about_what_is_left_out(body: str) -> str:
    """A template is fixed text: what no message may hold has no place in it."""
    cleaned = message_html.clean(body)
    found = [str(one) for one in (*cleaned.removed, *cleaned.hidden)]
    return f"This would be left out when it is sent: {', '.join(found)}. Take it out." if found else ""


def _require_admin(user: User) -> None:
    if not policy.may(user, policy.Act.ADMINISTER):
        raise NotAllowed("Only an admin writes a template.")
