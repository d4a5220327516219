"""The body of a message as it may be sent: a few tags, https links, nothing remote, nothing hidden.

A body is read by an HTML5 parser (nh3), written anew with the tags of the list, and cleaned by the parser again, so
that the last word is the parser's and not ours. What was taken out is told.
"""

from __future__ import annotations

import html as entities
import re
from collections import Counter
from dataclasses import dataclass

import nh3

from approvals.rules.characters import Hidden, hidden_in, without_hidden
from approvals.rules.message_links import Link, link
from approvals.rules.message_page import READ, Page
from approvals.rules.message_plain import plain
from approvals.rules.message_removed import KINDS, Removed, attribute_kind, told

__all__ = ["Cleaned", "Removed", "clean", "plain"]

TAGS = frozenset({"p", "br", "strong", "em", "ul", "ol", "li", "a"})
# Tags of a whole page say nothing and are no loss.
FRAMEWORK = frozenset({"html", "head", "body"})
SILENT = frozenset(
    """
    iframe math noembed noframes noscript object script select style svg template textarea title xmp
    """.split()  # noqa: SIM905
)
# Those we read, so that they are counted; only https is ever kept.
SCHEMES = set("about blob cid data file ftp ftps http https javascript mailto sms tel vbscript".split())  # noqa: SIM905
LONGEST = 100_000
# Parsers need time by the square of the depth: this many tags cost them a tenth of a second at worst.
MOST_TAGS = 4_000
TAG = re.compile(r"<([a-zA-Z][^\s/>]{0,30})")
COMMENT = re.compile(r"<!(?!doctype)|<\?", re.I)
ANY_TAG = re.compile(r"<[^<>]*>")
LOOKS_LIKE_TAG = re.compile(r"<[a-zA-Z/!]")
BLANK_LINES = re.compile(r"\n(?:[ \t]*\n)+")


@dataclass(frozen=True)
class Cleaned:
    """`html` is what may be sent, `text` the same in plain text; `links`, `removed`, `hidden`: what was found."""

    html: str
    text: str
    links: tuple[Link, ...]
    removed: tuple[Removed, ...]
    hidden: tuple[Hidden, ...]


def clean(body_html: str) -> Cleaned:
    """Read a body of HTML or plain text, whatever it holds. Total: never raises, and twice gives the same."""
    body = body_html[:LONGEST].replace("\r\n", "\n").replace("\r", "\n")
    # A lone half of a pair is no text, and the parser takes none.
    whole = "".join(one for one in body if not "\ud800" <= one <= "\udfff")
    counted = _tags_in(whole)
    if len(body_html) > LONGEST:
        counted["cut"] += 1
    if not is_html(whole):
        source = paragraphs(whole)
    elif len(TAG.findall(whole)) > MOST_TAGS:
        counted["formatting"] += 1
        source = paragraphs(entities.unescape(ANY_TAG.sub(" ", whole)))
    else:
        source = whole
    read = _observed(source, counted)
    page = Page(without_hidden(read))
    sent = _strict(page.html())
    counted["link"] += page.unread + sum(not found.allowed for found in page.links)
    lost = hidden_in("".join(one for one in body if "\ud800" <= one <= "\udfff"))
    return Cleaned(sent, plain(sent), tuple(page.links), told(counted), hidden_in(read) + lost)


def is_html(body: str) -> bool:
    found = LOOKS_LIKE_TAG.search(body)
    return found is not None and ">" in body[found.start() :]


def _tags_in(body: str) -> Counter[str]:
    """What is not on the list, by its kind. Counts what only looks like a tag, too; it is removed as well."""
    if not is_html(body):
        return Counter()
    names = Counter(name.lower() for name in TAG.findall(body))
    counted: Counter[str] = Counter()
    for name, times in names.items():
        if name not in READ | FRAMEWORK:
            counted[KINDS.get(name, "other tag")] += times
    counted["comment"] += len(COMMENT.findall(body))
    return counted


def paragraphs(text: str) -> str:
    """Plain text as paragraphs; a single line end is a break."""
    parts = (part.strip("\n") for part in BLANK_LINES.split(text))
    return "".join(
        f"<p>{entities.escape(part).replace(chr(10), '<br>')}</p>" for part in parts if part.strip()
    )


def _observed(source: str, counted: Counter[str]) -> str:
    """The body well-formed, with every attribute counted; not yet safe, only readable."""

    def count(tag: str, name: str, value: str) -> str | None:
        if tag == "a" and name == "href":
            return value
        if tag in READ:
            counted[attribute_kind(name)] += 1
        return None

    return nh3.clean(
        source,
        tags=set(READ),
        clean_content_tags=set(SILENT),
        attributes={},
        # Every attribute begins with nothing, so `count` sees all of them.
        generic_attribute_prefixes={""},
        attribute_filter=count,
        link_rel=None,
        url_schemes=SCHEMES,
        url_relative="pass_through",
    )


def _strict(source: str) -> str:
    return nh3.clean(
        source,
        tags=set(TAGS),
        clean_content_tags=set(SILENT),
        attributes={"a": {"href"}},
        attribute_filter=_kept,
        link_rel=None,
        url_schemes={"https"},
        url_relative="deny",
    )


def _kept(tag: str, name: str, value: str) -> str | None:
    found = link("", value)
    return found.url if found.allowed else None
