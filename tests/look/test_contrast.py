"""Every pair of colors that may meet on screen reaches WCAG AA, in light and in dark."""

from __future__ import annotations

import re

import pytest

from tests.look.files import ROOT

GROUNDS = ("canvas", "surface", "raised", "sunken", "hover", "well")
TONES = ("ok", "warn", "danger", "unknown", "ai", "approved", "human")
PAPER = ("surface", "canvas")

READ = [
    (text, ground)
    for text in ("text", "text-2", "text-3", "accent-text")
    for ground in (*GROUNDS, "accent-soft")
]
READ += [
    (f"{tone}-text", ground)
    for tone in TONES
    for ground in (f"{tone}-soft", "canvas", "surface", "hover", "accent-soft")
]
READ += [(text, f"{tone}-soft") for tone in TONES for text in ("text", "text-2")]
READ += [(text, f"{side}-soft") for side in ("old", "new") for text in (f"{side}-text", "text")]
READ += [("on-accent", "accent"), ("on-accent", "accent-hover")]
READ += [(text, "inverse") for text in ("on-inverse", "on-inverse-2", "inverse-link")]

MARKS = [
    (mark, ground)
    for mark in ("line-control", "focus", "accent", "unknown-line", *(f"{tone}-solid" for tone in TONES))
    for ground in PAPER
]
PAIRS = [(*pair, 4.5) for pair in READ] + [(*pair, 3.0) for pair in MARKS]

TOKENS = {
    found[1]: (found[2], found[3])
    for found in re.finditer(
        r"--([\w-]+):\s*light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)",
        (ROOT / "static/css/tokens.css").read_text(),
    )
}


def luminance(color: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    channels = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_the_measure_is_right() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("fore", "ground", "least"), PAIRS)
def test_what_is_read_can_be_read(fore: str, ground: str, least: float, scheme: str) -> None:
    side = ("light", "dark").index(scheme)
    assert contrast(TOKENS[fore][side], TOKENS[ground][side]) >= least
