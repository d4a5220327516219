"""What the person on a record page may do with it, asked once."""

from __future__ import annotations

from dataclasses import dataclass

from crmgov.people.models import User
from crmgov.people.policy import Act, Standing, may
from crmgov.records.models.governed import Governed
from crmgov.records.selectors.standing import standing_to


@dataclass(frozen=True, slots=True)
class Rights:
    """`revert`: any change of this record; what they decided themselves they may revert besides."""

    edit: bool
    edit_protected: bool
    hold: bool
    revert: bool
    administer: bool

    def may_revert(self, *, decided_it: bool, user: User) -> bool:
        return self.revert or may(user, Act.REVERT, Standing(in_team=True, decided_it=decided_it))


def rights_of(user: User, record: Governed) -> Rights:
    """Two queries at most: the team, and the account's owner."""
    standing = standing_to(user, record)
    return Rights(
        edit=may(user, Act.EDIT, standing),
        edit_protected=may(user, Act.EDIT_PROTECTED, standing),
        hold=may(user, Act.HOLD, standing),
        revert=may(user, Act.REVERT, standing),
        administer=may(user, Act.ADMINISTER, standing),
    )
