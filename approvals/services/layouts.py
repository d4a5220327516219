"""The queues as they stand at a moment: in the admins' order, each with what it takes and whom its people see."""

from __future__ import annotations

from datetime import datetime

from django.db.models import BigIntegerField, Case, Q, Value, When

from approvals.models import Queue, Suggestion
from approvals.models.queue import UNROUTED
from approvals.rules.queues import NO_SEGMENT, Asked, Matching, first_of
from approvals.selectors import seats


class Layout:
    """Two queries when it is made, none afterwards. The same question is answered for one row and as SQL for all."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        sitting = seats.at_moment(at)
        queues = Queue.objects.exclude(name=UNROUTED).order_by("position", "name", "pk")
        self.lines = [
            (queue, matching_of(queue), sitting[queue.pk]) for queue in queues if queue.pk in sitting
        ]
        self._of_team: dict[int | None, list[tuple[Queue | None, Matching]]] = {}

    def first(self, suggestion: Suggestion) -> Queue | None:
        """The first queue that takes it and of which somebody present may see it; None for Unrouted."""
        team = suggestion.team_id
        if team not in self._of_team:
            self._of_team[team] = [
                (queue, matching)
                for queue, matching, sitting in self.lines
                if (team is None or queue.team_id in (None, team)) and sitting.see(team)
            ]
        return first_of(self._of_team[team], asked_by(suggestion), None)

    def serves(self, queue: Queue, team_id: int | None) -> bool:
        """Whether somebody present in it sees what belongs to this team. Unrouted is for want of a better one."""
        return any(
            one.pk == queue.pk and one.team_id in (None, team_id) and sitting.see(team_id)
            for one, _, sitting in self.lines
        )

    def is_served(self) -> Q:
        """The same for all at once: what waits where somebody present may see it."""
        served = Q(pk__isnull=True)
        for queue, _, sitting in self.lines:
            served |= Q(queue=queue.pk) & _served(queue, sitting)
        return served

    def belongs(self, unrouted: int) -> Case:
        """The same as a column: the id of the queue each suggestion belongs to; `unrouted` is that of Unrouted."""
        whens = [
            When(_served(queue, sitting) & _taken(matching), then=Value(queue.pk))
            for queue, matching, sitting in self.lines
        ]
        return Case(*whens, default=Value(unrouted), output_field=BigIntegerField())


def matching_of(queue: Queue) -> Matching:
    """What the queue takes."""
    return Matching(
        rules=frozenset(queue.rules),
        actions=frozenset(queue.actions),
        segments=frozenset(queue.segments),
        at_least=queue.at_least,
    )


def asked_by(suggestion: Suggestion) -> Asked:
    """What of the suggestion decides; a side of an open conflict counts as one, whenever it was judged."""
    rules = {*suggestion.rules, "conflicting_suggestion"} if suggestion.in_conflict else suggestion.rules
    return Asked(
        rules=frozenset(rules),
        action=suggestion.action,
        segment=suggestion.segment or NO_SEGMENT,
        value=suggestion.value_at_stake,
    )


def _served(queue: Queue, sitting: seats.Seats) -> Q:
    """Which suggestions' teams the queue may serve."""
    shared = Q(team=None)
    if queue.team_id is not None:
        return shared | Q(team=queue.team_id) if sitting.see(queue.team_id) else shared
    return Q(pk__isnull=False) if sitting.everything else shared | Q(team__in=sorted(sitting.teams))


def _taken(matching: Matching) -> Q:
    """`Matching.takes` for the database; a test holds the two against each other."""
    taken = Q(pk__isnull=False)
    if matching.rules:
        held = Q(rules__overlap=sorted(matching.rules))
        taken &= held | Q(in_conflict=True) if "conflicting_suggestion" in matching.rules else held
    if matching.actions:
        taken &= Q(action__in=sorted(matching.actions))
    if matching.segments:
        taken &= Q(segment__in=sorted("" if one == NO_SEGMENT else one for one in matching.segments))
    if matching.at_least is not None:
        taken &= Q(value_at_stake__gte=matching.at_least)
    return taken
