"""Nobody is written to at night, by the clock on their wall. Zones come from the system's own time zone database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .contact_rules import Quiet

HOUR = timedelta(hours=1)
# Longer than any night, with a change of the clock and a change of the day line in it.
LOOK_AHEAD = timedelta(hours=50)


def zone_of(*names: str) -> ZoneInfo:
    """Return the first of these zones there is; UTC where there is none."""
    for name in filter(None, names):
        if (found := _zone(name)) is not None:
            return found
    return ZoneInfo("UTC")


@lru_cache(maxsize=4096)
def quiet_until(at: datetime, zone: ZoneInfo, quiet: Quiet) -> datetime | None:
    """Return the first moment in UTC that is not quiet, where `at` is; None where it is not.

    The wall clock decides, and it may leave the quiet hours by reaching their end, or by jumping: over the end in
    spring, to before the beginning in autumn.
    """
    if not _is_quiet(at, zone, quiet):
        return None
    day = at.astimezone(zone).date()
    ends = [
        datetime.combine(day + timedelta(days=days), quiet.end, zone).replace(fold=fold).astimezone(UTC)
        for days in range(-1, 4)
        for fold in (0, 1)
    ]
    moments = sorted(moment for moment in [*ends, *_jumps(at, zone)] if moment > at)
    return next((moment for moment in moments if not _is_quiet(moment, zone, quiet)), at + LOOK_AHEAD)


def _is_quiet(at: datetime, zone: ZoneInfo, quiet: Quiet) -> bool:
    now = at.astimezone(zone).time()
    if quiet.start <= quiet.end:
        return quiet.start <= now < quiet.end
    return now >= quiet.start or now < quiet.end


def _jumps(at: datetime, zone: ZoneInfo) -> list[datetime]:
    """The moments ahead at which the wall clock is set, to the second."""
    found = []
    start = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    for hours in range(int(LOOK_AHEAD / HOUR)):
        before = start + hours * HOUR
        if _offset(before, zone) != _offset(before + HOUR, zone):
            found.append(_jump(before, before + HOUR, zone))
    return found


def _jump(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if _offset(middle, zone) == _offset(before, zone):
            before = middle
        else:
            after = middle
    return after


def _offset(at: datetime, zone: ZoneInfo) -> timedelta | None:
    return at.astimezone(zone).utcoffset()


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
