"""A conflict as the templates draw it: the list, the claims in the same order of facts, and the buttons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.urls import reverse
from django.utils.http import urlencode

from approvals.http import address_of
from approvals.models import Conflict
from approvals.selectors import conflicts
from approvals.selectors.items import MONEY
from approvals.selectors.keyset import Page
from approvals.selectors.subjects import as_uuid
from approvals.templatetags import phrases
from crmgov.kernel.refusals import Refused

from .items import context_plate
from .quotes import quotes_for_field

FORM = "settle"
BY_ITSELF = "Closed by itself"
ORIGINS = {True: "Our value, as it stands now", False: "Claims another value"}


@dataclass(frozen=True, slots=True)
class Listed:
    """Which conflicts stand at the left: a view, and one import's alone where its report sent the reader here."""

    view: str = conflicts.OPEN
    import_id: UUID | None = None

    @classmethod
    def read(cls, asked: QueryDict) -> Listed:
        """Anything unknown is as if it were not there."""
        view = asked.get("view", "")
        known = view if view in conflicts.VIEWS else conflicts.OPEN
        return cls(known, as_uuid(asked.get("import", "")))

    @classmethod
    def posted(cls, posted: QueryDict) -> Listed:
        """What a form carried with it."""
        return cls.read(QueryDict(posted.get("list", "")))

    def query(self, **changed: str) -> str:
        """As it stands in an address, without what is as it would be anyway."""
        state = {"view": self.view, "import": str(self.import_id or ""), **changed}
        return urlencode({name: said for name, said in state.items() if said and said != conflicts.OPEN})

    def url(self, **changed: str) -> str:
        """The address of the list."""
        return _with(reverse("approvals:conflicts"), self.query(**changed))

    def of(self, conflict_id: UUID) -> str:
        """The address of a conflict beside this list."""
        return _with(reverse("approvals:conflict", args=[conflict_id]), self.query())


def _with(path: str, query: str) -> str:
    return f"{path}?{query}" if query else path


def pane(page: Page[conflicts.Row], listed: Listed, *, current: UUID | None) -> dict[str, Any]:
    """The list at the left."""
    return {
        "tabs": [
            {"name": name, "url": listed.url(view=key), "current": key == listed.view}
            for key, name in conflicts.VIEWS.items()
        ],
        "filtered": [{"text": "Of one import", "remove_url": listed.url(**{"import": ""})}]
        if listed.import_id
        else [],
        "query": listed.query(),
        "rows": [
            {
                "id": row.id,
                "url": listed.of(row.id),
                "icon": "split",
                "name": row.name,
                "what": row.what,
                "why": _why(row),
                "age": row.opened_at,
                "current": row.id == current,
            }
            for row in page.rows
        ],
        "view": listed.view,
        "url": listed.url(),
        "newer_url": listed.url(**{"from": page.newer}) if page.newer else "",
        "older_url": listed.url(**{"from": page.older}) if page.older else "",
    }


def _why(row: conflicts.Row) -> str:
    if row.by_itself:
        return BY_ITSELF
    return f"Settled by {row.settled_by}" if row.settled_by else row.why


def plate(page: conflicts.ConflictPage, *, chosen: str, refusal: Refused | None) -> dict[str, Any]:
    """Everything the item pane shows."""
    conflict = page.conflict
    is_open = conflict.status == Conflict.Status.OPEN
    currency = page.account.currency if page.account and conflict.field in MONEY else ""
    return {
        "id": conflict.pk,
        "title": f"{page.field_label} of {conflict.record_label}: which value stands?",
        "kind": conflict.get_kind_display(),
        "opened_at": conflict.opened_at,
        "open": is_open,
        "record": {
            "label": conflict.record_label,
            "url": address_of(conflict.record_type, conflict.record_id),
        },
        "claims": [_claim(claim, currency, is_open=is_open, chosen=chosen) for claim in page.claims],
        "quotes": [
            quote
            for claim in page.claims
            for quote in quotes_for_field(claim.reason, claim.who, page.field_label, claim.evidence)
        ],
        "may_settle": page.may_settle,
        "form": FORM if page.may_settle else "",
        "banner": _banner(conflict, refusal),
        "actions": _bar(page, is_open=is_open),
        "settled": _settled(conflict),
        "account": context_plate(page.account) if page.account else None,
    }


def _banner(conflict: Conflict, refusal: Refused | None) -> dict[str, str] | None:
    """A refusal, else what became of a claim that is gone while the conflict stays open."""
    if refusal is not None:
        return {"title": refusal.say, "tone": "danger", "role": "alert"}
    is_open = conflict.status == Conflict.Status.OPEN
    return {"title": conflict.note, "tone": "info", "role": ""} if is_open and conflict.note else None


def _claim(claim: conflicts.ClaimCard, currency: str, *, is_open: bool, chosen: str) -> dict[str, Any]:
    said = phrases.value(claim.value, claim.kind, currency)
    number = f"Suggestion {claim.suggestion_number}" if claim.suggestion_number else ""
    return {
        "id": claim.id,
        "name": (said if currency else claim.value_label or said) or "empty",
        "note": ORIGINS[claim.ours] if is_open else ("Chosen" if claim.won else "Not chosen"),
        "actor": claim.p.actor if claim.p else claim.actor,
        "rule_says": f"{claim.origin}: {number.lower()}" if number else claim.origin,
        "rule": "",
        "keys": [
            {"label": "From", "value": (claim.p.source if claim.p else claim.source) or "not known"},
            {"label": "By", "value": (claim.p.who if claim.p else claim.who) or "not known"},
            {"label": "Since", "value": _since(claim)},
            {"label": "Verified", "value": "yes, locked" if claim.p and claim.p.locked else "no"},
        ],
        "foot": claim.consequence if is_open else "",
        "foot_icon": "arrow",
        "checked": claim.won or str(claim.id) == chosen,
        "url": address_of("suggestion", claim.suggestion_id) if claim.suggestion_id else "",
        "number": number,
    }


def _since(claim: conflicts.ClaimCard) -> str:
    at = phrases.as_moment(claim.p.at) if claim.p else claim.made_at
    return phrases.day(at) if at is not None else "not known"


def _bar(page: conflicts.ConflictPage, *, is_open: bool) -> dict[str, Any]:
    if not is_open:
        back = {"label": "Back to the conflicts", "url": reverse("approvals:conflicts"), "icon": "left"}
        return {"consequence": "This conflict is settled.", "others": [back]}
    button = {"label": "Settle as chosen", "kind": "primary", "describedby": "consequence"}
    if not page.may_settle:
        return {
            "consequence": "An account manager of the team or an admin settles this.",
            "consequence_icon": "alert",
            "primary": {**button, "disabled": True},
        }
    return {
        "consequence": "The chosen value is written at once, the other claims close. It can be reverted.",
        "consequence_icon": "split",
        "primary": {**button, "form": FORM},
    }


def _settled(conflict: Conflict) -> dict[str, Any] | None:
    if conflict.settled_at is None:
        return None
    url = address_of("change_set", conflict.change_set_id) if conflict.change_set_id else ""
    by_itself = conflicts.closed_by_itself(conflict)
    return {
        "said": (conflict.note or BY_ITSELF) if by_itself else f"Settled by {conflict.settled_by}",
        "at": conflict.settled_at,
        "note": "" if by_itself else conflict.note,
        "change_set_url": url,
    }
