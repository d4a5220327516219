"""What a page makes a browser load, read the way a browser does: links, scripts, icons, what those import in turn."""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from django.test import Client

LOADED = {
    "html": r'<(?:script|img|iframe|source|video|audio|embed|input)\b[^>]*?\ssrc="([^"]+)"'
    r'|<(?:link|use|image)\b[^>]*?\shref="([^"]+)"',
    "css": r"url\(\s*[\"']?([^\"')]+)|@import\s+[\"']([^\"']+)",
    "js": r"""(?m)^\s*import\s[^"'();]*["']([\w./-]+)["']|\bimport\(\s*["']([\w./-]+)["']\s*\)""",
    "svg": r"url\(\s*[\"']?([^\"'#)][^\"')]*)",
}


@dataclass(slots=True)
class Weight:
    """Bytes of each address as sent with gzip, what stands on another host, and what the page may load from there."""

    gzipped: dict[str, int] = field(default_factory=dict)
    plain: int = 0
    elsewhere: list[str] = field(default_factory=list)
    policy: str = ""

    @property
    def kilobytes(self) -> float:
        return round(sum(self.gzipped.values()) / 1000, 1)


def of(client: Client, address: str) -> Weight:
    """Load the page and everything it names. A file that is not there fails the bench."""
    weight, waiting = Weight(), [address]
    while waiting:
        now = waiting.pop()
        if now in weight.gzipped:
            continue
        answer = client.get(now)
        assert answer.status_code == 200, (now, answer.status_code)
        body = answer.getvalue()
        weight.gzipped[now] = len(gzip.compress(body, compresslevel=6))
        weight.plain += len(body)
        weight.policy = weight.policy or answer.get("Content-Security-Policy", "")
        for link in named(body.decode(), now if now != address else "page.html"):
            if urlsplit(link).netloc:
                weight.elsewhere.append(link)
            else:
                waiting.append(urljoin(now, link).partition("#")[0])
    return weight


def named(text: str, address: str) -> list[str]:
    """What a file of this address asks a browser to load, in order."""
    kind = address.partition("?")[0].rpartition(".")[2]
    found = re.findall(LOADED.get(kind, r"(?!)()"), text)
    links = [part for one in found for part in ([one] if isinstance(one, str) else one) if part]
    return [link for link in links if not link.startswith(("#", "data:"))]
