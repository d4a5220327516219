"""Suggestions and what becomes of them."""

from .agent import Agent, AgentKey, IdempotentCall
from .arrival import WaitingEvent
from .autonomy import CellEvent, CellLetter, CellStanding, CellTally, Grant, Offer
from .bulk import Bulk, BulkItem
from .conflict import Claim, Conflict
from .contest import ContestedChange, SeenExecution
from .contract import Metric, WorkflowContract, WorkflowCost
from .decision import Decision
from .desk import KeyboardPreference, SavedView
from .execution import Attempt, Execution
from .experiment import Assignment, Experiment, LetterDue
from .gate import GateReading
from .mail import DigestSent, MailChoice, Reminded
from .message import (
    Delivery,
    Message,
    MessageTemplate,
    Settlement,
    StandingApproval,
    TemplateVersion,
)
from .model_call import ModelCall
from .note import Note
from .outcome import AuditSample, Cell, CellOutcome, OutcomeDue
from .oversight import Heartbeat, InvariantResult
from .policy import (
    PauseSwitch,
    PolicyDraft,
    PolicyRegating,
    PolicyReplay,
    PolicyReplayLine,
    PolicyVersion,
)
from .published import PublishedScore
from .queue import Queue, QueueMembership, QueueMove
from .review import SecondLook
from .rollup import OutcomeRollup
from .run import Run
from .seen import Seen
from .steward import Steward
from .suggestion import Action, Suggestion, SuggestionItem
from .workflow import Workflow, WorkflowVersion
from .workflow_run import WorkflowFailure, WorkflowLook, WorkflowStart, WorkflowTick

__all__ = [
    "Action",
    "Agent",
    "AgentKey",
    "Assignment",
    "Attempt",
    "AuditSample",
    "Bulk",
    "BulkItem",
    "Cell",
    "CellEvent",
    "CellLetter",
    "CellOutcome",
    "CellStanding",
    "CellTally",
    "Claim",
    "Conflict",
    "ContestedChange",
    "Decision",
    "Delivery",
    "DigestSent",
    "Execution",
    "Experiment",
    "GateReading",
    "Grant",
    "Heartbeat",
    "IdempotentCall",
    "InvariantResult",
    "KeyboardPreference",
    "LetterDue",
    "MailChoice",
    "Message",
    "MessageTemplate",
    "Metric",
    "ModelCall",
    "Note",
    "Offer",
    "OutcomeDue",
    "OutcomeRollup",
    "PauseSwitch",
    "PolicyDraft",
    "PolicyRegating",
    "PolicyReplay",
    "PolicyReplayLine",
    "PolicyVersion",
    "PublishedScore",
    "Queue",
    "QueueMembership",
    "QueueMove",
    "Reminded",
    "Run",
    "SavedView",
    "SecondLook",
    "Seen",
    "SeenExecution",
    "Settlement",
    "StandingApproval",
    "Steward",
    "Suggestion",
    "SuggestionItem",
    "TemplateVersion",
    "WaitingEvent",
    "Workflow",
    "WorkflowContract",
    "WorkflowCost",
    "WorkflowFailure",
    "WorkflowLook",
    "WorkflowStart",
    "WorkflowTick",
    "WorkflowVersion",
]
