"""A queue as an admin edits it: what it takes, and its place in the order."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.postgres.forms import SimpleArrayField

from approvals.models import Action, Queue
from approvals.rules.queues import NO_SEGMENT
from approvals.services import queue_edits
from crmgov.records.models import Segment


class QueueForm(forms.ModelForm[Queue]):
    rules = SimpleArrayField(
        forms.CharField(max_length=40),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        label="Gate rules",
        help_text="Held by one of these, separated by commas, such as high_value, strategic_account.",
    )
    actions = forms.MultipleChoiceField(
        choices=Action.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    segments = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)
    at_least = forms.DecimalField(
        required=False,
        min_value=0,
        max_digits=18,
        decimal_places=2,
        label="Value from",
        help_text="At stake, in reporting currency.",
    )

    class Meta:
        model = Queue
        fields = ("name", "team", "position", "sla_hours", "rules", "actions", "segments", "at_least")
        labels = {"team": "Serves", "position": "Number in the order", "sla_hours": "Decide within hours"}
        help_texts = {
            "team": "Leave it empty to serve every team. Nobody sees more by being a member.",
            "position": "The first queue that takes a suggestion has it.",
            "sla_hours": "Working hours of the team's calendar.",
        }

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        segments = self.fields.get("segments")
        if isinstance(segments, forms.MultipleChoiceField):
            names = list(Segment.objects.order_by("position", "name").values_list("name", flat=True))
            kept = [name for name in self.instance.segments if name not in (*names, NO_SEGMENT)]
            segments.choices = [
                *((name, name) for name in (*names, *kept)),
                (NO_SEGMENT, "none: belongs to no segment"),
            ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        was = Queue.objects.filter(pk=self.instance.pk).values_list("name", flat=True).first()
        problems = queue_edits.problems(was=was or "", queue_id=self.instance.pk, proposed=cleaned)
        for field, problem in problems.items():
            if field not in self.errors:
                self.add_error(field if field in self.fields else None, problem)
        return cleaned


class OrderForm(forms.ModelForm[Queue]):
    """One line of the list, where only the order is typed; the formset looks at all together, so that two queues may
    change places.
    """

    class Meta:
        model = Queue
        fields = ("position",)


class OrderFormSet(forms.BaseModelFormSet[Queue, OrderForm]):
    def clean(self) -> None:
        super().clean()
        numbers: dict[int, Queue] = {}
        for form in self.forms:
            number = form.cleaned_data.get("position")
            if number is None:
                continue
            if number in numbers:
                form.add_error("position", f"{numbers[number]} has number {number} too. Give each its own.")
            numbers[number] = form.instance
