"""The threshold studio's charts as positions: across in per cent, so that they fit any width, down in pixels."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from approvals.forms.studio import shown
from approvals.rules.studio import NEVER, TOP, Said
from approvals.selectors import studio

from .studio_board import Board

# Pixels: the strip that names what happens, the foot of the bars, the room above them.
STRIP, FOOT, COST_FOOT = 20, 148, 132
# Accepted, edited, rejected or put back, never reviewed: always in this order.
KINDS = ("good", "edit", "bad", "unknown")
TABLE_STEP = 5
# A zone has room for its figure from this share of the width on, and for so much a letter of its words.
NARROW, A_LETTER = 9.0, 1.1


class Across:
    """Where a hundredth stands, in per cent of the width. The scale begins at a tenth at or below the lowest."""

    def __init__(self, board: Board) -> None:
        lowest = next((at for at, one in enumerate(board.ground.given) if one.all), TOP)
        band = board.band
        named = [lowest, math.floor(band.floor * 100), board.form.floor_at, min(board.form.auto_at, TOP)]
        self.start = max(0, min(50, min(named) // 10 * 10))

    def at(self, hundredth: float) -> float:
        return max(0.0, (hundredth - self.start) / (NEVER - self.start) * 100)

    def ticks(self) -> Iterator[dict[str, Any]]:
        for at in range(self.start, NEVER, 10):
            anchor = "start" if at == self.start else "end" if at == TOP else "middle"
            # On a phone every other one has room, counted from the end.
            extra = (TOP - at) // 10 % 2 == 1
            yield {
                "x": f"{100 if at == TOP else self.at(at):.2f}",
                "text": f"{at / 100:.2f}",
                "anchor": anchor,
                "extra": extra,
            }


def handles(board: Board, across: Across) -> dict[str, Any]:
    """Both thresholds and those in force; what is in force may lie between two hundredths."""
    band = board.band
    return {
        "floor": f"{across.at(board.form.floor_at):.2f}",
        "auto": f"{across.at(board.form.auto_at):.2f}",
        "today_floor": f"{across.at(band.floor * 100):.2f}" if band.floor else "",
        "today_auto": f"{across.at(band.auto * 100):.2f}" if band.auto is not None else "",
    }


def histogram(board: Board, across: Across) -> dict[str, Any]:
    """Bars by hundredth, what two thresholds make of them above, and lines to read the height by."""
    given = board.ground.given
    most = max((one.all for one in given), default=0) or 1
    scale = (FOOT - STRIP - 8) / most
    return {
        "title": _finding(board),
        "zones": _zones(board, across),
        "bars": [bar for at in range(NEVER) if given[at].all for bar in _stack(given[at], at, across, scale)],
        "grid": [{"y": f"{FOOT - value * scale:.1f}", "text": f"{value:,}"} for value in _steps(most)],
        "ticks": list(across.ticks()),
        "start": across.start,
        "foot": FOOT,
    }


def _finding(board: Board) -> str:
    auto = shown(board.form.auto_at)
    return (
        f"{board.ground.total.all:,} recorded decisions by confidence, stacked by what became of them; blocked below "
        f"{shown(board.form.floor_at)}, {f'by itself from {auto}' if auto else 'never by itself'}"
    )


def _zones(board: Board, across: Across) -> list[dict[str, Any]]:
    ends = [across.at(one) for one in (board.at.blocks_below, board.at.runs_from)]
    replayed = board.replayed
    parts = (
        ("block", "Blocked", 0.0, ends[0], replayed.blocked),
        ("queue", "Reviewed", ends[0], ends[1], replayed.reviewed),
        ("auto", "Run by themselves", ends[1], 100.0, replayed.ran),
    )
    return [
        {
            "kind": kind,
            "name": name,
            "x": f"{start:.2f}",
            "width": f"{max(0.0, end - start):.2f}",
            "middle": f"{(start + end) / 2:.2f}",
            "figure": f"{said.all:,}",
            "fits": end - start > NARROW,
            "has_words": end - start > NARROW + len(name) * A_LETTER,
        }
        for kind, name, start, end, said in parts
    ]


def _stack(said: Said, at: int, across: Across, scale: float) -> Iterator[dict[str, str]]:
    width = across.at(at + 1) - across.at(at)
    foot = float(FOOT)
    for kind, number in zip(
        KINDS, (said.good, said.edited, said.rejected + said.undone, said.unknown), strict=True
    ):
        if number:
            height = number * scale
            foot -= height
            yield {
                "kind": kind,
                "x": f"{across.at(at) + width * 0.1:.3f}",
                "width": f"{width * 0.8:.3f}",
                "y": f"{foot:.1f}",
                "height": f"{height:.1f}",
            }


def _steps(most: float) -> list[int]:
    """Two or three round numbers up to the most."""
    size = 10 ** math.floor(math.log10(max(most, 1)))
    for step in (size / 2, size, size * 2.5, size * 5):
        if step >= 1 and most / step < 3.5:
            return [int(step * number) for number in range(1, int(most // step) + 1)]
    return [int(most)]


def table(board: Board) -> list[dict[str, Any]]:
    """The bars as numbers, five hundredths a row, each number a link to its rows."""
    found = []
    for first in range(0, TOP, TABLE_STEP):
        last = TOP if first + TABLE_STEP >= TOP else first + TABLE_STEP - 1
        parts = board.ground.given[first : last + 1]
        if any(one.all for one in parts):
            name = f"{shown(first)} to {shown(last)}"
            found.append(_row(board, name, parts, {"first": str(first), "last": str(last)}))
    if board.ground.not_given.all:
        found.append(_row(board, "none given", [board.ground.not_given], {"first": "-1"}))
    return found


def _row(board: Board, name: str, parts: Sequence[Said], where: dict[str, str]) -> dict[str, Any]:
    figures = (
        ("Kept", studio.GOOD, sum(one.good for one in parts)),
        ("Edited, rejected or put back", studio.BAD, sum(one.bad for one in parts)),
        ("Nobody said", studio.UNKNOWN, sum(one.unknown for one in parts)),
    )
    return {
        "name": name,
        "cells": [
            {
                "label": label,
                "figure": f"{number:,}",
                "url": board.rows_url(known=known, **where) if number else "",
            }
            for label, known, number in figures
        ],
    }


def costs(board: Board, across: Across) -> dict[str, Any]:
    """The expected cost a week by the auto threshold, its interval, and where it is lowest within noise."""
    weekly = [(auto, board.a_week(interval)) for auto, interval in board.costs]
    low = min(interval.low for _, interval in weekly)
    high = max(interval.high for _, interval in weekly)
    scale = (COST_FOOT - 16) / (high - low) if high > low else 0.0

    def down(amount: float) -> float:
        return COST_FOOT - 4 - (amount - low) * scale

    upper = [f"{across.at(auto):.2f},{down(interval.high):.1f}" for auto, interval in weekly]
    lower = [f"{across.at(auto):.2f},{down(interval.low):.1f}" for auto, interval in reversed(weekly)]
    here = board.a_week(board.cost)
    first, last = across.at(board.lowest.first), across.at(min(board.lowest.last + 1, NEVER))
    return {
        "title": f"Expected cost a week by the auto threshold; lowest between {shown(board.lowest.first)} and "
        f"{shown(board.lowest.last) or 'never'}",
        "band": " ".join([*upper, *lower]),
        "line": " ".join(f"{across.at(auto):.2f},{down(interval.mid):.1f}" for auto, interval in weekly),
        "mark": f"{down(here.mid):.1f}",
        "noise": {"x": f"{first:.2f}", "width": f"{max(0.6, last - first):.2f}", "text": f"{first + 0.8:.2f}"},
        "grid": [
            {"y": f"{down(value):.1f}", "text": board.money(value)} for value in _levels(low, high)
        ],
        "foot": COST_FOOT,
        "rows": [
            {"auto": shown(auto) or "never", "cost": board.money(interval.mid), "low": board.money(interval.low),
             "high": board.money(interval.high), "url": board.url(auto=shown(auto))}
            for auto, interval in weekly
            if auto % TABLE_STEP == 0 or auto in (NEVER, board.form.auto_at)
        ],
    }  # fmt: skip


def _levels(low: float, high: float) -> list[float]:
    """Two or three round amounts between the two."""
    spread = high - low
    if spread <= 0:
        return [low]
    size = 10 ** math.floor(math.log10(spread))
    step = next(one for one in (size / 2, size, size * 2.5, size * 5, size * 10) if spread / one < 3.5)
    first = math.ceil(low / step)
    return [step * number for number in range(first, first + 4) if step * number <= high]
