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
    churned: bool = False


@dataclass(frozen=True, slots=True)
class ScoreStanding:
    """What may be believed of a score of ours: whether the model's numbers hold in this segment, and why.

    `model_id` is empty where rules judged and no model was trained. `why` is a sentence with its figures.
    """

    model: str
    segment: str
    calibrated: bool
    why: str
    model_id: str = ""


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
class Trouble:
    """A ticket that was escalated or urgent, open or not; `days` since it was opened or resolved."""

    id: str
    label: str
    days: int
    escalated: bool = False


@dataclass(frozen=True, slots=True)
class Before:
    """A value of a field that a person rejected, or that a revert put away, so many days ago."""

    field: str
    value: Json
    days: int
    suggestion: Ref | None = None


@dataclass(frozen=True, slots=True)
class Deal:
    """The opportunity it is about. `formal`: legal and procurement, where a contact has such a role."""

    id: str
    label: str
    roles: int = 0
    formal: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pace:
    """How many suggestions of this agent came before this one; only of what is just coming in."""

    last_hour: int
    last_day: int


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
    `contract` is what the workflow's contract allows at most. `has_room` says whether one more of these cells may run
    by itself today; how many did is no fact, because of several taken in at once it depends on which came first.
    """

    policy: Level
    requested: Level
    granted: Level | None = None
    contract: Level = Level.FULL
    has_room: bool = True


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
class Terms:
    """What the contract of the workflow lets it be about and change. No `segments` means every segment.

    `fields` are those it may write on the records this suggestion writes, None where the action brings its own.
    `excluded` names what keeps an account out: strategic, regulated, escalated, open_ticket, relationship.
    """

    revision: int
    record_types: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    fields: tuple[str, ...] | None = ()
    segments: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    sla_hours: int | None = None


@dataclass(frozen=True, slots=True)
class InRun:
    """The run it was posted in. `status` is that of the run: open, sampling, going_on, stopped, people."""

    name: str
    status: str


@dataclass(frozen=True, slots=True)
class Barrier:
    """Why this contact may not be written to: opted_out, suppressed, frequency_cap, no_address."""

    reason: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Concern:
    """What a look at the text of a message found: the code of it and a sentence."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class StandingApproval:
    """A person approved every message of this template for its audience. `until` is an ISO moment."""

    id: str
    template: str
    by: str
    until: str


@dataclass(frozen=True, slots=True)
class ReadTopic:
    """What `by` said of a text, or where that is empty a model read: `part` of `of` labeled texts like it were that."""

    topic: str
    text: Ref
    part: int = 0
    of: int = 0
    by: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """The text and its reader. `topics`: complaint, cancellation, pricing, legal, security, by the word lists.

    `standing` is there only where the text is that template's, filled in, and the contact is of its audience.
    """

    purpose: str
    recipient: str = ""
    channel: str = "email"
    barriers: tuple[Barrier, ...] = ()
    concerns: tuple[Concern, ...] = ()
    topics: tuple[str, ...] = ()
    # Of what the customer wrote lately. They come on top: nothing read here takes a topic of the lists away.
    read_topics: tuple[ReadTopic, ...] = ()
    standing: StandingApproval | None = None
    # Of the account: whether it buys from us, and whether a deal with it is open.
    customer: bool = False
    open_deal: str = ""
    # A message to them with this purpose that is on its way, or one of the same words that left lately.
    before: Ref | None = None


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
    terms: Terms | None = None
    run: InRun | None = None
    troubles: tuple[Trouble, ...] = ()
    rejected: tuple[Before, ...] = ()
    undone: tuple[Before, ...] = ()
    # Pairs of the record with another that may be the same, and wait for somebody to say so.
    doubles: int = 0
    deal: Deal | None = None
    pace: Pace | None = None
    # How many suggestions it follows from, and one of them that is of the same workflow about the same record.
    causes: int = 0
    ancestor: Ref | None = None
    message: Message | None = None
    # Of what our own models propose; scores of outside agents have none.
    score: ScoreStanding | None = None

    @property
    def stands(self) -> bool:
        """Whether it is a message that a standing approval lets out: a person wrote and signed its text."""
        asked = Level.SHADOW not in (self.levels.policy, self.levels.requested)
        standing = self.message is not None and self.message.standing is not None
        return standing and asked and self.limits.standing_approvals

    def to_json(self) -> Json:
        """A plain JSON object that `from_json` reads back to equal facts."""
        return codec.dump(self)

    @classmethod
    def from_json(cls, stored: object) -> Self:
        """Read what `to_json` wrote; raises codec.Unreadable."""
        return codec.load(cls, stored)
