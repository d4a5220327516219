"""From a proposal to an unsaved suggestion with its items, or a refusal that names every mistake."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from approvals import actions
from approvals.actions import ActionKind
from approvals.models import Suggestion, SuggestionItem, Workflow, WorkflowVersion
from approvals.rules.vocabulary import Level, lowest
from approvals.selectors import subjects
from approvals.selectors.sights import Sight
from approvals.selectors.subjects import Proposer, Subject
from crmgov.kernel import canonical
from crmgov.kernel.ids import new_id
from crmgov.kernel.refusals import NotFound, Refused
from crmgov.people.models import User
from crmgov.records import registry
from crmgov.records.contracts import contract_for
from crmgov.records.models.governed import Governed

from . import asks, claims, evidence, relied, values
from .proposals import Problem, Proposal, ProposedItem

# Workflow, version and model -> the registered one.
Versions = dict[tuple[str, str, str], WorkflowVersion]


class Impossible(Refused):
    """The proposal is not one that could be made. `problems` names each mistake."""

    status = 422

    def __init__(self, problems: Iterable[Problem]) -> None:
        once = {(problem.pointer, problem.say): problem for problem in problems}
        self.problems = tuple(once.values())
        super().__init__(" ".join(problem.say for problem in self.problems))


class NotBuilt(Impossible):
    """This action is planned and not built yet."""


class UnknownRecord(NotFound):
    """There is no such record here, or it belongs to another team."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A suggestion and its items, not stored and not judged yet. `answers` is the one whose question it answers.

    `asked_before`: it was open once, so like all that is open it waits behind a pause and is not blocked by it.
    """

    suggestion: Suggestion
    items: list[SuggestionItem]
    subject: Subject
    kind: ActionKind
    answers: UUID | None = None
    asked_before: bool = False


def of(proposal: Proposal, sight: Sight, at: datetime, versions: Versions) -> Draft:
    """Draft what was proposed; registers an unknown workflow version. Raises Impossible, UnknownRecord."""
    proposer = sight.proposer
    kind = _kind(proposal)
    _require_possible(kind, proposal)
    subject = _subject(kind, proposal, sight)
    _require_home(subject, sight)
    _require_answers(kind, proposal, subject, proposer)
    items = _items(kind, proposal, subject, sight, at)
    _require_known_facts(proposal, subject, sight)
    _require_known(kind, items, subject, proposer)
    _require_sources(kind, proposal, subject, sight)
    label = _label(kind, subject, proposal, items)
    suggestion = Suggestion(
        id=new_id(),
        action=kind.name,
        record_type=proposal.record.type,
        record_id=subject.record.pk if subject.record else None,
        record_label=label[:300],
        account_id=subject.account.pk if subject.account else None,
        team_id=subject.team_id,
        agent=proposer.agent,
        proposed_by=proposer.user,
        workflow_version=_workflow_version(proposal, proposer, at, versions),
        title=kind.title(record_type=proposal.record.type, record_label=label, items=items),
        asks=canonical.digest({item.field: item.proposed for item in items}),
        purpose=_purpose(kind, items),
        reason=proposal.reason,
        confidence=_share(proposal.confidence),
        facts=[{"name": f.name, "value": relied.then(f.name, f.value, subject)} for f in proposal.facts],
        stated=[{"text": c.text, "type": c.source.type, "id": c.source.id} for c in proposal.claims],
        level_requested=_level_requested(proposal),
        chain=list(proposal.chain),
        made_at=at,
    )
    for item in items:
        item.suggestion = suggestion
        item.record_id = None if kind.creates else suggestion.record_id
    return Draft(suggestion, items, subject, kind, proposal.answers)


def _require_known(
    kind: ActionKind, items: Sequence[SuggestionItem], subject: Subject, proposer: Proposer
) -> None:
    """Raises Impossible."""
    values = {item.field: item.proposed for item in items}
    places = {item.field: place for place, item in enumerate(items)}
    if unknown := list(kind.unknown(values, subject, proposer)):
        raise Impossible([Problem(f"/items/{places[field]}/proposed", say) for field, say in unknown])


def _purpose(kind: ActionKind, items: Iterable[SuggestionItem]) -> str:
    """What a message is for; empty for all else."""
    if not kind.leaves:
        return ""
    said = next((item.proposed for item in items if item.field == "purpose"), "")
    return str(said or "")[:40]


def _kind(proposal: Proposal) -> ActionKind:
    if (kind := actions.BUILT.get(proposal.action)) is not None:
        return kind
    built = ", ".join(actions.BUILT)
    if proposal.action in actions.PLANNED:
        raise NotBuilt([Problem("/action", f"{proposal.action} is not built yet. Built are {built}.")])
    raise NotBuilt([Problem("/action", f"There is no action “{proposal.action}”. Built are {built}.")])


def _require_possible(kind: ActionKind, proposal: Proposal) -> None:
    record = proposal.record
    has_record = record.id is not None or record.external_id is not None
    fields = [item.field for item in proposal.items]
    problems = [Problem(*found) for found in kind.problems(record.type, fields, has_record=has_record)]
    problems += _about_seen(kind, proposal)
    if problems:
        raise Impossible(problems)


def _about_seen(kind: ActionKind, proposal: Proposal) -> Iterator[Problem]:
    """What a change replaces must be said; what does not exist yet was not seen."""
    for place, item in enumerate(proposal.items):
        if kind.creates and item.seen is not None:
            yield Problem(f"/items/{place}/seen", f"{kind.name} makes something new: leave seen out.")
        if not kind.creates and "seen" not in item.model_fields_set:
            say = f"Say in seen which value of {item.field} you saw; null when it was empty."
            yield Problem(f"/items/{place}/seen", say)


def _subject(kind: ActionKind, proposal: Proposal, sight: Sight) -> Subject:
    record = proposal.record
    if record.id is None and record.external_id is None:
        given = {item.field: item.proposed for item in proposal.items}
        return sight.of_new(record.type, given)
    if record.id is not None:
        found = sight.find(record.type, record.id)
    else:
        assert record.external_id is not None  # noqa: S101 (one of the two is there)
        found = sight.find_external(record.type, **record.external_id.model_dump())
    if found is None:
        said = subjects.named(record.type)
        raise UnknownRecord(f"There is no such {said} here, or it belongs to a team this key does not see.")
    return subjects.around(found)


def _require_home(subject: Subject, sight: Sight) -> None:
    """A new record that hangs on nothing says who shall see it, unless there is only one answer."""
    if subject.hangs_on or subject.home is not None:
        return
    names = [f"{team.pk} for {team}" for team in sight.teams]
    who = sight.proposer.agent or sight.proposer.user
    say = (
        f"Add an item for the field team that says who shall see it: {' or '.join(names)}."
        if names
        else f"{who} is in no team, so nobody could say who shall see it. An admin puts {who} into one."
    )
    raise Impossible([Problem("/items", say)])


def _require_answers(kind: ActionKind, proposal: Proposal, subject: Subject, proposer: Proposer) -> None:
    if found := asks.problems(proposal, action=kind.name, subject=subject, proposer=proposer):
        raise Impossible(found)


def _level_requested(proposal: Proposal) -> str:
    """A person asked, so a person reads the answer: it never runs by itself."""
    asked = Level(proposal.level)
    return lowest((asked, Level.DRAFT)).value if proposal.answers else asked.value


def _items(
    kind: ActionKind, proposal: Proposal, subject: Subject, sight: Sight, at: datetime
) -> list[SuggestionItem]:
    writes = kind.writes(proposal.record.type)
    about = None if kind.creates else subject.record
    return [_item(writes, place, item, about, sight, at) for place, item in enumerate(proposal.items)]


def _item(
    writes: str,
    place: int,
    item: ProposedItem,
    about: Governed | None,
    sight: Sight,
    at: datetime,
) -> SuggestionItem:
    contract, agent = contract_for(writes, item.field), sight.proposer.agent
    assert contract is not None  # noqa: S101 (_require_possible refused it)
    seen, proposed = (as_held(writes, item.field, raw, sight) for raw in (item.seen, item.proposed))
    names: dict[str, str] = {}
    if subjects.is_reference(writes, item.field):
        now = registry.get(about, item.field) if about is not None else None
        names = sight.names(writes, item.field, [seen, proposed], now=now)
    return SuggestionItem(
        position=place,
        field=item.field,
        group=contract.group,
        seen=seen,
        proposed=proposed,
        seen_label=subjects.shown(writes, item.field, seen, names),
        proposed_label=subjects.shown(writes, item.field, proposed, names),
        confidence=_share(item.confidence),
        source=item.source,
        evidence=evidence.statements(
            item, by=str(agent or sight.proposer.user), agent_id=agent.pk if agent else None, at=at
        ),
    )


def as_held(writes: str, field: str, raw: Any, sight: Sight) -> Any:
    """The value as JSON. A person the proposer may know can be named by e-mail: agents rarely know our numbers."""
    if (writes, field) == ("message", "purpose") and isinstance(raw, str):
        raw = raw.strip().lower()
    if (email := email_of(writes, field, raw)) and (found := sight.person(email)) is not None:
        raw = found
    return values.as_json(writes, field, raw)


def email_of(writes: str, field: str, raw: Any) -> str:
    """The address by which a person is named; empty where none is."""
    if not (isinstance(raw, str) and "@" in raw and subjects.is_reference(writes, field)):
        return ""
    return raw.strip().lower() if registry.column(writes, field).related_model is User else ""


def _require_known_facts(proposal: Proposal, subject: Subject, sight: Sight) -> None:
    if subject.account is not None and proposal.facts and not sight.sees_account(subject.account.pk):
        subject = replace(subject, account=None)
    problems = [
        Problem(
            f"/facts/{place}/name",
            f"There is no fact “{fact.name}” to look up here: name a field of the record or its account, "
            "as in account.industry, or account.open_tickets. Anything else belongs into the evidence.",
        )
        for place, fact in enumerate(proposal.facts)
        if relied.place_of(fact.name, subject) is None
    ]
    if problems:
        raise Impossible(problems)


def _require_sources(kind: ActionKind, proposal: Proposal, subject: Subject, sight: Sight) -> None:
    if problems := list(claims.problems(proposal, subject, sight, leaves=kind.leaves)):
        raise Impossible(problems)


def _label(kind: ActionKind, subject: Subject, proposal: Proposal, items: list[SuggestionItem]) -> str:
    if subject.record is not None:
        return str(subject.record)
    return actions.label_of_new(kind.writes(proposal.record.type), items)


def _workflow_version(
    proposal: Proposal, proposer: Proposer, at: datetime, versions: Versions
) -> WorkflowVersion:
    """The registered version; an unknown one registers itself, without evidence and at the default level."""
    key = (proposal.workflow, proposal.version, proposal.model)
    if key in versions:
        return versions[key]
    workflow, _ = Workflow.objects.get_or_create(
        name=proposal.workflow, agent=proposer.agent, defaults={"first_seen_at": at}
    )
    version, _ = WorkflowVersion.objects.select_related("workflow__agent").get_or_create(
        workflow=workflow,
        version=proposal.version,
        model=proposal.model,
        defaults={"first_seen_at": at},
    )
    versions[key] = version
    return version


def _share(number: float | None) -> Decimal | None:
    """Four digits, rounded down: a confidence never gains by being stored."""
    if number is None:
        return None
    return Decimal(repr(number)).quantize(Decimal("0.0001"), rounding="ROUND_DOWN")
