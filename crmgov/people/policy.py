"""The role table of DESIGN §4: who may do what, in one place.

`may` is total: an act, a user and how they stand to the thing give yes or no. Nobody inactive may anything.
Seeing is decided by the `for_user` querysets, which use `sees_everything` and team membership.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from crmgov.people.models import User


class Act(StrEnum):
    SEE = "see"
    EDIT = "edit"
    EDIT_PROTECTED = "edit_protected"
    DECIDE = "decide"
    SETTLE_CONFLICT = "settle_conflict"
    HOLD = "hold"
    CONTEST = "contest"
    REVERT = "revert"
    AUDIT = "audit"
    ADMINISTER = "administer"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a person stands to one thing."""

    in_team: bool = False
    in_queue: bool = False
    owns_account: bool = False
    decided_it: bool = False
    proposed_it: bool = False


class HasRole(Protocol):
    role: str
    is_active: bool


Rule = Callable[[Standing], bool]


def _always(standing: Standing) -> bool:
    return True


def _in_team(standing: Standing) -> bool:
    return standing.in_team


def _own_account(standing: Standing) -> bool:
    return standing.in_team and standing.owns_account


def _decides_in_queues(standing: Standing) -> bool:
    return standing.in_team and standing.in_queue and not standing.proposed_it


def _decides_in_queues_or_own(standing: Standing) -> bool:
    return standing.in_team and (standing.in_queue or standing.owns_account) and not standing.proposed_it


def _not_own_proposal(standing: Standing) -> bool:
    return not standing.proposed_it


def _decided(standing: Standing) -> bool:
    return standing.in_team and standing.decided_it


TABLE: dict[Act, dict[str, Rule]] = {
    Act.SEE: {"reviewer": _in_team, "account_manager": _in_team, "admin": _always, "auditor": _always},
    Act.EDIT: {"reviewer": _in_team, "account_manager": _in_team, "admin": _always},
    Act.EDIT_PROTECTED: {"account_manager": _in_team, "admin": _always},
    Act.DECIDE: {
        "reviewer": _decides_in_queues,
        "account_manager": _decides_in_queues_or_own,
        "admin": _not_own_proposal,
    },
    Act.SETTLE_CONFLICT: {"account_manager": _in_team, "admin": _not_own_proposal},
    Act.HOLD: {"account_manager": _own_account, "admin": _always},
    Act.CONTEST: {"account_manager": _own_account, "admin": _always},
    Act.REVERT: {"reviewer": _decided, "account_manager": _own_account, "admin": _always},
    Act.AUDIT: {"reviewer": _decided, "account_manager": _own_account, "admin": _always, "auditor": _always},
    Act.ADMINISTER: {"admin": _always},
}


def may(user: HasRole, act: Act, standing: Standing = Standing()) -> bool:
    """Return whether `user` may do `act`, standing so to the thing; anything not in the table is no."""
    rule = TABLE[act].get(user.role)
    return bool(user.is_active and rule and rule(standing))


def sees_everything(user: User) -> bool:
    """Admins and auditors see all teams."""
    return user.is_active and user.role in {"admin", "auditor"}
