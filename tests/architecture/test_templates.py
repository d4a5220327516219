"""The content security policy forbids everything inline; a template with some would be a dead control."""

import re

import pytest

from tests.architecture.sources import name, templates

INLINE = {
    "style attribute": re.compile(r"<[a-z][^>]*\sstyle\s*=", re.IGNORECASE),
    "style element": re.compile(r"<style\b", re.IGNORECASE),
    "script without src": re.compile(r"<script\b(?![^>]*\ssrc=)", re.IGNORECASE),
    "event attribute": re.compile(r"<[a-z][^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "hx-on": re.compile(r"\shx-on[:\-=]", re.IGNORECASE),
    "javascript: address": re.compile(r"""["']\s*javascript:""", re.IGNORECASE),
    "data: address": re.compile(r"""(?:src|href)\s*=\s*["']\s*data:""", re.IGNORECASE),
    "trigger filter": re.compile(r"hx-trigger\s*=\s*[\"'][^\"']*\w\["),
}


def offenses(source: str) -> list[str]:
    return [what for what, pattern in INLINE.items() if pattern.search(source)]


def test_no_template_carries_anything_inline() -> None:
    found = {name(path): offenses(path.read_text()) for path in templates()}

    assert found, "no templates were found: the test looks in the wrong place"
    assert {path: what for path, what in found.items() if what} == {}


@pytest.mark.parametrize(
    ("source", "offense"),
    [
        ('<p class="a" style="color:red">', "style attribute"),
        ("<style>p{}</style>", "style element"),
        ("<script>alert(1)</script>", "script without src"),
        ('<button onclick="go()">', "event attribute"),
        ('<button hx-on:click="go()">', "hx-on"),
        ("<a href='javascript:go()'>", "javascript: address"),
        ('<img src="data:image/png;base64,x">', "data: address"),
        ('<a hx-trigger="click[ctrlKey]">', "trigger filter"),
    ],
)
def test_the_net_catches(source: str, offense: str) -> None:
    assert offense in offenses(source)


def test_the_net_lets_proper_markup_through() -> None:
    proper = (
        '<script type="module" src="/static/js/a.js"></script><p data-style="x" class="on">once = more</p>'
    )

    assert offenses(proper) == []
