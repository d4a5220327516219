"""What drafting many proposals will ask, fetched beforehand in one query per kind of thing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from approvals import actions
from approvals.models import Suggestion
from approvals.selectors import subjects
from approvals.selectors.sights import External, Sight
from crmgov.records import registry
from crmgov.records.contracts import contract_for
from crmgov.records.models.governed import Governed

from . import drafts
from .proposals import Proposal, ProposedItem


def of_proposals(proposals: Sequence[Proposal], sight: Sight) -> None:
    """Teach `sight` the records, people and names that the proposals speak of, and who may see the accounts."""
    external: list[External] = []
    ids: dict[str, set[UUID]] = {}
    for proposal in proposals:
        record = proposal.record
        if record.external_id is not None:
            named = record.external_id
            external.append((record.type, named.source, named.kind, named.value))
        elif record.id is not None:
            ids.setdefault(record.type, set()).add(record.id)
        else:
            for parent, key in _parents(proposal):
                ids.setdefault(parent, set()).add(key)
    sight.learn_external(external)
    for record_type, keys in ids.items():
        sight.learn(record_type, keys)
    references = [found for proposal in proposals for found in _references(proposal)]
    emails = (drafts.email_of(writes, i.field, raw) for _, writes, i in references for raw in _raw(i))
    sight.learn_people({email for email in emails if email})
    asked: dict[tuple[str, str], list[tuple[Any, Any]]] = {}
    for proposal, writes, item in references:
        about = _record(proposal, sight)
        now = (
            registry.get(about, item.field) if about is not None and writes == proposal.record.type else None
        )
        pairs = asked.setdefault((writes, item.field), [])
        pairs += [(drafts.as_held(writes, item.field, raw, sight), now) for raw in _raw(item)]
    sight.learn_names(asked)


def of_answers(suggestions: Sequence[Suggestion], sight: Sight) -> None:
    """Teach it which accounts the answers may speak of."""
    sight.learn_accounts({one.account_id for one in suggestions if one.record_type != "account"})


def _parents(proposal: Proposal) -> Iterator[tuple[str, UUID]]:
    fields = subjects.PARENTS.get(proposal.record.type, ())
    for item in proposal.items:
        if item.field in fields and item.proposed and (key := subjects.as_uuid(item.proposed)):
            yield item.field, key


def _references(proposal: Proposal) -> Iterator[tuple[Proposal, str, ProposedItem]]:
    """The items whose field names another thing; none of an action that is refused anyway."""
    if (kind := actions.BUILT.get(proposal.action)) is None:
        return
    writes = kind.writes(proposal.record.type)
    for item in proposal.items:
        if contract_for(writes, item.field) is not None and subjects.is_reference(writes, item.field):
            yield proposal, writes, item


def _record(proposal: Proposal, sight: Sight) -> Governed | None:
    record = proposal.record
    if record.external_id is not None:
        return sight.find_external(record.type, **record.external_id.model_dump())
    return sight.find(record.type, record.id) if record.id is not None else None


def _raw(item: ProposedItem) -> tuple[Any, Any]:
    return item.seen, item.proposed
