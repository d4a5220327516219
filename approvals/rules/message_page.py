"""The one form in which a message’s HTML is written: paragraphs and lists, and in them words, breaks and links."""

from __future__ import annotations

import html as entities
import re
from html.parser import HTMLParser

from approvals.rules.message_links import Link, link

LINES = frozenset({"br", "hr"})
LISTS = frozenset({"ul", "ol"})
INLINE = {"strong": "strong", "b": "strong", "em": "em", "i": "em"}
# Their words stay, in a paragraph of their own; joined they would read as one.
BLOCKS = frozenset(
    """
    address article aside blockquote body caption center dd div dl dt fieldset figcaption figure footer h1 h2 h3 h4 h5
    h6 header legend main nav p pre section table tbody tfoot thead tr
    """.split()  # noqa: SIM905
)
CELLS = frozenset({"td", "th"})
# What an HTML5 parser leaves well-formed for `Page` to read.
READ = LINES | LISTS | set(INLINE) | BLOCKS | CELLS | {"a", "li"}
MOST_LISTS = 12
EMPTY = re.compile(r"<(p|li|ul|ol)>\s*</\1>")


class Page(HTMLParser):
    """Reads well-formed HTML of the tags above; `html()` is the same in our form, `links` what it links."""

    def __init__(self, read: str) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[Link] = []
        # Anchors whose address the parser could not read at all.
        self.unread = 0
        self._written: list[str] = []
        # What each open tag of the source is to us; "" where it is nothing.
        self._kinds: list[str] = []
        # Open in what is written: lists with their items, and whether a paragraph is.
        self._lists: list[str] = []
        self._paragraph = False
        # Between two blocks of one item stands a break, once there is something on both sides.
        self._item_has_words = self._item_breaks = False
        # Tags around the next words, and how many of these are written already.
        self._around: list[str] = []
        self._around_written = 0
        self._link: tuple[str, list[str]] | None = None
        self.feed(read)
        self.close()

    def html(self) -> str:
        """What was read, without blocks that hold nothing."""
        self._end_paragraph()
        written, before = "".join(self._written), ""
        while written != before:
            before, written = written, EMPTY.sub("", written)
        return written

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br" and not self._link:
            self._begin_words()
            self._written.append("<br>")
        elif tag == "hr" and not self._link:
            self._end_paragraph()
        elif tag not in LINES:
            self._kinds.append(self._begin(tag, dict(attrs).get("href")))

    def handle_endtag(self, tag: str) -> None:
        kind = self._kinds.pop() if self._kinds and tag not in LINES else ""
        if kind in {"link", "inline"}:
            self._end_inline(kind)
        elif kind in {"block", "list", "item"}:
            self._end_paragraph()
        if kind == "item":
            self._end_item()
        elif kind == "list":
            self._end_item()
            self._written.append(f"</{self._lists.pop()}>")

    def handle_data(self, data: str) -> None:
        if self._link is not None:
            self._link[1].append(data)
        inside = self._paragraph or (self._lists and self._lists[-1] == "li")
        if data.strip() or (inside and not self._item_breaks):
            self._begin_words()
            self._written.append(entities.escape(data, quote=False))

    def _begin(self, tag: str, url: str | None) -> str:
        """Open what a tag stands for and return its kind."""
        if tag == "a":
            return self._begin_link(url)
        if tag in INLINE:
            return self._begin_inline(INLINE[tag])
        if tag in CELLS or self._link is not None:
            self.handle_data(" ")
            return ""
        self._end_paragraph()
        if tag in LISTS and len(self._lists) - self._lists.count("li") < MOST_LISTS:
            self._lists.append(tag)
            self._written.append(f"<{tag}>")
            return "list"
        if tag == "li" and self._lists:
            self._end_item()
            self._begin_item()
            return "item"
        return "block"

    def _begin_words(self) -> None:
        """Open whatever has to stand around the words that follow."""
        if not self._lists and not self._paragraph:
            self._written.append("<p>")
            self._paragraph = True
        elif self._lists and self._lists[-1] != "li":
            self._begin_item()
        elif self._lists and self._item_breaks:
            self._written.append("<br>")
        self._item_breaks, self._item_has_words = False, True
        self._written.extend(f"<{name}>" for name in self._around[self._around_written :] if name)
        self._around_written = len(self._around)

    def _end_words(self) -> None:
        self._written.extend(_end(name) for name in reversed(self._around[: self._around_written]))
        self._around_written = 0

    def _end_paragraph(self) -> None:
        self._end_words()
        if self._paragraph:
            self._written.append("</p>")
        self._paragraph = False
        self._item_breaks = self._item_has_words

    def _begin_item(self) -> None:
        self._lists.append("li")
        self._written.append("<li>")
        self._item_breaks = self._item_has_words = False

    def _end_item(self) -> None:
        if self._lists and self._lists[-1] == "li":
            self._lists.pop()
            self._written.append("</li>")

    def _begin_inline(self, name: str) -> str:
        if name in self._around:
            return ""
        self._around.append(name)
        return "inline"

    def _begin_link(self, url: str | None) -> str:
        if url is None:
            self.unread += 1
        if url is None or self._link is not None:
            return ""
        self._link = (url, [])
        found = link("", url)
        # An anchor that may not stand is nothing around its words.
        self._around.append(f'a href="{entities.escape(found.url)}"' if found.allowed else "")
        return "link"

    def _end_inline(self, kind: str) -> None:
        name = self._around.pop()
        if self._around_written > len(self._around):
            self._around_written = len(self._around)
            self._written.append(_end(name))
        if kind == "link" and self._link is not None:
            self.links.append(link("".join(self._link[1]), self._link[0]))
            self._link = None


def _end(name: str) -> str:
    return f"</{name.split(' ')[0]}>" if name else ""
