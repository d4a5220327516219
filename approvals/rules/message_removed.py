"""What was taken out of a message, in words: “1 image”, “2 scripts”."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

KINDS = {
    name: kind
    for kind, names in {
        "script": "script noscript",
        "style": "style font",
        "image": "img image picture amp-img",
        "media file": "audio video source track bgsound",
        "frame": "iframe frame frameset noframes portal",
        "embedded object": "applet embed object param",
        "form field": "button datalist form input label optgroup option output select textarea",
        "drawing": "canvas svg math",
        "linked file": "link",
        "base address": "base",
        "meta tag": "meta",
    }.items()
    for name in names.split()
}
# These ask another server for something as soon as the message is opened.
REMOTE = frozenset({"image", "media file", "frame", "embedded object", "linked file", "drawing"})
# These do something, or try to.
ACTIVE = frozenset({"script", "frame", "embedded object", "form field", "base address", "meta tag"})
SOURCES = frozenset({"background", "data", "dynsrc", "lowsrc", "poster", "src", "srcset", "xlink:href"})
ALWAYS = {
    "cut": "everything after the first 100,000 characters",
    "formatting": "all formatting, of which there was too much",
}


@dataclass(frozen=True)
class Removed:
    """One kind of thing and how many of it there were."""

    kind: str
    count: int

    def __str__(self) -> str:
        return ALWAYS.get(self.kind) or f"{self.count:,} {self.kind}{'' if self.count == 1 else 's'}".replace(
            "addresss", "addresses"
        )


def attribute_kind(name: str) -> str:
    """What an attribute that is no link's address would have been."""
    if name == "style":
        return "style"
    if name.startswith("on"):
        return "script"
    return "image" if name in SOURCES else "other attribute"


def told(counted: Counter[str]) -> tuple[Removed, ...]:
    """What there was any of, by kind."""
    return tuple(Removed(kind, counted[kind]) for kind in sorted(counted) if counted[kind] > 0)
