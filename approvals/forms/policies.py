"""A whole policy as a form: numbers and lists, and rows of each kind. The rules have the last word on each value."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.forms.utils import ErrorDict
from django.http import QueryDict

from approvals.rules.findings import VERDICTS
from approvals.rules.policy import Policy
from approvals.rules.policy_checks import Problem
from approvals.rules.vocabulary import Json, Level, Verdict
from crmgov.records.contracts import contract_for

from .agents import Refusable
from .policy_rows import (
    NUMBER,
    BandRow,
    Choices,
    LevelRow,
    Rows,
    Share,
    StepRow,
    TargetRow,
    as_percent,
    as_share,
    rows_of,
    with_one_more,
)

LOW = [(one.value, f"at most {one.value}") for one in Level if not one.runs_alone]
# "bands[0].floor": the part, the line in it, the field of the line.
PLACE = re.compile(r"(\w+)(?:\[(\d+)\])?(?:\.(\w+))?")
WITHIN, UP = "within_", "up_"
WINDOWS = ("quota_hour", "quota_day", "rejection_days", "service_issue_days")


class LimitsForm(Refusable):
    """Everything of a policy that is one value."""

    high_value = forms.DecimalField(
        label="A person decides above", max_digits=18, decimal_places=2, error_messages=NUMBER
    )
    default_level = forms.ChoiceField(label="Workflows not named below", choices=LOW)
    without_evidence = forms.ChoiceField(label="Without a signed grant", choices=LOW)
    confidence_cap = Share("Agent confidence counts up to, %")
    outcomes_needed = forms.IntegerField(label="… after so many checked outcomes", error_messages=NUMBER)
    review_every_days = forms.IntegerField(label="Workflows are reviewed after, days", error_messages=NUMBER)
    audit_share = Share("Automatic actions read afterwards, %")
    daily_actions = forms.IntegerField(label="By itself a day and cell, at most", error_messages=NUMBER)
    standing_approvals = forms.ChoiceField(
        label="Standing approvals of messages",
        choices=[("yes", "count"), ("no", "are ignored: a person decides each")],
    )
    quota_hour = forms.IntegerField(label="An agent may propose, an hour", error_messages=NUMBER)
    quota_day = forms.IntegerField(label="… and a day", error_messages=NUMBER)
    rejection_days = forms.IntegerField(label="A rejected value waits again for, days", error_messages=NUMBER)
    service_issue_days = forms.IntegerField(
        label="A person decides after a service issue for, days", error_messages=NUMBER
    )
    regulated_industries = forms.CharField(
        label="Regulated industries",
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="One a line. Their accounts are decided by a person.",
    )
    strategic_segments = forms.MultipleChoiceField(
        label="Strategic segments",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Their accounts count as strategic.",
    )
    protected_fields = forms.CharField(
        label="Protected besides the floor in code",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One a line, as in account.industry. AI only proposes these.",
    )
    most_hours = forms.IntegerField(label="Moves up in all by at most, hours", error_messages=NUMBER)
    rationale = forms.CharField(
        label="Why this changes",
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Kept with the version, for whoever asks later.",
        error_messages={"required": "Say why this changes."},
    )
    is_being_written = False

    def __init__(self, data: Any = None, *, start: Policy, segments: Choices, rationale: str = "") -> None:
        super().__init__(data, initial={**_shown(start), "rationale": rationale})
        self.rules = rules_of(start)
        for rule in self.rules:
            for prefix in (WITHIN, UP):
                self.fields[f"{prefix}{rule}"] = forms.IntegerField(required=False, error_messages=NUMBER)
        gone = [name for name in start.strategic_segments if name not in dict(segments)]
        choices = [*segments, *((name, name) for name in gone)]
        self.fields["strategic_segments"].choices = choices  # type: ignore[attr-defined]
        self._known = start.protected_fields
        self._ordered = {
            WITHIN: [line.rule for line in start.sla],
            UP: [line.rule for line in start.risk_hours],
        }

    def full_clean(self) -> None:
        """While rows are being added nothing is complained about."""
        if self.is_being_written:
            self._errors, self.cleaned_data = ErrorDict(), {}
        else:
            super().full_clean()

    def clean_protected_fields(self) -> str:
        """A slip of the pen here would protect nothing, and nobody would notice."""
        given: str = self.cleaned_data["protected_fields"]
        for name in entries(given):
            record, _, field = name.partition(".")
            if name not in self._known and contract_for(record, field) is None:
                raise forms.ValidationError(
                    f"“{name}” is no field. Write record.field, as in account.industry."
                )
        return given

    def document(self) -> dict[str, Json]:
        """The parts of the document it holds; of a valid form."""
        given = self.cleaned_data
        return {
            **{name: given[name] for name in ("default_level", "without_evidence", "outcomes_needed")},
            **{name: given[name] for name in ("review_every_days", "most_hours", "daily_actions", *WINDOWS)},
            "audit_share": as_share(given["audit_share"]),
            "standing_approvals": given["standing_approvals"] == "yes",
            "high_value": str(given["high_value"]),
            "confidence_cap": as_share(given["confidence_cap"]),
            "regulated_industries": cast("Json", entries(given["regulated_industries"])),
            "strategic_segments": given["strategic_segments"],
            "protected_fields": cast("Json", entries(given["protected_fields"])),
            "sla": self._hours(WITHIN),
            "risk_hours": self._hours(UP),
        }

    def _hours(self, prefix: str) -> list[Json]:
        return [{"rule": rule, "hours": self.cleaned_data[f"{prefix}{rule}"]} for rule in self.given(prefix)]

    def given(self, prefix: str) -> list[str]:
        """The rules with hours, in the order of the policy it started from."""
        rules = dict.fromkeys([*self._ordered[prefix], *self.rules])
        return [rule for rule in rules if self.cleaned_data.get(f"{prefix}{rule}") is not None]


class PolicyForms:
    """All parts together. Bound, where something was posted."""

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        start: Policy,
        segments: Choices = (),
        rationale: str = "",
        adds: str = "",
    ) -> None:
        self._start, self._is_written = start, adds in KINDS
        given = (
            data
            if data is None or not self._is_written
            else {**data.dict(), **_lists(data), **with_one_more(data, adds)}
        )
        self.limits = LimitsForm(given, start=start, segments=segments, rationale=rationale)
        self.limits.is_being_written = self._is_written
        self.levels = self._rows("workflows", given)
        self.bands = self._rows("bands", given, segments=segments)
        self.steps = self._rows("value_steps", given)
        self.targets = self._rows("targets", given)

    def _rows(self, name: str, data: Any, **form_kwargs: Any) -> Rows:
        row = KINDS[name]
        lines = [row.shown(line) for line in getattr(self._start, name)]
        rows = rows_of(row, name)(data, prefix=name, initial=lines, form_kwargs=form_kwargs)
        rows.is_being_written = self._is_written
        return rows

    @property
    def _sets(self) -> dict[str, Rows]:
        return {
            "workflows": self.levels,
            "bands": self.bands,
            "value_steps": self.steps,
            "targets": self.targets,
        }

    def is_valid(self) -> bool:
        # Each is asked, so that every error shows at once.
        return all([self.limits.is_valid(), *(rows.is_valid() for rows in self._sets.values())])

    @property
    def has_errors(self) -> bool:
        parts = [self.limits, *(form for rows in self._sets.values() for form in rows)]
        return any(part.errors for part in parts) or any(
            rows.non_form_errors() for rows in self._sets.values()
        )

    def document(self) -> dict[str, Any]:
        """The policy document; what the screen does not show stays as it was. Of valid forms."""
        rows = {name: list(rows.lines()) for name, rows in self._sets.items()}
        return {**self._start.to_json(), **self.limits.document(), **rows}

    def refuse(self, problems: Iterable[Problem]) -> None:
        """Show what the rules found, each beside its field where it has one."""
        for problem in problems:
            self._show(problem)

    def _show(self, problem: Problem) -> None:
        says = problem.says[:1].upper() + problem.says[1:]
        found = PLACE.match(problem.at)
        name, place, field = found.groups() if found else ("", None, None)
        if name in self._sets:
            self._sets[name].refuse(None if place is None else int(place), field or "", says)
        elif name in ("sla", "risk_hours") and place is not None:
            prefix = WITHIN if name == "sla" else UP
            self.limits.add_error(f"{prefix}{self.limits.given(prefix)[int(place)]}", says)
        else:
            self.limits.add_error(name if name in self.limits.fields else None, says)


KINDS: dict[str, Any] = {
    "workflows": LevelRow,
    "bands": BandRow,
    "value_steps": StepRow,
    "targets": TargetRow,
}


def rules_of(policy: Policy) -> list[str]:
    """The rules that can hold something, and whatever else the policy gives hours to."""
    holding = [rule for rule, verdict in VERDICTS.items() if verdict is Verdict.QUEUE]
    holding += [rule.word for rule in policy.custom_rules if rule.verdict is Verdict.QUEUE]
    named = [*(line.rule for line in policy.sla), *(line.rule for line in policy.risk_hours)]
    return list(dict.fromkeys([*holding, *named]))


def entries(written: str) -> list[str]:
    """One a line, each once; blank lines are nothing."""
    return list(dict.fromkeys(line.strip() for line in written.splitlines() if line.strip()))


def _shown(policy: Policy) -> dict[str, Any]:
    numbers = ("high_value", "outcomes_needed", "review_every_days", "most_hours", "daily_actions", *WINDOWS)
    return {
        **{name: getattr(policy, name) for name in (*numbers, "strategic_segments")},
        "default_level": policy.default_level.value,
        "without_evidence": policy.without_evidence.value,
        "confidence_cap": as_percent(policy.confidence_cap),
        "audit_share": as_percent(policy.audit_share),
        "standing_approvals": "yes" if policy.standing_approvals else "no",
        "regulated_industries": "\n".join(policy.regulated_industries),
        "protected_fields": "\n".join(policy.protected_fields),
        **{f"{WITHIN}{line.rule}": line.hours for line in policy.sla},
        **{f"{UP}{line.rule}": line.hours for line in policy.risk_hours},
    }


def _lists(data: QueryDict) -> dict[str, Any]:
    return {"strategic_segments": data.getlist("strategic_segments")}
