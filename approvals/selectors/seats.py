"""Who sits in which queue at a moment: members who are here, and whoever stands in for them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection

# A member counts who is active and not away; so does the delegate of a member, if the delegate is here. Auditors
# decide nothing. Kept in step with the invariant L2 (services/invariants/running.py).
SEATS = """
WITH away AS (SELECT user_id FROM people_absence WHERE starts_at <= %(at)s AND ends_at > %(at)s),
seat AS (
  SELECT queue_id, user_id FROM approvals_queuemembership
  UNION
  SELECT m.queue_id, d.delegate_id FROM approvals_queuemembership m
    JOIN people_delegation d ON d.user_id = m.user_id AND d.starts_at <= %(at)s AND d.ends_at > %(at)s
    JOIN people_user absent ON absent.id = d.user_id AND absent.is_active)
SELECT DISTINCT seat.queue_id, u.role = 'admin', t.team_id
FROM seat JOIN people_user u ON u.id = seat.user_id LEFT JOIN people_membership t ON t.user_id = u.id
WHERE u.is_active AND u.role <> 'auditor' AND NOT EXISTS (SELECT 1 FROM away WHERE away.user_id = u.id)"""


@dataclass(slots=True)
class Seats:
    """What the people present in one queue see: their teams, and everything where one of them is an admin."""

    teams: set[int] = field(default_factory=set)
    everything: bool = False

    def see(self, team_id: int | None) -> bool:
        """Whether one of them sees what belongs to this team; what is shared everybody sees."""
        return team_id is None or self.everything or team_id in self.teams


def at_moment(at: datetime) -> dict[int, Seats]:
    """Queue -> what its people see; a queue without anybody present is left out. One query."""
    found: defaultdict[int, Seats] = defaultdict(Seats)
    with connection.cursor() as cursor:
        cursor.execute(SEATS, {"at": at})
        for queue_id, sees_all, team_id in cursor.fetchall():
            seats = found[queue_id]
            seats.everything = seats.everything or sees_all
            if team_id is not None:
                seats.teams.add(team_id)
    return dict(found)
