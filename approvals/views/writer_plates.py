"""Who wrote a message and what it states, and what a workflow's writer took, in words."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from approvals.http import address_of
from approvals.models import ModelCall, Suggestion, Workflow
from approvals.selectors import claims, model_calls
from approvals.selectors.claims import FACT, Stated
from approvals.templatetags import phrases
from crmgov.people.models import User

KINDS = {
    "account": "Account",
    "contact": "Contact",
    "opportunity": "Opportunity",
    "ticket": "Ticket",
    "activity": "Timeline",
}
UNSEEN = "a source you do not see"


def claims_of(user: User, suggestion: Suggestion) -> list[dict[str, Any]]:
    """What the message states, each with its source as far as this person sees it."""
    return [_claim(one) for one in claims.of(user, suggestion)] if suggestion.stated else []


def _claim(one: Stated) -> dict[str, Any]:
    if one.kind == FACT:
        return {"text": one.text, "source": f"Fact {one.label}: {phrases.value(one.value) or 'empty'}"}
    if not one.label:
        return {"text": one.text, "source": UNSEEN}
    return {
        "text": one.text,
        "source": f"{KINDS[one.kind]}: {one.label}",
        "page": address_of(*one.on) if one.on is not None else "",
    }


def writer_of(suggestion: Suggestion) -> str:
    """Which model wrote it and what that took, or why the template stands; empty where no model was asked."""
    call = suggestion.model_call
    if call is None:
        return ""
    if call.outcome != ModelCall.Outcome.WRITTEN:
        return f"the template; the model {call.model} {call.says}"
    took = f"{call.tokens_in + call.tokens_out:,} tokens, {call.milliseconds / 1_000:.1f} s"
    cost = f", {_cost(call.cost, call.currency)}" if call.cost is not None else ""
    return f"the model {call.model} after the template ({took}{cost})"


def calls_of(workflow: Workflow, at: datetime) -> dict[str, Any] | None:
    """The card of a workflow's page; None where no model was asked in 28 days."""
    found = model_calls.lately(workflow, at)
    if found is None:
        return None
    costs = [_cost(amount, currency) for currency, amount in found.costs]
    if found.unpriced:
        costs.append(f"{found.unpriced} without a price")
    return {
        "calls": found.calls,
        "tokens": f"{found.tokens_in:,} in, {found.tokens_out:,} out",
        "cost": ", ".join(costs),
        "outcomes": [{"label": label, "n": number} for label, number in found.outcomes],
    }


def _cost(amount: Any, currency: str) -> str:
    """Calls cost fractions of a cent, so four digits."""
    return f"{currency} {amount:,.4f}"
