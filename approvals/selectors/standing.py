"""The standing approvals that hold now, by the name under which messages call their template."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import Exists, OuterRef

from approvals.models import StandingApproval, TemplateVersion
from crmgov.people.models import Role

from .messages import MARK, name_of


def holding(names: Collection[str], at: datetime) -> dict[str, StandingApproval]:
    """NAME@NUMBER -> what stands for it; one query, none where no name could be one.

    Only the newest version stands, and only as long as who signed is an admin here.
    """
    templates = {name.rpartition(MARK)[0] for name in names if MARK in name}
    if not templates:
        return {}
    newer = TemplateVersion.objects.filter(
        template=OuterRef("version__template"), number__gt=OuterRef("version__number")
    )
    rows = StandingApproval.objects.select_related("version__template", "signed_by").filter(
        ~Exists(newer),
        version__template__name__in=templates,
        ended_at=None,
        until__gt=at,
        signed_by__is_active=True,
        signed_by__role=Role.ADMIN,
    )
    found = {name_of(row.version): row for row in rows}
    return {name: found[name] for name in names if name in found}
