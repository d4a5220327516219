"""Whom the product writes to, and of what: members of the queues, their stand-ins, and the owners of the accounts."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Exists, OuterRef, Q, QuerySet

from approvals.models import QueueMembership, Suggestion
from approvals.models.queue import UNROUTED
from crmgov.people.models import Absence, Delegation, Role, User
from crmgov.records.models import Account


def people(at: datetime) -> QuerySet[User]:
    """Who can log in and is here at `at`. Auditors are told nothing: they decide nothing."""
    away = Absence.objects.filter(user=OuterRef("pk"), starts_at__lte=at, ends_at__gt=at)
    rows = User.objects.filter(~Exists(away), is_active=True).exclude(role=Role.AUDITOR)
    return rows.exclude(password="").exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX)


def waiting_for(user: User, at: datetime) -> QuerySet[Suggestion]:
    """What waits in the queues this person sits in or stands in for, and on accounts they own; for admins Unrouted too.

    Never what they may not see. In the order of the effective due times.
    """
    standing = Delegation.objects.filter(
        delegate=user, starts_at__lte=at, ends_at__gt=at, user__is_active=True
    ).values("user")
    queues = QueueMembership.objects.filter(Q(user=user) | Q(user__in=standing)).values("queue")
    owned = Account.objects.filter(Q(owner=user) | Q(owner__in=standing)).values("pk")
    told = Q(queue__in=queues) | Q(account_id__in=owned)
    if user.role == Role.ADMIN:
        told |= Q(queue__name=UNROUTED)
    rows = Suggestion.objects.for_user(user).waiting().filter(told)
    return rows.order_by("effective_due_at", "pk")
