"""What the verbs on the way ask of a person. The services have the last word; these draw and keep what was typed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone

from approvals.models import Queue
from approvals.rules.snoozes import presets
from approvals.services.recording import LONGEST_NOTE
from crmgov.kernel.refusals import Invalid

OTHER = "other"
CHOOSE_TIME = "Choose when it comes back."
NAME_TIME = "Say the day and the time."
OFFERED = {"hour": "In an hour", "tomorrow": "Tomorrow", "monday": "On Monday"}


def _words(label: str, *, required: bool, help_text: str = "", focus: bool = False) -> forms.CharField:
    attrs: dict[str, Any] = {"rows": 3 if required else 2, **({"autofocus": True} if focus else {})}
    return forms.CharField(
        label=label,
        required=required,
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs=attrs),
        help_text=help_text,
    )


class VerbForm(forms.Form):
    """Several stand on one page, so each has ids of its own."""

    name = ""

    def __init__(self, posted: QueryDict | None = None, **more: Any) -> None:
        super().__init__(posted, auto_id=f"{self.name}_%s", use_required_attribute=False, **more)


class AskForm(VerbForm):
    name = "ask"
    text = _words(
        "Question", required=True, focus=True, help_text="As you would ask a colleague. Only words."
    )


class AnswerForm(VerbForm):
    name = "answer"
    text = _words("Answer", required=True, focus=True)


class EscalateForm(VerbForm):
    name = "escalate"
    text = _words(
        "What should others look at?",
        required=True,
        focus=True,
        help_text="It stands beside the due time, for everybody who sees this.",
    )


class SnoozeForm(VerbForm):
    """`now` is in the viewer's zone; the mornings offered are theirs."""

    name = "snooze"
    when = forms.ChoiceField(label="Until", widget=forms.RadioSelect, initial="tomorrow")
    until = forms.DateTimeField(
        label="That time",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text="At most 30 days from now. A time typed here is the one that counts.",
    )
    text = _words("Note", required=False)

    def __init__(self, posted: QueryDict | None = None, *, now: datetime) -> None:
        super().__init__(posted)
        offered = presets(timezone.localtime(now))
        if offered["monday"] == offered["tomorrow"]:
            del offered["monday"]
        named = [(key, _named(OFFERED[key], at)) for key, at in offered.items()]
        self.fields["when"].choices = [*named, (OTHER, "At another time")]  # type: ignore[attr-defined]


class ReassignForm(VerbForm):
    name = "reassign"
    queue = forms.ChoiceField(label="Queue", widget=forms.Select(attrs={"autofocus": True}))
    text = _words("Note", required=False, help_text="Its members read it.")

    def __init__(self, posted: QueryDict | None = None, *, queues: Sequence[Queue]) -> None:
        super().__init__(posted)
        offered = [("", "Choose a queue"), *((str(queue.pk), queue.name) for queue in queues)]
        self.fields["queue"].choices = offered  # type: ignore[attr-defined]


def until_of(posted: QueryDict, now: datetime) -> datetime:
    """The time chosen, in the viewer's zone; one that was typed goes before all that is offered.

    Raises Invalid where there is none.
    """
    when = OTHER if posted.get("until", "").strip() else posted.get("when", "")
    offered = presets(timezone.localtime(now))
    if when in offered:
        return offered[when]
    if when != OTHER:
        raise Invalid(CHOOSE_TIME, {"when": CHOOSE_TIME})
    form = SnoozeForm(posted, now=now)
    form.is_valid()
    until = form.cleaned_data.get("until")
    if until is None:
        raise Invalid(
            NAME_TIME, {"until": " ".join(str(one) for one in form.errors.get("until", ())) or NAME_TIME}
        )
    return until  # type: ignore[no-any-return]


def _named(words: str, at: datetime) -> str:
    return f"{words}, {at:%a} {at.day} {at:%b %H:%M}"
