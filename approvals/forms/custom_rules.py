"""One custom rule of a policy draft. What is wrong with its expression stands beside it, with its place."""

from __future__ import annotations

from typing import Any

from django import forms

from approvals.rules import cel_checks
from approvals.rules.cel_checks import Mistake
from approvals.rules.cel_syntax import LONGEST
from approvals.rules.custom_rules import LONGEST_NAME, LONGEST_SENTENCE, CustomRule, Mode
from approvals.rules.policy_checks import NAME
from approvals.rules.vocabulary import Verdict

from .agents import Refusable

EXAMPLE = 'account.annual_value >= 50000.0 && suggestion.action == "set_fields"'


class RuleForm(Refusable):
    """A rule as an admin writes it; `mistake` is what is wrong with the expression that was posted."""

    name = forms.CharField(
        label="Name",
        max_length=LONGEST_NAME,
        help_text="Small letters, digits and _. It stands on every item the rule holds.",
        error_messages={"required": "Give it a name."},
    )
    expression = forms.CharField(
        label="Holds where",
        max_length=LONGEST,
        strip=False,
        widget=forms.Textarea(
            attrs={"rows": 5, "spellcheck": "false", "autocapitalize": "off", "data-complete": "rule-names"}
        ),
        help_text=f"CEL, as in <code>{EXAMPLE.replace('&', '&amp;')}</code>.",
        error_messages={"required": f"Write when it holds, as in {EXAMPLE}."},
    )
    sentence = forms.CharField(
        label="What reviewers read",
        max_length=LONGEST_SENTENCE,
        help_text="Why such a thing is held, in a sentence.",
        error_messages={"required": "Say why it holds."},
    )
    verdict = forms.ChoiceField(
        label="Then",
        choices=[(Verdict.QUEUE.value, "a person decides"), (Verdict.BLOCK.value, "it is blocked")],
    )
    mode = forms.ChoiceField(
        label="In force",
        choices=[
            (Mode.MONITOR.value, "no, watch what it would catch"),
            (Mode.ENFORCE.value, "yes, from publishing on"),
        ],
    )
    rationale = forms.CharField(
        label="Why this changes",
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Kept with the version, for whoever asks later.",
        error_messages={"required": "Say why this changes."},
    )

    def __init__(
        self, data: Any = None, *, rule: CustomRule | None, taken: frozenset[str], rationale: str = ""
    ) -> None:
        super().__init__(data, initial={**(_shown(rule) if rule else {}), "rationale": rationale})
        self.mistake: Mistake | None = None
        self._taken = taken - ({rule.name} if rule else set())

    def clean_name(self) -> str:
        """One name, one rule."""
        name: str = self.cleaned_data["name"]
        if NAME.fullmatch(name) is None:
            raise forms.ValidationError(
                "Small letters, digits and _, beginning with a letter, as in large_mails."
            )
        if name in self._taken:
            raise forms.ValidationError(f"There is a rule “{name}” already: give this one another name.")
        return name

    def clean_expression(self) -> str:
        """Read before it is kept."""
        written: str = self.cleaned_data["expression"].replace("\r\n", "\n")
        self.mistake = cel_checks.mistake(written)
        if self.mistake is not None:
            raise forms.ValidationError(str(self.mistake))
        return written

    @property
    def wrong_line(self) -> dict[str, str]:
        """The line with the mistake and, under it, the place; empty where there is none."""
        if self.mistake is None:
            return {}
        line = str(self["expression"].value() or "").replace("\r\n", "\n").split("\n")[self.mistake.line - 1]
        return {"text": line.replace("\t", " "), "mark": " " * (self.mistake.column - 1) + "^"}

    def rule(self) -> CustomRule:
        """Of a valid form."""
        given = self.cleaned_data
        return CustomRule(
            name=given["name"],
            expression=given["expression"],
            sentence=given["sentence"],
            verdict=Verdict(given["verdict"]),
            mode=Mode(given["mode"]),
        )


class RemovalForm(Refusable):
    """Why a rule goes."""

    rationale = RuleForm.base_fields["rationale"]


def _shown(rule: CustomRule) -> dict[str, str]:
    return {
        "name": rule.name,
        "expression": rule.expression,
        "sentence": rule.sentence,
        "verdict": rule.verdict.value,
        "mode": rule.mode.value,
    }
