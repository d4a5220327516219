"""Whether a standing approval covers exactly this message: its template filled in, to one of its audience."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from approvals import actions
from approvals.models import StandingApproval, TemplateVersion
from approvals.rules import facts as rules
from approvals.rules import message_html
from crmgov.kernel.refusals import Refused
from crmgov.records.models import Contact

from . import merge_values, message_ground, templates
from .proposed import Proposed
from .standing_approvals import NONE

# NAME@NUMBER -> what stands for it now.
Standing = Mapping[str, StandingApproval]


def templates_of(cases: Sequence[Proposed]) -> set[str]:
    """The versions of templates that messages among these name, as NAME@NUMBER."""
    sent = (case for case in cases if actions.of(case.suggestion).leaves)
    return {name for case in sent if (name := message_ground.said(case).get("template", ""))}


def of(proposed: Proposed, holding: Standing) -> rules.StandingApproval | None:
    """The one that covers it; None where a person has to look."""
    said = message_ground.said(proposed)
    approval, contact = holding.get(said.get("template", "")), proposed.subject.contact
    if approval is None or contact is None or not _is_audience(approval, proposed, contact):
        return None
    if not _is_filled_in(approval.version, contact, said):
        return None
    return rules.StandingApproval(
        id=str(approval.pk),
        template=said["template"],
        by=str(approval.signed_by),
        until=approval.until.isoformat(),
    )


def _is_audience(approval: StandingApproval, proposed: Proposed, contact: Contact) -> bool:
    # A stage of their own goes before that of the account they are at.
    account, segment = proposed.subject.account, proposed.subject.segment
    stage = contact.lifecycle or (account.lifecycle if account is not None else "")
    return (not approval.segments or (segment or NONE) in approval.segments) and (
        not approval.lifecycles or (stage or NONE) in approval.lifecycles
    )


def _is_filled_in(version: TemplateVersion, contact: Contact, said: Mapping[str, str]) -> bool:
    """Whether the text is the template's, word for word, with plain values in its fields, and for its purpose."""
    values = merge_values.of(contact)
    try:
        filled = templates.render(version, values)
    except Refused:
        return False
    ours, theirs = message_html.clean(filled.body_html), message_html.clean(said.get("body", ""))
    return (
        said.get("purpose", "") == version.template.purpose
        and said.get("subject", "") == filled.subject
        and ours.html == theirs.html
        and not (theirs.removed or theirs.hidden)
        and merge_values.is_checked(values, filled.fields_used)
    )
