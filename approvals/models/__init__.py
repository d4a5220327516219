"""Suggestions and what becomes of them."""

from .agent import Agent, AgentKey, IdempotentCall
from .arrival import WaitingEvent
from .autonomy import Grant
from .bulk import Bulk, BulkItem
from .conflict import Claim, Conflict
from .contest import ContestedChange, SeenExecution
from .decision import Decision
from .desk import KeyboardPreference, SavedView
from .execution import Attempt, Execution
from .gate import GateReading
from .mail import DigestSent, MailChoice, Reminded
from .note import Note
from .oversight import Heartbeat, InvariantResult
from .policy import (
    PauseSwitch,
    PolicyDraft,
    PolicyRegating,
    PolicyReplay,
    PolicyReplayLine,
    PolicyVersion,
)
from .queue import Queue, QueueMembership, QueueMove
from .seen import Seen
from .suggestion import Action, Suggestion, SuggestionItem
from .workflow import Workflow, WorkflowVersion

__all__ = [
    "Action",
    "Agent",
    "AgentKey",
    "Attempt",
    "Bulk",
    "BulkItem",
    "Claim",
    "Conflict",
    "ContestedChange",
    "Decision",
    "DigestSent",
    "Execution",
    "GateReading",
    "Grant",
    "Heartbeat",
    "IdempotentCall",
    "InvariantResult",
    "KeyboardPreference",
    "MailChoice",
    "Note",
    "PauseSwitch",
    "PolicyDraft",
    "PolicyRegating",
    "PolicyReplay",
    "PolicyReplayLine",
    "PolicyVersion",
    "Queue",
    "QueueMembership",
    "QueueMove",
    "Reminded",
    "SavedView",
    "Seen",
    "SeenExecution",
    "Suggestion",
    "SuggestionItem",
    "WaitingEvent",
    "Workflow",
    "WorkflowVersion",
]
