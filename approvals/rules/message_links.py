"""Where a link of a message leads, and whether its words say so.

What is sent carries the address as it was judged here, with its host in ASCII, so that no reader of it can take it for
another than we did.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from urllib.parse import quote

from publicsuffixlist import PublicSuffixList

from approvals.rules.characters import in_plain_letters, passes_for_latin

LONGEST_URL = 900
LONGEST_TEXT = 200
HOST = r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,20}[a-z](?:[a-z0-9-]{0,61}[a-z0-9])"
ASCII_HOST = re.compile(HOST)
# Strict on purpose: no login, no other port, no backslash, nothing a browser would read its own way.
PARTS = re.compile(
    r"(?P<scheme>https?)://(?P<host>[^/?#\\@:\s%\[\]]{1,253})(?::443)?(?P<rest>[/?#][^\s\\\"<>`{}|^]*)?", re.I
)
NAMED = re.compile(r"(?<![\w.-])(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,10}[^\W\d_][\w-]{0,61}[^\W_]")
SAFE = "/?#[]@!$&'()*+,;=:%-._~"


@dataclass(frozen=True)
class Link:
    """`url` as it is sent where `allowed`, else as it came. `host` in letters, `punycode_host` in ASCII, "" for none.

    `allowed` says only that it is an ordinary https address; whose hosts may be linked is asked elsewhere.
    `deceptive`: its words name another host than it leads to, or its host is written to look like another.
    """

    text: str
    url: str
    host: str
    punycode_host: str
    allowed: bool
    deceptive: bool


def link(text: str, url: str) -> Link:
    """Judge one address. Never raises."""
    shown, asked = " ".join(text.split())[:LONGEST_TEXT], url.strip(" \t\r\n\f")
    parts = PARTS.fullmatch(asked[:LONGEST_URL])
    host = ascii_host(parts["host"]) if parts else ""
    allowed = bool(parts and host and parts["scheme"].lower() == "https" and len(asked) <= LONGEST_URL)
    rest = quote((parts["rest"] if parts else "") or "/", safe=SAFE, errors="replace")
    sent = f"https://{host}{rest if rest.startswith('/') else f'/{rest}'}"
    return Link(
        text=shown,
        url=sent if allowed else asked[:LONGEST_URL],
        host=in_letters(host),
        punycode_host=host,
        allowed=allowed,
        deceptive=_names_another(shown, host) or imitates(host),
    )


def ascii_host(name: str) -> str:
    """The host in ASCII and lower case (xn--…), or "" where it is none. Numbers are none."""
    bare = name.rstrip(".").lower()
    try:
        plain = bare if bare.isascii() else bare.encode("idna").decode().lower()
    except UnicodeError:
        return ""
    return plain if len(plain) <= 253 and ASCII_HOST.fullmatch(plain) else ""


def in_letters(host: str) -> str:
    """The host as a person writes it: müller.example, not xn--mller-kva.example."""
    if "xn--" not in host:
        return host
    try:
        return host.encode().decode("idna")
    except UnicodeError:
        return host


def hosts_named(text: str) -> tuple[str, ...]:
    """Every host a reader of `text` takes for one, in ASCII; “3.5” and “e.g.” are none. Each once, in order."""
    found = dict.fromkeys(ascii_host(match[0]) for match in NAMED.finditer(text))
    return tuple(host for host in found if host and registered(host))


def registered(host: str) -> str:
    """The part of a host that somebody registered (example.co.uk, alice.github.io), or "" where nobody could."""
    if host.endswith((".example", ".test")):
        return ".".join(host.split(".")[-2:])
    return _suffixes().privatesuffix(host) or ""


def imitates(host: str) -> bool:
    """Is a word of this host written with look-alikes of Latin letters?"""
    return "xn--" in host and any(passes_for_latin(word) for word in in_letters(host).split("."))


def _names_another(text: str, host: str) -> bool:
    # As it reads, and as it is written: “pаypal.com” with a Cyrillic letter names both.
    named = {*hosts_named(text), *hosts_named(in_plain_letters(text))}
    return any(registered(one) != registered(host) for one in named)


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=False)
