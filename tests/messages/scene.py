"""The scene of messages: a contact who may be written to, and messages proposed through the real intake."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from approvals.models import Agent, Decision, StandingApproval, Suggestion, TemplateVersion
from approvals.selectors.messages import name_of
from approvals.services import decisions, gate, merge_values, standing_approvals, templates, templates_kept
from crmgov.kernel.actors import Actor, ActorType
from crmgov.people.models import User
from crmgov.records.models import Contact
from crmgov.records.rules.contact_rules import Cap, ContactRules, Quiet
from crmgov.records.services import contact_rules
from tests.decisions import scene
from tests.decisions.scene import LATER
from tests.world import NOW, a_contact

TEXT = "<p>Dear Ines, your trial began today. Answer this mail with any question.</p>"
# An image, a script, a character nobody sees, and a link that says it leads elsewhere.
RUDE = (
    '<p>Dear Ines,</p><img src="https://track.evil.example/o.gif"><script>alert(1)</script>'
    '<p>log in at <a href="https://evil.example/x">https://polder.example</a>\u200b</p>'
)


FIXED = "<p>Dear {{ contact.first_name }}, your trial began today. Answer this mail with any question.</p>"


def reader(email: str = "ines.costa@polder.example", **values: Any) -> Contact:
    """A contact of an account of team North whom nothing keeps from being written to."""
    account = values.pop("account", None) or scene.account()
    return a_contact(
        "Costa", account=account.pk, email=email, team=account.team_id, **{"first_name": "Ines", **values}
    )


def message(
    contact: Contact, *, purpose: str = "onboarding", subject: str = "Welcome", body: str = TEXT, **more: Any
) -> dict[str, Any]:
    """What an agent posts to write to the contact."""
    items = {"purpose": purpose, "subject": subject, "body": body, **more.pop("fields", {})}
    return {
        "record": {"type": "contact", "id": str(contact.pk)},
        "action": "send_message",
        "items": [{"field": field, "proposed": value} for field, value in items.items()],
        "confidence": 0.97,
        "level": "draft",
        **more,
    }


def propose(contact: Contact, *, agent: Agent | None = None, at: datetime = NOW, **said: Any) -> Suggestion:
    return scene.propose_raw(message(contact, **said), at=at, agent=agent)


def approve(suggestion: Suggestion, user: User, *, at: datetime = LATER, **said: Any) -> Decision:
    return decisions.approve(
        suggestion_id=suggestion.pk,
        seen_digest=gate.digest_of(suggestion, at=at),
        reviewer=user,
        at=at,
        shown_at=NOW,
        **said,
    )


def one_a_week() -> None:
    """One message a contact and week."""
    contact_rules.save(rules=ContactRules(contact=Cap(1, 7, 4)), user=scene.admin(), why="a test", at=NOW)


def at_any_hour() -> None:
    """No hour is quiet: pages ask the real clock."""
    rules = ContactRules(quiet=Quiet(time(0), time(0)))
    contact_rules.save(rules=rules, user=scene.admin(), why="a test", at=NOW)


def themself(contact: Contact) -> Actor:
    return Actor(ActorType.HUMAN, str(contact.pk), str(contact))


def template(name: str = "Welcome", *, by: User, body: str = FIXED, at: datetime = NOW) -> TemplateVersion:
    return templates_kept.make(
        name=name,
        purpose="onboarding",
        subject="Welcome, {{ contact.first_name }}",
        body=body,
        why="a test",
        user=by,
        at=at,
    )


def sign(version: TemplateVersion, *, by: User, at: datetime = NOW, **audience: Any) -> StandingApproval:
    given = {"segments": [], "lifecycles": [], "until": at + timedelta(days=30), "why": "a test", **audience}
    return standing_approvals.sign(version_id=version.pk, user=by, at=at, **given)


def filled(version: TemplateVersion, contact: Contact, **said: Any) -> dict[str, Any]:
    """What an agent posts that fills the template in and changes nothing."""
    text = templates.render(version, merge_values.of(contact))
    return {
        "purpose": version.template.purpose,
        "subject": text.subject,
        "body": text.body_html,
        "fields": {"template": name_of(version)},
        "level": "execute",
        **said,
    }
