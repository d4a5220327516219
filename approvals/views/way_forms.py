"""The forms of the verbs on the way: as dialogs beside the buttons, and each on the page of its own address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import QueryDict

from approvals.forms.on_the_way import AnswerForm, AskForm, EscalateForm, ReassignForm, SnoozeForm, VerbForm
from approvals.rules.verbs import Verb, why_not
from approvals.selectors import dues, on_the_way
from approvals.services import way
from approvals.services.asks import NotAsked
from approvals.services.desk import Look
from approvals.templatetags import phrases
from crmgov.kernel.refusals import Invalid, Refused
from crmgov.people.models import User

from .action_bars import BOOST
from .list_pane import ListState

Make = Callable[[QueryDict | None, Look, datetime], VerbForm]


@dataclass(frozen=True, slots=True)
class Asking:
    """One verb as a form: what it is called, what it does, and the label of the button that does it."""

    verb: Verb
    title: str
    button: str
    make: Make

    @property
    def name(self) -> str:
        return self.verb.value

    @property
    def step(self) -> str:
        return f"suggestion_{self.name}"


ASKINGS = {
    one.name: one
    for one in (
        Asking(Verb.ASK, "Ask back about", "Ask", lambda posted, look, at: AskForm(posted)),
        Asking(Verb.SNOOZE, "Snooze", "Snooze", lambda posted, look, at: SnoozeForm(posted, now=at)),
        Asking(Verb.ESCALATE, "Escalate", "Escalate", lambda posted, look, at: EscalateForm(posted)),
        Asking(
            Verb.REASSIGN,
            "Reassign",
            "Reassign",
            lambda posted, look, at: ReassignForm(
                posted, queues=on_the_way.queues_for(look.suggestion, at=at)
            ),
        ),
        Asking(Verb.ANSWER, "Answer about", "Answer", lambda posted, look, at: AnswerForm(posted)),
    )
}
# What opens beside its button. Queues are looked up only on the page where one is chosen.
DIALOGS = (Verb.ASK, Verb.SNOOZE, Verb.ESCALATE)


def dialogs(user: User, look: Look, state: ListState, at: datetime) -> list[dict[str, Any]]:
    """The dialogs that this person may use on it now."""
    if not look.suggestion.is_open:
        return []
    return [
        _drawn(ASKINGS[verb], look, state, at, ASKINGS[verb].make(None, look, at))
        for verb in DIALOGS
        if not why_off(user, look, verb, at)
    ]


def page(
    user: User,
    look: Look,
    state: ListState,
    at: datetime,
    mode: str,
    posted: QueryDict | None,
    refusal: Refused | None,
) -> dict[str, Any]:
    """The form of one verb in place of the dialogs, with its bar; empty for any other mode, or one that is over."""
    asking = ASKINGS.get(mode)
    if asking is None or not look.suggestion.is_open:
        return {}
    form = asking.make(posted, look, at)
    if isinstance(refusal, Invalid) and posted is not None:
        _refuse(form, refusal)
    off = why_off(user, look, asking.verb, at)
    back = {"label": "Cancel", "url": state.of_item(look.suggestion.pk), "attrs": BOOST}
    do = {"label": asking.button, "kind": "primary", "form": f"{asking.name}-form"}
    button = {**do, "describedby": "consequence", **({"form": "", "disabled": True} if off else {})}
    return {
        "verb": _drawn(asking, look, state, at, form),
        "mode_bar": {
            "consequence": off or consequence(asking.verb, look, at),
            "consequence_icon": "alert" if off else "arrow",
            "primary": button,
            "others": [back],
        },
    }


def why_off(user: User, look: Look, verb: Verb, at: datetime) -> str:
    """Why this person cannot do it to this one now; empty where they can."""
    if verb is Verb.ANSWER:
        mine = look.suggestion.proposed_by_id == user.pk
        return why_not(verb, way.of(look.suggestion, user, at), at) if mine else NotAsked().say
    return look.not_rejecting or why_not(verb, way.of(look.suggestion, user, at), at)


def consequence(verb: Verb, look: Look, at: datetime) -> str:
    """What pressing the button does."""
    suggestion = look.suggestion
    when = dues.of(suggestion, at)
    due = phrases.due(when.at, at, due_now=when.now) if when.at is not None else "no time set"
    reader = (
        f"{suggestion.agent} reads it and answers with a new proposal that takes the place of this one."
        if suggestion.agent
        else f"{suggestion.proposed_by} reads it in the inbox and answers there."
    )
    return {
        Verb.ASK: f"{reader} Until then it waits under Asked, Team shows it as asked back, "
        "and anybody may still decide it.",
        Verb.SNOOZE: "Leaves Mine and the lists of its queue until then; Team shows it as snoozed. "
        f"The SLA keeps running: {due}.",
        Verb.ESCALATE: "It counts as due now and stands first for everybody who decides it, admins included.",
        Verb.REASSIGN: f"The members of that queue decide it then. Its time stays: {due}.",
        Verb.ANSWER: "Whoever asked reads it. Your proposal goes back to where it waited.",
    }[verb]


def _drawn(asking: Asking, look: Look, state: ListState, at: datetime, form: VerbForm) -> dict[str, Any]:
    return {
        "id": asking.name,
        "mode": asking.name,
        "step": f"approvals:{asking.step}",
        "suggestion": look.suggestion.pk,
        "title": f"{asking.title} “{look.suggestion.title}”",
        "intro": consequence(asking.verb, look, at),
        "form": form,
        "fields": list(form),
        "list": state.query(),
        "button": {"label": asking.button, "kind": "primary"},
    }


def _refuse(form: VerbForm, refusal: Invalid) -> None:
    form.is_valid()
    for name, sentence in refusal.errors.items():
        if name in form.fields:
            form.errors.pop(name, None)
            form.add_error(name, sentence)
