"""How somebody looked before they decided, as static/js/attention.js counted it."""

from __future__ import annotations

from django.http import QueryDict

from approvals.rules import attention
from approvals.rules.attention import Attention


def attention_of(posted: QueryDict) -> Attention:
    """What the browser tells; unmeasured without a script."""
    return attention.told(posted.get("visible_ms", ""), posted.getlist("opened"))
