"""Who may be contacted, in each mood: the rooms of admins, and the pages behind the links in our messages."""

from __future__ import annotations

from django.urls import reverse
from django.utils import timezone

from approvals.services import preferences
from crmgov.records.models import Contact
from crmgov.records.rules.contact_rules import Cap, ContactRules
from crmgov.records.services import consents_by_hand, contact_rules, suppressions
from tests.look.state import State
from tests.security.world import World
from tests.world import NOW

OLDER = {
    "contact_limit": "3", "contact_days": "14", "account_limit": "off", "account_days": "7", "quiet_from": "21:00",
    "quiet_until": "07:30", "time_zone": "Europe/Berlin", "why": "Fewer, and later.", "against": "0",
}  # fmt: skip


def states(world: World) -> list[State]:
    return [*_outside(world), *_rooms(world)]


def _rooms(world: World) -> list[State]:
    """Suppressions in each state, rules that were changed, and forms with mistakes."""
    ana, at = world.people["admin"], timezone.now()
    one, own = (
        suppressions.add_by_hand(
            target=suppressions.Target("address", f"never{n}@away.example"), reason="a test", until=None, user=ana,
            at=at,
        )
        for n in range(2)
    )  # fmt: skip
    suppressions.ask_to_lift(suppression_id=own.pk, reason="a test", user=ana, at=at)
    contact_rules.save(
        rules=ContactRules(contact=Cap(0, 7, 4), account=Cap("off", 7, 20)), why="a test", user=ana, at=at
    )
    asked, here = reverse("approvals:suppression", args=[one.pk]), reverse("approvals:suppressions")
    return [
        State("suppressions, asked to lift", f"{here}?view=asked"),
        State("suppressions, none over", f"{here}?view=over"),
        State("suppressions, nothing like it", f"{here}?q=zzzz"),
        State("422, a suppression", here, post={"kind": "address", "value": "x"}, status=422),
        State("a suppression nobody asks to lift", asked),
        State("a suppression, asked by oneself", reverse("approvals:suppression", args=[own.pk])),
        State("422, asked without a why", f"{asked}ask", post={"reason": ""}, status=422),
        State("409, nobody asks to lift it", f"{asked}lift", post={}, status=409),
        State("contact rules, changed", "/contact-rules/"),
        State("409, contact rules changed meanwhile", "/contact-rules/", post=OLDER, status=409),
        State("422, contact rules", "/contact-rules/", post={"contact_limit": "lots"}, status=422),
    ]


def _outside(world: World) -> list[State]:
    """The pages behind the links in our messages: with things to choose, and after each press."""
    contact = Contact.objects.get(pk=world.ids["contact"])
    for purpose, state in (("newsletter", "opted_in"), ("events", "opted_out")):
        consents_by_hand.take_down(
            contact_id=contact.pk, channel="email", purpose=purpose, state=state, evidence="a test",
            user=world.people["owner"], at=NOW,
        )  # fmt: skip
    token = preferences.token_for(contact_id=contact.pk, purpose="newsletter", message_id="m-1")
    steps = ("preferences", "unsubscribe", "preferences_stop")
    page, out, stop = (reverse(f"approvals:{step}", args=[token]) for step in steps)
    return [
        State("what they may choose", page),
        State("unsubscribing", out),
        State("unsubscribed", out, post={"List-Unsubscribe": "One-Click"}),
        State("a choice kept", page, post={"purpose": "events"}),
        State("all stopped", stop, post={}),
        State("404, a link cut short", reverse("approvals:preferences", args=[token[:-4]]), status=404),
    ]
