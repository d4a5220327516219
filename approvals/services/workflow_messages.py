"""Messages of built-in workflows: their template filled in for each contact, or a task where a field is empty."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from approvals.models import MessageTemplate, TemplateVersion
from approvals.selectors.messages import name_of
from approvals.workflows import BuiltIn, Step, Value
from crmgov.kernel.refusals import Invalid
from crmgov.people.models import User
from crmgov.records.models import Contact

from . import merge_values, templates, templates_kept

SEND = "send_message"


def keep_letters(workflow: BuiltIn, *, user: User, at: datetime) -> None:
    """Make the templates it writes by where there are none; what an admin wrote under the name stays."""
    there = set(
        MessageTemplate.objects.filter(name__in=[one.name for one in workflow.letters]).values_list(
            "name", flat=True
        )
    )
    for letter in workflow.letters:
        if letter.name in there:
            continue
        try:
            templates_kept.make(
                name=letter.name,
                purpose=letter.purpose,
                subject=letter.subject,
                body=letter.body,
                why=f"As shipped with crmgov, for the workflow {workflow.name}.",
                user=user,
                at=at,
            )
        except Invalid:
            # Somebody else registers it at this moment.
            if not MessageTemplate.objects.filter(name=letter.name).exists():
                raise


def filled(steps: Sequence[Step], at: datetime) -> list[Step]:
    """The steps, each message with its text; two queries however many, none without messages."""
    sent = [step for step in steps if step.action == SEND]
    if not sent:
        return list(steps)
    versions = _newest({template_of(step) for step in sent})
    rows = Contact.objects.select_related("owner", "account__owner").in_bulk(
        [step.record_id for step in sent]
    )
    return [_filled(step, versions, rows, at) if step.action == SEND else step for step in steps]


def _filled(
    step: Step, versions: dict[str, TemplateVersion], contacts: dict[UUID, Contact], at: datetime
) -> Step:
    version, contact = versions[template_of(step)], contacts[step.record_id]
    try:
        text = templates.render(version, merge_values.of(contact))
    except templates.EmptyField as empty:
        return _by_hand(step, contact, empty, at)
    evidence = step.values[0].evidence
    values = (
        Value("purpose", version.template.purpose),
        Value("subject", text.subject),
        Value("body", text.body_html, evidence=evidence),
        Value("template", name_of(version)),
    )
    return Step(SEND, "contact", step.record_id, values, step.reason, step.confidence, step.relied)


def _by_hand(step: Step, contact: Contact, empty: templates.EmptyField, at: datetime) -> Step:
    """Nothing is sent with a hole in it: somebody who knows them writes."""
    name = template_of(step)
    values = (
        Value("title", f"Write to {contact}: {name}"[:200]),
        Value("note", f"The template cannot be filled in: {empty.say}"),
        Value("purpose", f"message: {name}"[:60]),
        Value("due_on", (at + timedelta(days=1)).date().isoformat()),
    )
    return Step("create_task", "contact", step.record_id, values, step.reason, step.confidence)


def _newest(names: set[str]) -> dict[str, TemplateVersion]:
    rows = TemplateVersion.objects.select_related("template").filter(template__name__in=names)
    return {row.template.name: row for row in rows.order_by("template_id", "-number").distinct("template_id")}


def template_of(step: Step) -> str:
    """The name of the template that a message is written by."""
    return str(next(value.proposed for value in step.values if value.field == "template"))
