"""What speaks against a message to a customer, in sentences. Everything here only tightens."""

from __future__ import annotations

import html as entities
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

from approvals.rules import wording
from approvals.rules.characters import hidden_in
from approvals.rules.message_html import ANY_TAG, Cleaned, clean
from approvals.rules.message_links import ascii_host, hosts_named, link
from approvals.rules.message_removed import ACTIVE, REMOTE
from approvals.rules.other_accounts import ADDRESS, Accounts, mentioned

LONGEST_SUBJECT = 150
LONGEST_TEXT = 10_000
# Beyond this nothing is read: it is too long, and that is said.
MOST_READ = 40_000
MOST_NAMED = 3
URL = re.compile(r"https?://[^\s<>\"]+", re.I)
# Also where the tag stands in a place in which no parser takes it, or is no tag of HTML.
LOADS = re.compile(r"<[^<>]*[\s/\"'](?:background|src|srcset|poster|ping)\s*=", re.I)
ACTS = re.compile(r"<script|(?:java|vb)script:|<[a-z/!][^<>]*[\s/\"']on[a-z]{3,20}\s*=", re.I)
STYLE_THAT_LOADS = re.compile(r"url|import|image|\\", re.I)
ENCODED_WORD = re.compile(r"=\?[^?\s]{1,40}\?[bq]\?", re.I)
TURNS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029")
PLACEHOLDER = re.compile(
    r"\{\{|\}\}|\{%|%\}|\$\{|<%|%>|\[\[|\]\]|%[A-Z][A-Z_]{2,30}%|<<[^<>\n]{1,30}>>"
    r"|\[(?:first|last|full|your|my|company|customer|client|contact|insert|ihr|name|vorname|nachname|firma|datum|date)"
    r"\b[^\]\n]{0,30}\]",
    re.I,
)
NOTHING = re.compile(
    r"\bundefined\b|\bNaN\b|\[object Object\]|\b(?:None|null|NULL|nil)\b(?=[ \t]*(?:[,.;:!?)\"”]|$))", re.M
)
GREETINGS = (
    r"(?:hi|hello|hey|dear|good (?:morning|afternoon|evening)|hallo|guten (?:tag|morgen|abend)|moin|servus)"
)
ADDRESSED = r"(?:dear|liebe[rs]?|sehr geehrte[rs]?)(?: (?:frau|herrn?|mr|mrs|ms|dr)\.?){0,2}"
HOLE = re.compile(
    rf"^[ \t]*(?:{GREETINGS}[ \t]{{1,9}}[,.;:!]|{ADDRESSED}[ \t]{{0,9}}(?:[,;:!]|$))", re.I | re.M
)
# HTML shows two spaces as one, so this one is looked for in the source.
GAP = re.compile(rf"^[ \t]*(?:{GREETINGS}|{ADDRESSED})[ \t]{{2,9}}\S", re.I | re.M)


@dataclass(frozen=True)
class Remark:
    """What speaks against it: a code that stays, and the sentence for the person."""

    code: str
    say: str


@dataclass(frozen=True)
class Known:
    """Hosts that may be linked (each as it is, with or without “www.”), and what is whose."""

    link_hosts: frozenset[str] = frozenset()
    own: Accounts = field(default_factory=Accounts)
    others: Accounts = field(default_factory=Accounts)


def remarks(*, subject: str, body: str, known: Known) -> tuple[Remark, ...]:
    """Return everything that speaks against sending this, one remark a code. Total: never raises."""
    cleaned = clean(body)
    raw = body[:MOST_READ]
    found = (
        *_hosts(cleaned, subject, known),
        *_hidden(cleaned, subject),
        *_taken_out(cleaned, raw),
        *_others(cleaned, subject, known),
        *_holes(cleaned, subject, raw),
        *_lengths(cleaned, subject, body),
        *_head(subject),
    )
    return tuple(found)


def _hosts(cleaned: Cleaned, subject: str, known: Known) -> Iterator[Remark]:
    listed = {ascii_host(host.strip().removeprefix("www.")) for host in known.link_hosts}
    unlisted = [host for host in linked(cleaned, subject) if host.removeprefix("www.") not in listed]
    if unlisted:
        yield Remark("unlisted_host", f"It leads to {_some(unlisted)}, not on the list of hosts.")
    nowhere = [one.url for one in cleaned.links if not one.allowed]
    if nowhere:
        yield Remark("unsafe_link", f"A link was taken out because it is no https address: {_some(nowhere)}.")
    for one in cleaned.links:
        if one.deceptive:
            where = one.punycode_host or "nowhere we can tell"
            yield Remark("deceptive_link", f"The words {wording.quoted(one.text)} lead to {where}.")
            return


def linked(cleaned: Cleaned, subject: str = "") -> tuple[str, ...]:
    """Every host a reader of the message can come to, in ASCII. Mail programs make links of bare names, too."""
    text = f"{subject[:MOST_READ]}\n{cleaned.text[:MOST_READ]}"
    bare = URL.findall(text)
    named = hosts_named(ADDRESS.sub(" ", URL.sub(" ", text)))
    hosts = (
        *(one.punycode_host for one in cleaned.links),
        *(link("", url).punycode_host for url in bare),
        *named,
    )
    return tuple(host for host in dict.fromkeys(hosts) if host)


def _hidden(cleaned: Cleaned, subject: str) -> Iterator[Remark]:
    found = [*cleaned.hidden, *hidden_in(subject[:MOST_READ])]
    if found:
        yield Remark(
            "hidden_characters", f"It holds characters nobody sees: {_some([str(one) for one in found])}."
        )


def _taken_out(cleaned: Cleaned, raw: str) -> Iterator[Remark]:
    loads = [one for one in cleaned.removed if one.kind in REMOTE]
    if STYLE_THAT_LOADS.search(raw):
        loads += [one for one in cleaned.removed if one.kind == "style"]
    if loads or LOADS.search(raw):
        what = _some([str(one) for one in loads]) or "something from elsewhere"
        yield Remark("remote_content", f"It would have loaded {what}; that was taken out.")
    acts = [str(one) for one in cleaned.removed if one.kind in ACTIVE]
    if acts or ACTS.search(raw):
        what = _some(acts) or "a script"
        yield Remark("active_content", f"It would have done something of its own: {what}, taken out.")


def _others(cleaned: Cleaned, subject: str, known: Known) -> Iterator[Remark]:
    addresses = "\n".join(unquote(one.url) for one in cleaned.links)
    text = f"{subject[:MOST_READ]}\n{cleaned.text[:MOST_READ]}\n{addresses[:MOST_READ]}"
    # Twice read, so that “&#103;lobex” in a text of plain words is no hiding place.
    found = mentioned(entities.unescape(text), linked(cleaned, subject), own=known.own, others=known.others)
    if found:
        yield Remark("other_accounts_words", f"It names what belongs to another account: {_some(found)}.")


def _holes(cleaned: Cleaned, subject: str, raw: str) -> Iterator[Remark]:
    """Merge fields nobody filled, and where one that was empty left its mark."""
    read = entities.unescape(ANY_TAG.sub("", raw))
    shown = f"{subject[:MOST_READ]}\n{cleaned.text[:MOST_READ]}"
    for pattern, text in (
        *((pattern, shown) for pattern in (PLACEHOLDER, NOTHING, HOLE, GAP)),
        *((pattern, read) for pattern in (PLACEHOLDER, GAP)),
        (PLACEHOLDER, raw),
    ):
        found = pattern.search(text)
        if found:
            yield Remark("empty_field", f"A field was not filled: {wording.quoted(found[0])}.")
            return


def _lengths(cleaned: Cleaned, subject: str, body: str) -> Iterator[Remark]:
    if len(subject) > LONGEST_SUBJECT:
        yield Remark(
            "too_long", f"The subject has {len(subject):,} characters; {LONGEST_SUBJECT} is the most."
        )
    elif len(cleaned.text) > LONGEST_TEXT or len(body) > MOST_READ:
        said = max(len(cleaned.text), len(body) if len(body) > MOST_READ else 0)
        yield Remark("too_long", f"It has {said:,} characters; {LONGEST_TEXT:,} is the most.")


def _head(subject: str) -> Iterator[Remark]:
    """Whatever could end the line of the subject, turn it, or be read as something else."""
    if any(one in TURNS or unicodedata.category(one) in {"Cc", "Cs"} for one in subject):
        yield Remark("header_injection", "The subject holds a character that ends or turns a line.")
    elif ENCODED_WORD.search(subject):
        yield Remark(
            "header_injection",
            "The subject holds an encoded word, which mail programs read as something else.",
        )


def _some(named: Sequence[str]) -> str:
    shown = [wording.clean(one) for one in dict.fromkeys(named)]
    more = len(shown) - MOST_NAMED
    return wording.listed(shown[:MOST_NAMED] + ([f"{more:,} more"] if more > 0 else []))
