"""Many proposals in one call: an answer for each, in order, as if each had been posted alone.

All of them are one transaction. A refused one says why and leaves the others alone; one with a key of its own is done
once, whatever batch it comes in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import structlog
from django.db import Error, IntegrityError, connection, transaction
from pydantic import Field, ValidationError

from approvals.models import Agent
from approvals.selectors.sights import Sight
from approvals.selectors.subjects import Proposer
from crmgov.kernel.refusals import Invalid, Refused
from crmgov.records.services import trouble

from . import answers, foresight, idempotency, intake
from .drafts import Impossible
from .idempotency import Call, Replay
from .intake import Received
from .proposals import Proposal, problems_of

log = structlog.get_logger(__name__)

MOST = 1_000
# Two batches may meet at the same questions again and again; from the second try on they go one by one.
TRIES = 4
ONE_BY_ONE = "SELECT pg_advisory_xact_lock(hashtext('approvals.batches'))"
KEY = "idempotency_key"

# How a refusal is told: the problem details of the API.
Told = Callable[[Refused], dict[str, Any]]


class NotABatch(Invalid):
    """Send a JSON array of proposals, at most 1,000."""


class NotValid(Impossible):
    """What you sent is not valid. Each mistake is named in errors."""

    def __init__(self, error: ValidationError) -> None:
        super().__init__(problems_of(error))
        self.say = " ".join((type(self).__doc__ or "").split())


class Broken(Refused):
    """Something broke here; it is logged. Try again with the same Idempotency-Key."""

    status = 500


class BatchedProposal(Proposal):
    """A proposal in a batch; with a key of its own it is done once, also when it is sent again alone."""

    idempotency_key: Annotated[str | None, Field(max_length=idempotency.LONGEST_KEY)] = None


@dataclass(frozen=True, slots=True)
class Line:
    """One answer: the status it would have had alone, the body, and whether it was given before."""

    code: int
    body: dict[str, Any]
    replayed: bool = False


@dataclass(slots=True)
class _Sent:
    """One entry on its way: what it says, under which key, and the answer once there is one."""

    proposal: Proposal | None = None
    key: str | None = None
    digest: str = ""
    call: Call | None = None
    line: Line | None = None


def receive(
    *, batch: object, agent: Agent, at: datetime, told: Told, call: Call | None = None
) -> list[dict[str, Any]]:
    """Take in a batch as JSON has it; with `call`, the answer is kept in the same transaction. Raises NotABatch."""
    if not isinstance(batch, list) or len(batch) > MOST:
        raise NotABatch
    for again in range(TRIES):
        try:
            return _receive(batch, agent, at, told, call, one_by_one=again > 0)
        except Error as error:
            if again == TRIES - 1 or not passes(error):
                raise
    raise AssertionError  # the last try returns or raises


@transaction.atomic(durable=True)
def _receive(
    batch: Sequence[object], agent: Agent, at: datetime, told: Told, call: Call | None, *, one_by_one: bool
) -> list[dict[str, Any]]:
    if one_by_one:
        with connection.cursor() as cursor:
            cursor.execute(ONE_BY_ONE)
    sent = [_read(one, told) for one in batch]
    _begin(sent, agent, at, told)
    _take(sent, agent, at, told)
    _finish(sent)
    lines = [_shown(line) for line in _lines(sent, told)]
    if call is not None:
        idempotency.finish(call, status=200, answer={"results": lines})
    return lines


def _read(one: object, told: Told) -> _Sent:
    """Its own mistakes are its own answer."""
    try:
        read = BatchedProposal.model_validate(one)
    except ValidationError as error:
        return _Sent(line=_refusal(NotValid(error), told))
    sent = _Sent(proposal=read, key=read.idempotency_key)
    if sent.key is not None and isinstance(one, dict):
        sent.digest = idempotency.digest_of({name: said for name, said in one.items() if name != KEY})
    return sent


def _begin(sent: Sequence[_Sent], agent: Agent, at: datetime, told: Told) -> None:
    """Claim the keys, or give the answers that were given before. The same key twice: the first one has it."""
    first: dict[str, _Sent] = {}
    for one in sent:
        if one.key is not None and one.line is None:
            first.setdefault(one.key, one)
    begun = idempotency.begin_all(agent=agent, digests={k: one.digest for k, one in first.items()}, at=at)
    for key, said in begun.items():
        match said:
            case Call():
                first[key].call = said
            case Replay():
                first[key].line = Line(said.status, said.answer, replayed=True)
            case Refused():
                first[key].line = _refusal(said, told)


def _take(sent: Sequence[_Sent], agent: Agent, at: datetime, told: Told) -> None:
    sight = Sight(Proposer(agent, None))
    new = [one for one in sent if one.line is None and (one.key is None or one.call is not None)]
    outcomes = _each([one.proposal for one in new if one.proposal is not None], sight, at)
    foresight.of_answers([one.suggestion for one in outcomes if isinstance(one, Received)], sight)
    for one, outcome in zip(new, outcomes, strict=True):
        if isinstance(outcome, Refused):
            one.line = _refusal(outcome, told)
        else:
            code = 200 if outcome.duplicate else 201
            one.line = Line(code, answers.to_proposal(outcome, sight))


def _each(proposals: Sequence[Proposal], sight: Sight, at: datetime) -> list[Received | Refused]:
    """All at once; when something breaks, halve until it stands alone, so that no other is lost with it."""
    try:
        with transaction.atomic():
            return intake.take(proposals, sight, at)
    except Exception as error:
        if passes(error) or trouble.of_the_database(error):
            raise
        if len(proposals) == 1:
            log.exception("proposal_broken")
            return [Broken()]
        middle = len(proposals) // 2
        return _each(proposals[:middle], sight, at) + _each(proposals[middle:], sight, at)


def _finish(sent: Sequence[_Sent]) -> None:
    """Keep the answers of the keys that are ours; one that broke gives its key back."""
    ours = [(one.call, one.line) for one in sent if one.call is not None and one.line is not None]
    idempotency.finish_all([(call, line.code, line.body) for call, line in ours if line.code < 500])
    for call, line in ours:
        if line.code >= 500:
            idempotency.forget(call)


def _lines(sent: Sequence[_Sent], told: Told) -> Iterator[Line]:
    """Who came second with a key hears what the first one heard."""
    first: dict[str, _Sent] = {}
    for one in sent:
        if one.line is not None:
            yield one.line
            if one.key is not None:
                first.setdefault(one.key, one)
            continue
        assert one.key is not None  # noqa: S101 (whoever has no key has an answer)
        before = first[one.key]
        assert before.line is not None  # noqa: S101 (the first with a key has an answer)
        same = before.digest == one.digest
        yield (
            Line(before.line.code, before.line.body, replayed=True)
            if same
            else _refusal(idempotency.OtherBody(), told)
        )


def _refusal(refused: Refused, told: Told) -> Line:
    return Line(refused.status, told(refused))


def _shown(line: Line) -> dict[str, Any]:
    taken = line.code < 400
    return {
        "code": line.code,
        "replayed": line.replayed,
        "suggestion": line.body if taken else None,
        "problem": None if taken else line.body,
    }


def passes(error: BaseException) -> bool:
    """Whether somebody else was at the same questions at this moment: the next try finds what they left."""
    if isinstance(error, IntegrityError) and intake.raced(error):
        return True
    return getattr(error.__cause__, "sqlstate", None) == trouble.DEADLOCK
