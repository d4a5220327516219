"""Every rule of the gate in its order: what it held lately, what it alone held, and examples of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from approvals.http import ReviewerRequest, refusals
from approvals.models import Suggestion
from approvals.rules.custom_rules import CustomRule, Mode
from approvals.rules.findings import VERDICTS
from approvals.rules.policy import Policy
from approvals.rules.vocabulary import Verdict
from approvals.selectors import policies, rule_hits
from approvals.selectors.rule_hits import Counted, Hits
from crmgov.kernel.refusals import NotFound
from crmgov.people.policy import Act, may

from . import policy_words
from .policies import require_reader
from .rule_meanings import MEANINGS

TONES = {Verdict.BLOCK: ("blocks", "block", "stop"), Verdict.QUEUE: ("holds", "queue", "hand")}
# Custom rules are read before the rules on what else is open and on confidence: see approvals/rules/gate.py.
BEHIND_CUSTOM = "conflicting_suggestion"
NAMED_EXAMPLES = 2


@require_safe
@login_required
@refusals
def listing(request: ReviewerRequest) -> HttpResponse:
    """All of them, in the order in which they are read."""
    require_reader(request.user)
    counted = rule_hits.counted(at=timezone.now())
    own = {rule.word: rule for rule in _policy().custom_rules}
    shown = {
        word: found.examples[:NAMED_EXAMPLES]
        for word in (*VERDICTS, *own)
        if (found := _hits(counted, own.get(word), word)).held
    }
    rows = {
        one.pk: one
        for one in rule_hits.examples_for(request.user, [key for keys in shown.values() for key in keys])
    }
    context = {
        "now": timezone.now(),
        "counted": counted,
        "most": rule_hits.MOST,
        "lines": [
            _line(
                place, word, own.get(word), counted, [rows[key] for key in shown.get(word, ()) if key in rows]
            )
            for place, word in enumerate(_in_order(own), start=1)
        ],
        "manages": may(request.user, Act.ADMINISTER),
        "has_own": bool(own),
    }
    return render(request, "policies/rules.html", context)


@require_safe
@login_required
@refusals
def rule(request: ReviewerRequest, word: str) -> HttpResponse:
    """One rule and what it held."""
    require_reader(request.user)
    policy = _policy()
    own = next((one for one in policy.custom_rules if one.word == word), None)
    if own is None and word not in VERDICTS:
        raise NotFound(f"There is no rule “{word[:60]}” in the policy in force.")
    counted = rule_hits.counted(at=timezone.now())
    found = _hits(counted, own, word)
    context = {
        "now": timezone.now(),
        "word": word,
        "own": own,
        "title": own.name if own else policy_words.rule_words(word),
        "means": own.sentence if own else MEANINGS.get(word, ""),
        "tag": _tag(own, word),
        "is_watched": own is not None and own.mode is Mode.MONITOR,
        "hits": found,
        "counted": counted,
        "most": rule_hits.MOST,
        "examples": [_example(one) for one in rule_hits.examples_for(request.user, found.examples)],
        "manages": may(request.user, Act.ADMINISTER),
    }
    return render(request, "policies/rule.html", context)


def _policy() -> Policy:
    version = policies.in_force()
    return Policy.from_json(version.document, version=version.number) if version else Policy()


def _in_order(own: dict[str, CustomRule]) -> list[str]:
    gate = list(VERDICTS)
    place = gate.index(BEHIND_CUSTOM)
    return [*gate[:place], *own, *gate[place:]]


def _hits(counted: Counted, own: CustomRule | None, word: str) -> Hits:
    side = counted.watched if own is not None and own.mode is Mode.MONITOR else counted.held
    return side.get(word, rule_hits.NONE)


def _line(
    place: int, word: str, own: CustomRule | None, counted: Counted, examples: Sequence[Suggestion]
) -> dict[str, Any]:
    return {
        "place": place,
        "word": word,
        "words": own.name if own else policy_words.rule_words(word),
        "means": own.sentence if own else MEANINGS.get(word, ""),
        "url": reverse("approvals:policy_rule", args=[word]),
        "tag": _tag(own, word),
        "is_watched": own is not None and own.mode is Mode.MONITOR,
        "hits": _hits(counted, own, word),
        "examples": [_example(one) for one in examples],
    }


def _tag(own: CustomRule | None, word: str) -> dict[str, str]:
    if own is not None and own.mode is Mode.MONITOR:
        return {"text": policy_words.rule_does(own), "tone": "unknown", "icon": "eye"}
    text, tone, icon = TONES[own.verdict if own else VERDICTS[word]]
    return {"text": text, "tone": tone, "icon": icon}


def _example(one: Suggestion) -> dict[str, Any]:
    return {
        "url": reverse("approvals:suggestion", args=[one.pk]),
        "number": one.number,
        "title": one.title,
        "record": one.record_label,
        "by": str(one.agent or one.proposed_by),
        "status": one.get_status_display(),
        "made_at": one.made_at,
    }
