"""The CRM and its ledger."""

from .accounts import Account, Lifecycle, OwnerView
from .activities import OURS, SUMMARY, TAKES_BACK, Activity, ActivityKind
from .contacting import ContactRules, Touch
from .contacts import Contact
from .events import EventReceipt, RecordEvent
from .imports import (
    Export,
    ExternalId,
    Import,
    ImportFate,
    ImportFile,
    ImportFileBlock,
    ImportRefusal,
    ImportRevert,
    ImportRun,
    MatchCandidate,
    RememberedMapping,
)
from .ledger import AuthorityKind, ChangeSet, EarlierChange, FieldChange
from .opportunities import BuyingRole, Opportunity
from .permissions import Consent, Hold, Suppression
from .reference import ExchangeRate, Product, Segment, Source, Stage
from .tasks import Task
from .tickets import Ticket

__all__ = [
    "OURS",
    "SUMMARY",
    "TAKES_BACK",
    "Account",
    "Activity",
    "ActivityKind",
    "AuthorityKind",
    "BuyingRole",
    "ChangeSet",
    "Consent",
    "Contact",
    "ContactRules",
    "EarlierChange",
    "EventReceipt",
    "ExchangeRate",
    "Export",
    "ExternalId",
    "FieldChange",
    "Hold",
    "Import",
    "ImportFate",
    "ImportFile",
    "ImportFileBlock",
    "ImportRefusal",
    "ImportRevert",
    "ImportRun",
    "Lifecycle",
    "MatchCandidate",
    "Opportunity",
    "OwnerView",
    "Product",
    "RecordEvent",
    "RememberedMapping",
    "Segment",
    "Source",
    "Stage",
    "Suppression",
    "Task",
    "Ticket",
    "Touch",
]
