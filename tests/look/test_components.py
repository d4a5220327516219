"""Components say what they must, to eyes and ears, and never run what an agent wrote."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django import forms
from django.template import Context, Template
from django.template.loader import render_to_string

NOW = datetime(2025, 3, 23, 14, 8, tzinfo=UTC)
EVIL = '<script>alert(1)</script><b onmouseover="x">'


def draw(component: str, **context: Any) -> str:
    return render_to_string(f"components/{component}.html", context)


def tag(source: str, **context: Any) -> str:
    return Template("{% load crm %}" + source).render(Context({"now": NOW, **context}))


@pytest.mark.parametrize(
    ("component", "context"),
    [
        ("quote", {"text": EVIL}),
        ("tag", {"text": EVIL}),
        ("banner", {"title": EVIL, "text": EVIL}),
        ("toast", {"text": EVIL}),
        ("reasons", {"reasons": [{"verdict": "queue", "sentence": EVIL, "rule": EVIL, "otherwise": EVIL}]}),
        ("diff", {"items": [{"field": EVIL, "label": EVIL, "now": EVIL, "proposed": EVIL}], "takes": True}),
        ("timeline", {"entries": [{"actor": "ai", "sentence": EVIL, "at": NOW, "meta": [EVIL]}]}),
        (
            "record_field",
            {"f": {"name": "x", "label": EVIL, "value": EVIL, "p": {"actor": "ai", "who": EVIL}}},
        ),
        ("row", {"r": {"icon": "mail", "name": EVIL, "what": EVIL, "why": EVIL, "due_at": NOW}}),
        ("keys", {"keys": [{"label": EVIL, "value": EVIL}]}),
        ("button", {"b": {"label": EVIL, "attrs": {"data-x": EVIL}}}),
        ("claim_card", {"c": {"id": EVIL, "name": EVIL, "rule_says": EVIL, "keys": []}}),
    ],
)
def test_words_of_others_stay_words(component: str, context: dict[str, Any]) -> None:
    html = draw(component, **context)
    assert "<script" not in html
    assert "<b onmouseover" not in html
    assert "&lt;script&gt;" in html


def test_under_fifty_outcomes_there_is_no_track_record() -> None:
    assert "no track record" in draw("prov", p={"actor": "ai", "rate": 1.0, "of": 49})
    assert 'data-of="0"' in draw("prov", p={"actor": "ai", "rate": 1.0, "of": 49})
    assert "100 % of 50" in draw("prov", p={"actor": "ai", "rate": 1.0, "of": 50})


@pytest.mark.parametrize(("rate", "bars"), [(0.94, 4), (0.91, 3), (0.78, 2), (0.4, 1)])
def test_the_bars_follow_the_share(rate: float, bars: int) -> None:
    assert f'data-of="{bars}"' in tag("{% band rate 1320 %}", rate=rate)


def test_a_locked_value_says_verified_and_a_band_is_for_ai_only() -> None:
    html = draw("prov", p={"actor": "human", "locked": True, "who": "Priya Nair"})
    assert "Verified" in html
    assert "Person" in html
    assert "track record" not in html


def test_an_unknown_author_is_a_question_not_a_guess() -> None:
    html = draw("prov", p={"actor": "robot"})
    assert "robot" in html
    assert "#i-help" in html


@pytest.mark.parametrize(
    ("left", "tone", "said"),
    [
        (timedelta(minutes=-70), 'data-tone="danger"', "1 h 10 overdue"),
        (timedelta(minutes=18), 'data-tone="danger"', "18 min"),
        (timedelta(minutes=41), 'data-tone="warn"', "41 min"),
        (timedelta(hours=2, minutes=20), 'class="sla">', "2 h 20"),
    ],
)
def test_time_left_warns_in_color_and_in_words(left: timedelta, tone: str, said: str) -> None:
    html = tag("{% due at %}", at=NOW + left)
    assert tone in html
    assert said in html


def test_an_age_carries_its_date() -> None:
    html = tag("{% ago at %}", at="2025-03-19T14:08:00+00:00")
    assert html == (
        '<time datetime="2025-03-19T14:08:00+00:00" title="19 Mar 2025, 14:08 UTC">4 days ago</time>'
    )


def test_a_button_that_cannot_be_pressed_stays_and_submits_nothing() -> None:
    html = draw("button", b={"label": "Approve", "disabled": True, "describedby": "consequence"})
    assert 'type="button"' in html
    assert 'aria-disabled="true"' in html
    assert 'aria-describedby="consequence"' in html


def test_empty_on_either_side_of_a_difference_is_dashed_not_blank() -> None:
    html = draw("diff", items=[{"field": "phone", "label": "Phone", "now": None, "proposed": "+49 30 1"}])
    assert '<span class="diff-val" data-empty>empty</span>' in html


def test_zero_and_no_are_values() -> None:
    html = draw("diff", items=[{"field": "n", "label": "N", "kind": "integer", "now": 0, "proposed": False}])
    assert "data-empty" not in html


class HoldForm(forms.Form):
    until = forms.DateField(help_text="The first day on which AI may write again.")
    reason = forms.CharField(widget=forms.Textarea)
    lock = forms.BooleanField(required=False)


def test_an_error_and_a_help_are_tied_to_their_control() -> None:
    form = HoldForm({"until": "yesterday", "reason": "talks"})
    html = draw("field", field=form["until"])
    assert 'aria-describedby="id_until_helptext id_until_error"' in html
    assert 'id="id_until_helptext"' in html
    assert 'id="id_until_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'class="input"' in html


def test_a_tick_stands_before_its_label() -> None:
    html = draw("field", field=HoldForm()["lock"])
    assert html.index("<input") < html.index("<label")
