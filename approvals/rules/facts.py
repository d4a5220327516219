"""Everything the gate looks at, already fetched. The intake fills it; a reading keeps it (INVARIANTS D6).

Values stand as they do in JSON (see vocabulary.Json). Flags are those that hold now: a hold that ended, a
ticket that closed, a pause that was lifted are simply not here, because the rules have no clock.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from approvals.rules import codec
from approvals.rules.findings import Ref
from approvals.rules.policy import Limits
from approvals.rules.vocabulary import ActorKind, Json, Level, PauseScope
from approvals.rules.wording import clean, is_empty, quoted, value
from crmgov.kernel.money import Money
from crmgov.records.contracts import Overwrite, Permission


@dataclass(frozen=True, slots=True)
class Proposer:
    """Who proposes, by which workflow, and how much of it has been checked.

    `outcomes` counts the decided and audited suggestions of this cell; `confidence` is the proposer's own
    number for the whole suggestion, 0 to 1, used where an item brings none.
    """

    kind: ActorKind
    label: str
    workflow: str
    workflow_version: str = ""
    outcomes: int = 0
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """The record it is about. For create_record the id is empty and `exists` says nothing."""

    type: str
    id: str
    label: str
    exists: bool = True
    archived: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One proposed change.

    `protected` is the floor in code for exactly this change (an existing owner, lifecycle from SQL upward).
    `rule_only` fields AI fills alone only `under_rule`, a published routing rule.
    `problem` is the validation sentence when the value is not a possible one. `verified` and `locked` are
    the current value's provenance, `verified_by` whose. `auto_from` and `floor` are the field contract's own
    thresholds, 0 to 1; a policy may only be tighter.
    """

    field: str
    label: str
    group: str
    permission: Permission
    current: Json
    seen: Json
    proposed: Json
    overwrite: Overwrite = Overwrite.NEVER_ASKS
    protected: bool = False
    rule_only: bool = False
    under_rule: bool = False
    verified: bool = False
    locked: bool = False
    verified_by: str = ""
    confidence: float | None = None
    problem: str | None = None
    contradicts_owner_view: bool = False
    auto_from: float | None = None
    floor: float | None = None
    # What a reference's current key stands for, as far as the proposer may know; empty for plain values.
    current_label: str = ""

    @property
    def name(self) -> str:
        """The field as sentences call it; the header of an imported column is somebody else's text."""
        return clean(self.label) or clean(self.field)

    @property
    def holds(self) -> str:
        """The current value as sentences say it."""
        return quoted(self.current_label) if self.current_label else value(self.current)

    @property
    def current_is_empty(self) -> bool:
        """Whether there is nothing to overwrite."""
        return is_empty(self.current)


@dataclass(frozen=True, slots=True)
class Account:
    """The account the subject is or hangs on. `relationships`: partner, competitor, investor."""

    id: str
    label: str
    strategic: bool = False
    regulated: bool = False
    escalated: bool = False
    industry: str = ""
    segment: str = "none"
    relationships: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stake:
    """An amount that hangs on the subject: an account's value a year, an opportunity's amount.

    `worth` is the amount as stored, `in_reporting` the same in the policy's reporting currency; None means
    that no rate is known. `kind` is account (said as "a year") or opportunity.
    """

    kind: str
    id: str
    label: str
    worth: Money
    in_reporting: Decimal | None


@dataclass(frozen=True, slots=True)
class Ticket:
    """One open ticket of the account or contact."""

    id: str
    label: str
    priority: str = ""
    escalated: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    """An account manager's "no AI contact until …" that runs now. `until` is a date, empty without an end."""

    id: str
    until: str
    by: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class LevelFacts:
    """What each source allows.

    `granted` is the lowest signed grant over the field groups of the items, None when one of them has none.
    `contract` is what the workflow contract in code allows at most.
    """

    policy: Level
    requested: Level
    granted: Level | None = None
    contract: Level = Level.FULL


@dataclass(frozen=True, slots=True)
class Pause:
    """A kill switch that is on. `label` names the workflow, agent or action; empty for all."""

    scope: PauseScope
    label: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Relied:
    """A fact the proposer says it relied on: what it was then, what it is now."""

    name: str
    label: str
    then: Json
    now: Json


@dataclass(frozen=True, slots=True)
class Rival:
    """Another open suggestion that wants another value for the same field of the same record."""

    field: str
    suggestion: Ref
    by: str
    proposed: Json


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything about one suggestion on one subject."""

    action: str
    proposer: Proposer
    subject: Subject
    levels: LevelFacts
    limits: Limits
    items: tuple[Item, ...] = ()
    account: Account | None = None
    stakes: tuple[Stake, ...] = ()
    tickets: tuple[Ticket, ...] = ()
    hold: Hold | None = None
    pauses: tuple[Pause, ...] = ()
    relied: tuple[Relied, ...] = ()
    rivals: tuple[Rival, ...] = ()

    def to_json(self) -> Json:
        """A plain JSON object that `from_json` reads back to equal facts."""
        return codec.dump(self)

    @classmethod
    def from_json(cls, stored: object) -> Self:
        """Read what `to_json` wrote; raises codec.Unreadable."""
        return codec.load(cls, stored)
