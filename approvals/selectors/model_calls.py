"""What a workflow asked of a language model lately, and what that took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Count, Q, Sum

from approvals.models import ModelCall, Workflow

WINDOW = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class Lately:
    """Calls of 28 days. `costs` are (currency, amount), of the calls that had a price; `unpriced` had none."""

    calls: int
    tokens_in: int
    tokens_out: int
    outcomes: Sequence[tuple[str, int]]
    costs: Sequence[tuple[str, Decimal]]
    unpriced: int


def lately(workflow: Workflow, at: datetime) -> Lately | None:
    """None where no model was asked in that time; three queries."""
    rows = ModelCall.objects.filter(workflow=workflow, at__gt=at - WINDOW, at__lte=at)
    whole = rows.aggregate(
        calls=Count("pk"),
        tokens_in=Sum("tokens_in"),
        tokens_out=Sum("tokens_out"),
        unpriced=Count("pk", filter=Q(cost=None)),
    )
    if not whole["calls"]:
        return None
    counted = dict(rows.values("outcome").annotate(n=Count("pk")).values_list("outcome", "n"))
    priced = rows.exclude(cost=None).values("currency").annotate(sum=Sum("cost")).order_by("currency")
    return Lately(
        **whole,
        outcomes=[(one.label, counted[one]) for one in ModelCall.Outcome if one in counted],
        costs=list(priced.values_list("currency", "sum")),
    )
