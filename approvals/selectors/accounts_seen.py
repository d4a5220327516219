"""Whose account is in sight: a contact may stand in another team than its account."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from approvals.models import Suggestion
from approvals.rules.facts import Facts
from crmgov.people.models import User
from crmgov.records.models import Account


def among(user: User, ids: Iterable[UUID | None]) -> frozenset[UUID]:
    """Those of these accounts that this person sees; one query."""
    asked = {key for key in ids if key is not None}
    if not asked:
        return frozenset()
    return frozenset(Account.objects.for_user(user).filter(pk__in=asked).values_list("pk", flat=True))


def is_hidden(user: User, suggestion: Suggestion, facts: Facts | None) -> bool:
    """Whether its account, or the one the gate knew it by, is not this person's to see; one query at most."""
    asked = {suggestion.account_id} - {None}
    if facts is not None and facts.account is not None:
        asked.add(UUID(facts.account.id))
    return len(among(user, asked)) < len(asked)
