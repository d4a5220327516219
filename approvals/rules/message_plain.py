"""The plain-text part of a message, from its cleaned HTML: lists, paragraphs, and links with where they lead."""

from __future__ import annotations

import re
from html.parser import HTMLParser

DEEPEST = 6
MANY_BREAKS = re.compile(r"\n{3,}")
SPACES = re.compile(r"[ \t\n\xa0]+")


def plain(html: str) -> str:
    """Return the text of HTML that `clean` wrote. Ends without a line break; "" for nothing."""
    reader = _Text()
    reader.feed(html)
    reader.close()
    return reader.text()


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        # Finished lines, and the line in hand: what stands before its words, and they.
        self._lines: list[str] = []
        self._before = self._words = ""
        # One number per open list: 0 for bullets, else the number of the next item.
        self._lists: list[int] = []
        self._link: tuple[str, str] = ("", "")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self._end_line(even_empty=True)
        elif tag == "li":
            self._begin_item()
        elif tag == "a":
            self._link = (dict(attrs).get("href") or "", "")
        elif tag in {"p", "ul", "ol"}:
            self._end_block()
        if tag in {"ul", "ol"}:
            self._lists.append(1 if tag == "ol" else 0)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._end_link()
        elif tag == "li":
            self._end_line()
            self._before = ""
        elif tag in {"ul", "ol"} and self._lists:
            self._lists.pop()
        if tag in {"p", "ul", "ol"}:
            self._end_block()

    def handle_data(self, data: str) -> None:
        words = SPACES.sub(" ", data)
        self._words += words if self._words else words.lstrip()
        self._link = (self._link[0], self._link[1] + words)

    def text(self) -> str:
        self._end_line()
        return MANY_BREAKS.sub("\n\n", "\n".join(self._lines)).strip("\n")

    def _begin_item(self) -> None:
        self._end_line()
        sign = "-"
        if self._lists and self._lists[-1]:
            sign = f"{self._lists[-1]}."
            self._lists[-1] += 1
        self._before = f"{'  ' * min(max(len(self._lists) - 1, 0), DEEPEST)}{sign} "

    def _end_link(self) -> None:
        url, words = self._link
        self._link = ("", "")
        if url and words.strip() not in {url, url.rstrip("/"), url.removeprefix("https://").rstrip("/")}:
            self._words = f"{self._words.rstrip()} ({url})"

    def _end_line(self, even_empty: bool = False) -> None:
        words = self._words.strip()
        if words or even_empty:
            self._lines.append(f"{self._before}{words}".rstrip())
            # What follows in the same item stands beneath its first words.
            self._before = " " * len(self._before)
        self._words = ""

    def _end_block(self) -> None:
        self._end_line()
        if not self._lists:
            self._before = ""
            self._lines.append("")
