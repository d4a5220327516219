"""What a label means, as an admin writes it."""

from __future__ import annotations

from typing import Any

from django import forms

from scoring.rules.text_labels import LONGEST_MEANING, LONGEST_NAME, Definition, Sort

from .agents import Refusable


class TextLabelForm(Refusable):
    name = forms.CharField(
        label="Name",
        max_length=LONGEST_NAME,
        required=False,
        help_text="As it stands in lists and beside texts.",
    )
    meaning = forms.CharField(
        label="What it means",
        max_length=LONGEST_MEANING,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="In one sentence, so that two people label the same text alike.",
        error_messages={"required": "Say what it means."},
    )
    examples = forms.CharField(
        label="Examples",
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="One a line, shown to whoever labels. Nothing is learned from them.",
    )
    active = forms.BooleanField(
        label="In use", required=False, initial=True, help_text="What is not in use is not learned any more."
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False, initial=0)

    def __init__(self, data: Any = None, *, of: Definition | None = None) -> None:
        """`of` is the definition to be edited; a flag of the gate keeps its name."""
        initial = (
            {
                "name": of.name,
                "meaning": of.meaning,
                "examples": "\n".join(of.examples),
                "active": of.active,
                "seen": of.version,
            }
            if of
            else {}
        )
        super().__init__(data)
        self.initial = initial
        if of is not None and of.sort is Sort.FLAG:
            del self.fields["name"]

    def given(self) -> dict[str, Any]:
        """What the service takes."""
        said = self.cleaned_data
        return {
            "name": said.get("name", ""),
            "meaning": said["meaning"],
            "examples": said["examples"].splitlines(),
            "active": said["active"],
            "seen": said["seen"] or 0,
        }
