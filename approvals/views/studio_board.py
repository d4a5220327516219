"""The threshold studio's figures, from what is recorded to what the page says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from approvals.forms.studio import StudioForm, shown
from approvals.models import PolicyVersion
from approvals.rules.bands import Band
from approvals.rules.intervals import ENOUGH, Interval
from approvals.rules.policy import Policy
from approvals.rules.studio import NEVER, NOTHING, TOP, Ground, Replayed, Said, Thresholds
from approvals.rules.studio_costs import (
    MINUTES_AN_HOUR,
    Evidence,
    Lowest,
    Prices,
    Wrong,
    cost,
    curve,
    lowest,
    priced,
)
from approvals.selectors import studio
from approvals.services.audit_draws import MOST as MOST_DRAWN
from approvals.templatetags import phrases

from . import plates

# So many are offered to be read: an hour or two of one person.
DRAW = 60
SHORTEST = timedelta(days=1)
WEEK = timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class Board:
    """One slice under two thresholds. `weeks` is how long what is recorded took; costs are for all of it."""

    form: StudioForm
    policy: Policy
    version: PolicyVersion
    band: Band
    ground: Ground
    evidence: Evidence
    at: Thresholds
    prices: Prices
    weeks: float
    replayed: Replayed
    wrong: Wrong
    costs: Sequence[tuple[int, Interval]]
    lowest: Lowest

    @property
    def cost(self) -> Interval:
        return cost(self.ground, self.evidence, self.at, self.prices)

    def rows_url(self, **narrowed: str) -> str:
        return f"{plates.address('studio_rows')}{self.form.query(**narrowed)}"

    def url(self, **changes: str) -> str:
        return f"{plates.address('studio')}{self.form.query(**changes)}"

    def money(self, amount: float) -> str:
        return phrases.money(Decimal(round(amount)), self.policy.reporting_currency)

    def a_week(self, interval: Interval) -> Interval:
        return Interval(*(each / self.weeks for each in interval))


def build(form: StudioForm, version: PolicyVersion, policy: Policy, band: Band, at: datetime) -> Board:
    """Of a valid form; four queries of the selectors, the rest is arithmetic."""
    added = studio.added_up(form.slice, at)
    ground = Ground(added.recorded)
    evidence = Evidence.of(ground.free)
    cap = cap_of(policy)
    thresholds = Thresholds(form.floor_at, form.auto_at, cap)
    costs = curve(ground, evidence, form.prices, floor=form.floor_at, cap=cap)
    begins = form.slice.begins(at)
    if added.first is not None:
        begins = max(begins, datetime.combine(added.first, time.min, UTC))
    return Board(
        form=form,
        policy=policy,
        version=version,
        band=band,
        ground=ground,
        evidence=evidence,
        at=thresholds,
        prices=form.prices,
        weeks=max(at - begins, SHORTEST) / WEEK,
        replayed=ground.under(thresholds),
        wrong=evidence.wrong_from(thresholds.runs_from),
        costs=costs,
        lowest=lowest(ground, evidence, form.prices, costs, cap=cap),
    )


def cap_of(policy: Policy) -> int:
    """At most so much of an agent's own number counts, so that no threshold above it is ever reached."""
    return int(Decimal(str(policy.confidence_cap)) * 100)


def tiles(board: Board) -> list[dict[str, Any]]:
    """Of what would run by itself: known good, known bad, unknown; each leads to its rows."""
    ran, unread = board.replayed.ran, board.wrong.unknown
    missing = "not enough evidence how many of them are bad"
    among = missing if board.wrong.is_thin else f"of them {_range(unread)} bad"
    return [
        _tile(board, studio.GOOD, ran.good, "Known good", "ok", "check", "a person saw it and kept it"),
        _tile(board, studio.BAD, ran.bad, "Known bad", "danger", "x", "edited, rejected or put back"),
        _tile(board, studio.UNKNOWN, ran.unknown, "Unknown", "unknown", "help", f"nobody said; {among}"),
    ]


def _tile(
    board: Board, known: str, number: int, name: str, tone: str, icon: str, note: str
) -> dict[str, Any]:
    ran = board.replayed.ran.all
    return {
        "name": name,
        "icon": icon,
        "tone": tone,
        "figure": f"{number:,}",
        "unit": f"{number / ran:.1%}".replace("%", " %") if ran else "",
        "note": note,
        "url": board.rows_url(would=studio.RAN, known=known),
    }


def against(board: Board) -> list[dict[str, Any]]:
    """This setting beside what really happened."""
    replayed, prices = board.replayed, board.prices
    ran, decided, blocked = (board.ground.ways.get(name, NOTHING) for name in ("ran", "decided", "blocked"))
    today = board.evidence.wrong_of(board.ground.ran_unread, ran.known, ran.bad)
    hours = [
        each * prices.minutes / MINUTES_AN_HOUR / board.weeks for each in (decided.all, replayed.reviewed.all)
    ]
    spent = (_weekly(board, priced(decided.all, ran.all, today, prices)), _weekly(board, board.cost))
    return [
        _counted(board, "Run by themselves", studio.RAN, ran, replayed.ran),
        _counted(board, "Reviewed", studio.REVIEWED, decided, replayed.reviewed),
        _counted(board, "Blocked", studio.BLOCKED, blocked, replayed.blocked),
        _line("Review, hours a week", f"{hours[0]:,.1f}", f"{hours[1]:,.1f}"),
        _line("Saved, hours a week", "", f"{hours[0] - hours[1]:z,.1f}"),
        _line("Wrong and automatic", _of(today, ran.bad), _of(board.wrong, replayed.ran.bad)),
        _line("Cost a week, expected", spent[0][0], spent[1][0], notes=(spent[0][1], spent[1][1])),
    ]


def _counted(board: Board, name: str, would: str, happened: Said, here: Said) -> dict[str, Any]:
    return _line(name, f"{happened.all:,}", f"{here.all:,}", board.rows_url(would=would))


def _line(
    name: str, today: str, here: str, url: str = "", notes: tuple[str, str] = ("", "")
) -> dict[str, Any]:
    return {"name": name, "today": today, "here": here, "url": url, "notes": notes}


def _weekly(board: Board, interval: Interval) -> tuple[str, str]:
    """The amount, and its interval where it has one."""
    low, mid, high = (board.money(each) for each in board.a_week(interval))
    return mid, "" if low == high else f"{low} to {high}"


def _of(wrong: Wrong, bad: int) -> str:
    """Known ones, and those to be expected among the unknown."""
    low, high = round(bad + wrong.unknown.low), round(bad + wrong.unknown.high)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _range(interval: Interval) -> str:
    return f"{round(interval.low):,} to {round(interval.high):,}"


def unknown(board: Board, wanted: int) -> dict[str, Any] | None:
    """How much of the answer nobody knows, and what reading some of it would help; None where all is known."""
    ran = board.replayed.ran
    if not ran.unknown:
        return None
    alone = sum(board.ground.ran_unread[board.at.runs_from :])
    number = min(wanted, alone)
    return {
        "share": f"{ran.unknown / ran.all:.0%}".replace("%", " %"),
        "number": number,
        "most": min(alone, MOST_DRAWN),
        "before": _half(board.wrong.unknown),
        "after": _half(board.evidence.after_reading(board.at.runs_from, number)),
    }


def _half(interval: Interval) -> str:
    return f"{interval.width / 2:,.0f}" if interval.width >= 4 else f"{interval.width / 2:,.1f}"


def notes(board: Board) -> Iterator[dict[str, str]]:
    """What one has to know before believing the figures."""
    if board.wrong.is_thin and board.replayed.ran.all:
        known = f"{board.wrong.known} {'is' if board.wrong.known == 1 else 'are'}"
        yield {
            "title": "Not enough evidence",
            "text": f"Of what would run by itself {known} known; from {ENOUGH} on "
            "that says something. The intervals are as wide as that.",
        }
    if board.form.auto_at < NEVER and board.form.auto_at > board.at.cap:
        yield {
            "title": "Nothing reaches this threshold",
            "text": f"The policy counts an agent's own confidence as {shown(board.at.cap)} at most, so from "
            f"{shown(board.form.auto_at)} on nothing would run by itself.",
        }


def today(board: Board) -> str:
    """The thresholds in force."""
    auto = "never" if board.band.auto is None else _as_written(board.band.auto)
    return f"in force {_as_written(board.band.floor)} and {auto}"


def _as_written(part: float) -> str:
    """At least two decimals, and as many as the policy has."""
    return f"{part:.2f}" if round(part, 2) == part else f"{part:.4f}".rstrip("0")


def cheapest(board: Board) -> dict[str, str]:
    """Where the cost is lowest, in words and as an address."""
    found = board.lowest
    ends = [shown(one) or "never" for one in (found.first, found.last)]
    return {
        "url": board.url(auto=shown(found.at)),
        "at": shown(found.at) or "never by itself",
        "cap": shown(board.at.cap) if board.at.cap < TOP else "",
        "range": ends[0] if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}",
    }
