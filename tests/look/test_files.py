"""Templates, style sheets and scripts fit together, and nothing in them needs more than the strict CSP allows."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from approvals.templatetags.crm import ACTORS, VERDICTS
from crmgov.shell import MINE, RAIL
from tests.look.files import CSS, ROOT, SCRIPTS, TEMPLATES, name, source

INLINE = {
    "a style attribute": r"""\sstyle\s*=""",
    "a style element": r"<style\b",
    "a script without src": r"<script\b(?![^>]*\bsrc=)",
    "an event attribute": r"""\son[a-z]+\s*=\s*["']""",
    "hx-on, which is evaluated": r"hx-on[:-]",
    "a trigger filter, which is evaluated": r"""hx-trigger=["'][^"']*\[""",
    "a javascript: address": r"javascript:",
    "a data: address": r"""(?:src|href)=["']data:""",
    "another host": r"""(?:src|href|action)=["'](?:https?:)?//""",
}
LITERAL_ICON = re.compile(
    r"""{%\s*icon\s+["']([\w-]+)["']|\b\w*icon=["']([\w-]+)["']|icon\|default:["']([\w-]+)["']"""
)
CLASS_ATTRIBUTE = re.compile(r'class="([^"]*)"')
TEMPLATE_TAG = re.compile(r"{%.*?%}|{{.*?}}")


def symbols() -> set[str]:
    sprite = ElementTree.parse(ROOT / "static/icons.svg").getroot()  # noqa: S314 (our own file)
    return {part.attrib["id"].removeprefix("i-") for part in sprite}


@pytest.mark.parametrize("template", TEMPLATES, ids=name)
def test_a_template_has_nothing_inline(template: Path) -> None:
    text = source(template)
    assert [said for said, pattern in INLINE.items() if re.search(pattern, text)] == []


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ('<p style="color: red">', "a style attribute"),
        ("<script>alert(1)</script>", "a script without src"),
        ('<a onclick="go()">', "an event attribute"),
        ('<a hx-on:click="go()">', "hx-on, which is evaluated"),
        ('<i hx-trigger="keyup[key==1]">', "a trigger filter, which is evaluated"),
        ('<img src="data:image/png;base64,">', "a data: address"),
        ('<img src="//elsewhere.example/x.png">', "another host"),
    ],
)
def test_the_patterns_find_what_they_look_for(bad: str, said: str) -> None:
    assert re.search(INLINE[said], bad)


@pytest.mark.parametrize("template", TEMPLATES, ids=name)
def test_every_glyph_of_a_template_is_in_the_sprite(template: Path) -> None:
    used = {next(filter(None, found)) for found in LITERAL_ICON.findall(source(template))}
    assert used - symbols() == set()


def test_every_glyph_that_code_names_is_in_the_sprite() -> None:
    places = [*(place for group in RAIL for place in group.places), *MINE]
    named = {place.icon for place in places} | {icon for _, icon in (*ACTORS.values(), *VERDICTS.values())}
    assert named - symbols() == set()


@pytest.mark.parametrize("template", TEMPLATES, ids=name)
def test_every_class_of_a_template_has_a_style(template: Path) -> None:
    styled = set(re.findall(r"\.([a-z][\w-]*)", "".join(map(source, CSS))))
    written = " ".join(CLASS_ATTRIBUTE.findall(TEMPLATE_TAG.sub(" ", source(template)))).split()
    assert {word for word in written if not word.endswith("-")} - styled == set()


@pytest.mark.parametrize("template", TEMPLATES, ids=name)
def test_every_include_and_static_file_is_there(template: Path) -> None:
    text = source(template)
    includes = re.findall(r'{%\s*include "([^"]+)"', text)
    statics = re.findall(r'{%\s*static "([^"]+)"', text)
    folders = [ROOT / "templates", ROOT / "approvals/templates"]
    assert [path for path in includes if not any((folder / path).is_file() for folder in folders)] == []
    assert [path for path in statics if not (ROOT / "static" / path).is_file()] == []


def test_every_style_sheet_is_loaded_and_the_layers_come_first() -> None:
    loaded = re.findall(r'static "css/([\w-]+\.css)"', (ROOT / "templates/_head.html").read_text())
    assert sorted(loaded) == [path.name for path in CSS]
    assert loaded[0] == "tokens.css"


@pytest.mark.parametrize("sheet", CSS, ids=name)
def test_a_style_sheet_takes_numbers_of_color_from_the_tokens(sheet: Path) -> None:
    text = source(sheet)
    tokens = set(re.findall(r"(--[\w-]+):", source(ROOT / "static/css/tokens.css")))
    assert set(re.findall(r"var\((--[\w-]+)", text)) - tokens == set()
    if sheet.name != "tokens.css":
        assert re.findall(r"#[0-9a-f]{3,8}\b|\b(?:rgb|hsl|oklch)\(", text) == []
    assert "!important" not in text.replace("display: none !important", "")


@pytest.mark.parametrize("sheet", CSS, ids=name)
def test_a_style_sheet_stays_in_its_layers(sheet: Path) -> None:
    """Rules outside a layer would win over every layer."""
    depth, outside = 0, []
    for line in source(sheet).splitlines():
        if depth == 0 and line.strip() and not line.startswith(("@layer", "}")):
            outside.append(line)
        depth += line.count("{") - line.count("}")
    assert depth == 0
    assert outside == []


@pytest.mark.parametrize("script", SCRIPTS, ids=name)
def test_a_script_evaluates_nothing_and_sets_no_styles(script: Path) -> None:
    assert not re.search(r"\beval\(|new Function|innerHTML|\.style\b|document\.write", script.read_text())
