"""Every form that posts carries its key: an include with `only` hands it on, or the press is refused."""

from __future__ import annotations

import re
from functools import cache

from django.conf import settings

ROOT = settings.BASE_DIR / "templates"
INCLUDE = re.compile(r'{%\s*include\s+"([^"]+)"(.*?)%}')


@cache
def _templates() -> dict[str, str]:
    return {str(path.relative_to(ROOT)): path.read_text() for path in ROOT.rglob("*.html")}


def _needs_a_key(name: str, seen: frozenset[str] = frozenset()) -> bool:
    source = _templates().get(name, "")
    if "{% csrf_token %}" in source:
        return True
    inner = {found[1] for found in INCLUDE.finditer(source)} - seen
    return any(_needs_a_key(one, seen | {name}) for one in inner)


def test_an_include_that_hides_what_is_around_it_hands_the_key_on() -> None:
    lost = [
        f"{name} includes {found[1]} without csrf_token"
        for name, source in _templates().items()
        for found in INCLUDE.finditer(source)
        if " only" in found[2] and "csrf_token=" not in found[2] and _needs_a_key(found[1])
    ]

    assert lost == []
