"""A card for a terminal: one flat object for programs, and lines for people. Loads nothing heavy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .cards import Card, Interval, Measures

DIGITS = 6


def flat(card: Card, *, sha256: str) -> dict[str, Any]:
    """The figures that a program asks for first, as plain numbers, with the whole card behind them.

    `auc` is None only where a class is missing. `segments` holds one object per segment, largest first.
    """
    whole = card["metrics"]
    return {
        "question": card["question"],
        "n": card["n"],
        "positives": card["positives"],
        "rate": round(card["rate"], DIGITS),
        **_figures(whole),
        "no_better_than_chance": whole["no_better_than_chance"],
        "verdict": card["verdict"],
        "chosen": card["chosen"],
        "segments": [
            {
                "segment": segment["name"],
                "n": segment["measures"]["n"],
                "positives": segment["measures"]["positives"],
                "rate": round(segment["measures"]["rate"]["mid"], DIGITS),
                "mean_prediction": round(segment["measures"]["predicted"], DIGITS),
                **_figures(segment["measures"]),
                "calibrated": segment["calibrated"],
                "stands_down": segment["stands_down"],
                "own_model": segment["own_model"],
                "sentence": segment["sentence"],
            }
            for segment in card["segments"]
        ],
        "time_split": _later(card),
        "drift": card["later"],
        "leaks": card["leaks"],
        "left_out": card["left_out"],
        "warnings": card["warnings"],
        "seconds": card["seconds"],
        "sha256": sha256,
        "card": card,
    }


def _later(card: Card) -> dict[str, Any] | None:
    """The figures on what came later, beside those at random."""
    later = card["splits"]["time"]
    if later is None:
        return None
    return {"cut": card["splits"]["cut"], "n": later["n"], **_figures(later)}


def _figures(measures: Measures) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    for name in ("auc", "average_precision", "brier", "ece"):
        found: Interval | None = measures[name]
        figures[name] = round(found["mid"], DIGITS) if found else None
        figures[f"{name}_interval"] = (
            [round(found[end], DIGITS) for end in ("low", "high")] if found else None
        )
    return figures


def lines(card: Card) -> Iterator[str]:
    """What a person reads after a training, the answer first."""
    yield card["verdict"]
    yield f"{card['positives']:,} of {card['n']:,} rows say {card['label']} = {card['positive']} ({card['rate']:.1%})."
    yield card["chosen_why"]
    yield ""
    yield "model        AUC                     Brier    calibration error"
    for candidate in card["candidates"]:
        yield f"{candidate['name']:<12} {_row(candidate['measures'])}"
    yield ""
    yield card["splits"]["sentence"]
    yield card["pooling"]["sentence"]
    for segment in card["segments"]:
        yield f"  {segment['sentence']}"
    yield from _threshold(card)
    if card["importance"]:
        names = ", ".join(weight["name"] for weight in card["importance"][:5])
        yield f"What moves predictions most: {names}."
    yield from _listed("Kept out until a person decides (--keep COLUMN)", _open_leaks(card))
    yield from _listed("Not read", [one["sentence"] for one in card["left_out"] if one["code"] != "leak"])
    yield from _listed("Warnings", [one for one in card["warnings"] if one not in _said(card)])
    yield from _listed("Limits", card["limits"])


def _row(measures: Measures) -> str:
    auc, brier, ece = measures["auc"], measures["brier"], measures["ece"]
    told = f"{auc['mid']:.3f} ({auc['low']:.3f} to {auc['high']:.3f})" if auc else "none"
    return f"{told:<23} {brier['mid']:.4f}   {ece['mid']:.4f} ({ece['low']:.4f} to {ece['high']:.4f})"


def _threshold(card: Card) -> Iterator[str]:
    found, cost = card["threshold"], card["cost"]
    precision = found["precision"]
    yield (
        f"Acting costs least from {found['at']:.0%} on (missing one costs {cost['miss']:g}, a false alarm "
        f"{cost['false_alarm']:g}): {found['flagged']:.0%} of the rows, "
        + (f"{precision['mid']:.0%} of them rightly, " if precision else "")
        + f"{found['recall']['mid']:.0%} of the positives found."
    )


def _open_leaks(card: Card) -> list[str]:
    return [leak["sentence"] for leak in card["leaks"] if not leak["kept"]]


def _said(card: Card) -> set[str]:
    """Warnings that stand elsewhere in the lines already."""
    said = {one["sentence"] for one in card["left_out"]} | {card["verdict"]}
    return said | {f"{leak['sentence']} It is kept out until a person decides." for leak in card["leaks"]}


def _listed(title: str, sentences: list[str]) -> Iterator[str]:
    if sentences:
        yield ""
        yield f"{title}:"
        yield from (f"  {sentence}" for sentence in sentences)
