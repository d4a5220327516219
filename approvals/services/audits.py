"""Automatic actions that a person reads afterwards: drawn when they run, then found right or wrong."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.crypto import salted_hmac

from approvals.models import AuditSample, Cell, ContestedChange, Execution, SuggestionItem
from approvals.rules import probation
from approvals.rules.probation import Draw, Plan
from approvals.rules.risks import is_risky
from approvals.selectors import audits as plates
from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound, Refused
from crmgov.people.models import Membership, Role, User
from crmgov.people.policy import Act, Standing, may
from crmgov.records.services import contests as taking_back
from crmgov.records.services import trouble

from . import contests, gate, notes, standing
from .signals import outcome_said

SALT = "approvals.audit"
LONGEST_NOTE = 300
COUNT = """
INSERT INTO approvals_celltally AS t (cell_id, ran)
SELECT n.cell, n.more FROM unnest(%s::bigint[], %s::int[]) AS n(cell, more) ORDER BY n.cell
ON CONFLICT (cell_id) DO UPDATE SET ran = t.ran + excluded.ran
RETURNING cell_id, ran"""
# Agent, workflow version, action, field group, segment.
Key = tuple[int | None, int, str, str, str]
NAMES = ("agent_id", "workflow_version_id", "action", "field_group", "segment")


class AlreadyRead(Refused):
    """Somebody read this a moment ago. It counts once."""


class OwnAgent(NotAllowed):
    """Your agent did this, so somebody else reads it."""


@dataclass(frozen=True, slots=True)
class Read:
    """`contest` says what was put back of something wrong."""

    sample: AuditSample
    contest: ContestedChange | None = None


def draw(ran: Sequence[Execution], at: datetime) -> None:
    """Draw from what the policy just let run, in its transaction; a handful of queries however many."""
    alone = [one for one in ran if one.decision.person_id is None and one.suggestion.agent_id is not None]
    if not alone:
        return
    policy = gate.current_policy()[1]
    positions = _positions(alone)
    plan, key = policy.plan, salted_hmac(SALT, "sample", algorithm="sha256").digest()
    samples = []
    for one in alone:
        position = _most_read(plan, positions[one.pk])
        risky = is_risky(one.suggestion.value_at_stake, high_value=policy.high_value)
        drawn = probation.draw(plan, key=key, execution_id=str(one.pk), position=position, risky=risky)
        if drawn is not Draw.NONE:
            samples.append(AuditSample(execution=one, drawn=drawn.value, position=position, drawn_at=at))
    AuditSample.objects.bulk_create(samples)


@transaction.atomic(durable=True)
def right(*, sample_id: int, user: User, at: datetime) -> Read:
    """It was right. Raises NotFound, NotAllowed, OwnAgent, AlreadyRead."""
    sample = _locked(sample_id, user)
    _say(sample, AuditSample.Verdict.RIGHT, user, "", at)
    return Read(sample)


@transaction.atomic(durable=True)
def wrong(*, sample_id: int, user: User, at: datetime, reason: str) -> Read:
    """It was wrong: put back what can be, lock it, and count it against the cell.

    Raises NotFound, NotAllowed, OwnAgent, AlreadyRead, Invalid (no reason), reverts.Overtaken.
    """
    sample = _locked(sample_id, user)
    said = notes.checked(reason, most=LONGEST_NOTE)
    if not said:
        raise Invalid("Say what was wrong, for whoever looks after the agent.", {"reason": "Say why."})
    # What was sent stays sent, and what was added stays; it counts all the same.
    stays = sample.execution.leaves or sample.execution.appends
    contest = None if stays else _contested(sample.execution, user, said, at)
    _say(sample, AuditSample.Verdict.WRONG, user, said, at)
    return Read(sample, contest)


def _contested(execution: Execution, user: User, said: str, at: datetime) -> ContestedChange:
    """What the owner of the account contested before is put back already."""
    if earlier := ContestedChange.objects.filter(execution=execution).first():
        return earlier
    change_set_id = execution.change_set_id
    assert change_set_id is not None  # noqa: S101 (only what succeeded is drawn)
    with trouble.waiting_briefly():
        back = taking_back.put_back(change_set_id=change_set_id, user=user, reason=said, at=at)
    return contests.kept(execution, back, user=user, reason=said, at=at)


def why_not(user: User, execution: Execution) -> str:
    """Why this person does not say what it was worth; empty where they may."""
    if not may(user, Act.DECIDE, Standing(in_team=True, in_queue=True)):
        return "Auditors read everything and decide nothing."
    agent = execution.suggestion.agent
    if agent is None or agent.owner_id != user.pk:
        return ""
    other = _other_reader(execution, user)
    return f"{agent} is yours, so somebody else reads this: {other} may." if other else ""


def _other_reader(execution: Execution, user: User) -> User | None:
    """Somebody else who sees it and decides; the owner of an agent reads alone only where there is nobody."""
    team = execution.suggestion.team_id
    people = plates.others_who_decide(user)
    if team is not None:
        people = people.filter(
            Q(role=Role.ADMIN) | Exists(Membership.objects.filter(user=OuterRef("pk"), team=team))
        )
    return people.order_by("name", "pk").first()


def _say(sample: AuditSample, verdict: str, user: User, note: str, at: datetime) -> None:
    sample.verdict, sample.read_by, sample.read_at, sample.note = verdict, user, at, note
    sample.save(update_fields=["verdict", "read_by", "read_at", "note"])
    contests.seen([sample.execution_id], user=user, at=at)
    outcome_said.send_robust(sender=AuditSample)


def _locked(sample_id: int, user: User) -> AuditSample:
    """Of two people who read it at once, the second waits and is told. The execution first, as who contests it does."""
    Execution.objects.select_for_update().filter(audit=sample_id).first()
    sample = (
        AuditSample.objects.select_for_update(of=("self",))
        .select_related("execution__suggestion__agent", "read_by")
        .filter(pk=sample_id)
        .first()
    )
    if sample is None or not standing.sees(user, sample.execution.suggestion):
        raise NotFound
    if refused := why_not(user, sample.execution):
        raise OwnAgent(refused)
    if sample.verdict:
        raise AlreadyRead(f"{sample.read_by} read this already and found it {sample.verdict}.")
    return sample


def _positions(alone: Sequence[Execution]) -> dict[UUID, list[int]]:
    """For each execution, how many automatic actions each of its cells had before it since its signature."""
    by_suggestion = {one.suggestion_id: one for one in alone}
    keys: defaultdict[UUID, list[Key]] = defaultdict(list)
    items = SuggestionItem.objects.filter(suggestion__in=by_suggestion).order_by("suggestion", "group")
    for suggestion_id, group in items.values_list("suggestion_id", "group").distinct():
        keys[suggestion_id].append(_key(by_suggestion[suggestion_id], group))
    more = Counter(key for found in keys.values() for key in found)
    cells = _cells(more)
    next_ones = _counted({cells[key]: many for key, many in more.items()})
    positions: dict[UUID, list[int]] = {}
    for one in alone:
        positions[one.pk] = []
        for key in keys[one.suggestion_id]:
            positions[one.pk].append(next_ones[cells[key]])
            next_ones[cells[key]] += 1
    return positions


def _key(execution: Execution, group: str) -> Key:
    asked = execution.suggestion
    return asked.agent_id, asked.workflow_version_id, asked.action, group, asked.segment


def _cells(keys: Counter[Key]) -> dict[Key, int]:
    """Their ids, made where nothing has been told of them yet."""
    found = _known(keys)
    if missing := [key for key in sorted(keys, key=str) if key not in found]:
        made = [Cell(**dict(zip(NAMES, key, strict=True))) for key in missing]
        Cell.objects.bulk_create(made, ignore_conflicts=True)
        found = _known(keys)
    return found


def _known(keys: Counter[Key]) -> dict[Key, int]:
    rows = Cell.objects.filter(
        agent__in={key[0] for key in keys}, workflow_version__in={key[1] for key in keys}
    ).values_list("pk", *NAMES)
    return {tuple(rest): pk for pk, *rest in rows if tuple(rest) in keys}


def _counted(more: dict[int, int]) -> dict[int, int]:
    """Add these to what ran in each cell; return how many there were before."""
    ordered = sorted(more)
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [ordered, [more[cell] for cell in ordered]])
        return {cell: ran - more[cell] for cell, ran in cursor.fetchall()}


def _most_read(plan: Plan, positions: Sequence[int]) -> int:
    """Of several cells the one whose share is largest; the first position where it has none."""
    return max(positions, key=plan.share_at, default=0)
