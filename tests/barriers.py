"""What every page owes everybody, asked in a real browser: no barrier that axe finds, nothing cut off."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

PHONE = {"width": 360, "height": 740}
# What axe finds at these levels is a barrier for somebody.
BARRIERS: dict[str, Any] = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "resultTypes": ["violations"],
}
SCRIPT = Axe().axe_script
# The rules among them that look at what is painted.
COLORS: dict[str, Any] = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
    "resultTypes": ["violations"],
}
RUN = """([where, options]) => axe.run(where, options).then(found => found.violations.map(one =>
    `${one.id} (${one.impact}): ` + one.nodes.slice(0, 3).map(node => node.html.slice(0, 160)).join(" | ")))"""


def barriers(page: Page, where: str = "html", options: dict[str, Any] = BARRIERS) -> list[str]:
    """Each rule that this part of the page breaks, with the first places that break it."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(SCRIPT)
    found: list[str] = page.evaluate(RUN, [where, options])
    return found


def cut_off(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    return int(page.evaluate("Math.max(0, document.documentElement.scrollWidth - window.innerWidth)"))
