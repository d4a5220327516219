"""What to pause, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from approvals.models import Action, PauseSwitch

Scope = PauseSwitch.Scope
# One control for scope and target: a person thinks of the thing, not of its kind.
BETWEEN = ":"


class ReasonForm(forms.Form):
    """Why the thing whose page it is stops."""

    cause = forms.ChoiceField(
        label="Because of",
        choices=PauseSwitch.Cause.choices,
        initial=PauseSwitch.Cause.OTHER,
        required=False,
        help_text="A wrong action also takes back what these had earned. Lifting the pause does not give that back.",
    )
    reason = forms.CharField(
        label="Why",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Whoever finds it paused reads this.",
        error_messages={"required": "Say why, for whoever finds it paused."},
    )

    def clean_cause(self) -> str:
        """Whoever says nothing means something else."""
        return self.cleaned_data["cause"] or PauseSwitch.Cause.OTHER


class PauseForm(ReasonForm):
    """`what` is scope and target, such as agent:Enricher."""

    what = forms.ChoiceField(label="What to pause", choices=())
    field_order = ("what", "cause", "reason")

    def __init__(self, *args: Any, agents: Sequence[str], workflows: Sequence[str], **more: Any) -> None:
        super().__init__(*args, **more)
        what = self.fields["what"]
        assert isinstance(what, forms.ChoiceField)  # noqa: S101 (declared above)
        what.choices = [
            (_key(Scope.ALL, ""), "Everything AI does"),
            ("Agents", [(_key(Scope.AGENT, name), name) for name in agents]),
            ("Workflows", [(_key(Scope.WORKFLOW, name), name) for name in workflows]),
            ("Actions", [(_key(Scope.ACTION, key), str(label)) for key, label in Action.choices]),
        ]

    @property
    def scope_and_target(self) -> tuple[str, str]:
        """Of a valid form."""
        scope, _, target = str(self.cleaned_data["what"]).partition(BETWEEN)
        return scope, target


def _key(scope: Scope, target: str) -> str:
    return f"{scope.value}{BETWEEN}{target}"
