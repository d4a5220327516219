"""What a suggestion may do, one module per kind. `of` gives the kind; each says its own patches."""

from __future__ import annotations

from approvals.models import Suggestion

from .add_tag import AddTag
from .assign_owner import AssignOwner
from .create_record import CreateRecord, label_of_new
from .create_task import CreateTask
from .kinds import ActionKind
from .log_summary import LogSummary
from .move_stage import MoveStage
from .request_suppression import RequestSuppression
from .send_message import SendMessage
from .set_fields import SetFields

BUILT: dict[str, ActionKind] = {
    kind.name: kind
    for kind in (
        SetFields(),
        CreateRecord(),
        AssignOwner(),
        MoveStage(),
        CreateTask(),
        SendMessage(),
        RequestSuppression(),
        AddTag(),
        LogSummary(),
    )
}
# Named in the design, built in a later step.
PLANNED = (
    "link",
    "merge",
    "change_settings",
)

__all__ = ["BUILT", "PLANNED", "ActionKind", "label_of_new", "of"]


def of(suggestion: Suggestion) -> ActionKind:
    """The kind of a stored suggestion."""
    return BUILT[suggestion.action]
