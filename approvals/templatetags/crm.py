"""Template tags for what a plain include would make clumsy: glyphs, ages, amounts, values, authors."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django import template
from django.forms import BaseForm, BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect
from django.template import Context
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from approvals.rules.intervals import ENOUGH
from approvals.templatetags import phrases
from crmgov.kernel import days
from crmgov.kernel.actors import ActorType
from crmgov.records.rules.values import Kind

register = template.Library()

ACTORS = {
    ActorType.AI: ("AI", "spark"),
    ActorType.HUMAN_APPROVED_AI: ("AI, approved", "sparkcheck"),
    ActorType.HUMAN: ("Person", "user"),
    ActorType.SYSTEM: ("System", "import"),
}
VERDICTS = {
    "execute": ("Ran by itself", "check"),
    "queue": ("Held for a person", "hand"),
    "block": ("Blocked", "stop"),
}
DUE_DANGER, DUE_WARN = timedelta(minutes=30), timedelta(hours=1)
BARS = ((0.93, 4), (0.85, 3), (0.70, 2))


@register.simple_tag
def icon(name: str, size: str = "", label: str = "") -> SafeString:
    """Draw a glyph of static/icons.svg. With `label` it speaks, without it is decoration beside a word."""
    return format_html(
        '<svg class="ico" viewBox="0 0 16 16"{}{}><use href="{}#i-{}"/></svg>',
        format_html(' data-size="{}"', size) if size else "",
        format_html(' role="img" aria-label="{}"', label) if label else SafeString(' aria-hidden="true"'),
        static("icons.svg"),
        name,
    )


def _now(context: Context) -> datetime:
    """The page's own time when the view gave one, so that all ages of a page agree."""
    now = context.get("now")
    return now if isinstance(now, datetime) else timezone.now()


def _time(at: datetime | date, said: str) -> SafeString:
    exact = phrases.moment(at) if isinstance(at, datetime) else phrases.day(at)
    return format_html('<time datetime="{}" title="{}">{}</time>', at.isoformat(), exact, said)


@register.simple_tag(takes_context=True)
def age(context: Context, raw: object) -> SafeString | str:
    """Say how old it is, "4 days", with the date in the `time` element."""
    at = phrases.as_moment(raw)
    return "" if at is None else _time(at, phrases.age(at, _now(context)))


@register.simple_tag(takes_context=True)
def ago(context: Context, raw: object) -> SafeString | str:
    """Say it as part of a sentence, "4 days ago" or "in 5 months"."""
    at = phrases.as_moment(raw)
    return "" if at is None else _time(at, phrases.ago(at, _now(context)))


@register.inclusion_tag("components/sla.html", takes_context=True)
def due(context: Context, raw: object, *, sentence: bool = False, due_now: object = False) -> dict[str, Any]:
    """Draw the time left. Red when overdue or within half an hour, amber within the hour.

    With `due_now` somebody wants it now: amber, and not late.
    """
    at, now = phrases.as_moment(raw), _now(context)
    if not isinstance(at, datetime):
        return {"at": None}
    left = at - now
    tone = "danger" if left <= DUE_DANGER and not due_now else "warn" if left <= DUE_WARN else ""
    said = phrases.due(at, now, due_now=bool(due_now))
    said = said if sentence else said.removeprefix("due in ")
    return {"at": at, "tone": tone, "said": said, "clock": sentence}


@register.filter
def on_day(raw: object) -> str:
    """Write the date, "15 Apr 2025"."""
    at = phrases.as_moment(raw)
    return "" if at is None else phrases.day(at)


@register.filter
def last_day(until: datetime) -> str:
    """Write the day at whose end something is over, which is the same for every viewer: "15 Apr 2025"."""
    return phrases.day(days.last_day(until))


@register.filter
def at_moment(raw: object) -> str:
    """Write date, time and zone of the viewer, "15 Apr 2025, 14:02 CEST"."""
    at = phrases.as_moment(raw)
    return phrases.moment(at) if isinstance(at, datetime) else on_day(raw)


@register.simple_tag
def money(amount: object, currency: str, *, short: bool = False) -> str:
    """Write an amount, "€184,000", or in a list "€184k"."""
    return "" if amount in (None, "") else phrases.money(amount, currency, short=short)


@register.simple_tag
def value(raw: object, kind: str = "", currency: str = "") -> SafeString | str:
    """Write a field's value; an empty one is said in gray, and an amount is never broken inside."""
    said = phrases.value(raw, kind or "", currency or "")
    if said and currency and kind == Kind.DECIMAL:
        return format_html('<span class="nowrap">{}</span>', said)
    return said or SafeString('<span class="quiet">empty</span>')


@register.filter
def visible(text: object) -> str:
    """Show the characters of a file that would hide or reorder its words."""
    return phrases.visible(text)


@register.filter
def visible_lines(text: object) -> str:
    """The same of a text whose line breaks are its own."""
    return "\n".join(phrases.visible(line) for line in str(text).split("\n"))


@register.filter
def hidden_said(number: int) -> str:
    """Say how many characters of a quote were left out."""
    return "1 hidden character left out" if number == 1 else f"{number:,} hidden characters left out"


@register.filter
def actor_label(actor: str) -> str:
    """Name the author's kind in a word; an unknown kind is said as it is."""
    return ACTORS[ActorType(actor)][0] if actor in list(ActorType) else str(actor)


@register.filter
def actor_icon(actor: str) -> str:
    """Name the author's glyph."""
    return ACTORS[ActorType(actor)][1] if actor in list(ActorType) else "help"


@register.filter
def verdict_label(verdict: str) -> str:
    """Say a verdict in words: "Held for a person"."""
    return VERDICTS[verdict][0] if verdict in VERDICTS else str(verdict)


@register.filter
def verdict_icon(verdict: str) -> str:
    """Name the verdict's glyph."""
    return VERDICTS[verdict][1] if verdict in VERDICTS else "help"


@register.filter
def initials(name: object) -> str:
    """Shorten a name to the letters of an avatar: "Sara Okafor" to "SO"."""
    words = str(name).split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


@register.inclusion_tag("components/band.html")
def band(rate: float | None, of: int | None, words: str = "") -> dict[str, Any]:
    """Draw what happened to similar ones, "91 % of 214 like this were kept": outcomes, never a raw score."""
    if rate is None or (of or 0) < ENOUGH:
        return {"bars": 0, "percent": None}
    bars = next((number for least, number in BARS if rate >= least), 1)
    return {"bars": bars, "percent": f"{rate * 100:.0f}", "of": f"{of:,}", "words": words}


@register.simple_tag
def control(field: BoundField, **attrs: Any) -> SafeString:
    """Draw the control of a form field in our look; Django adds aria-invalid and aria-describedby itself."""
    ticks = isinstance(field.field.widget, CheckboxInput | RadioSelect | CheckboxSelectMultiple)
    described = {name.replace("_", "-"): said for name, said in attrs.items()}
    if begins_again(field) and not field.use_fieldset:
        described["autofocus"] = True
    return field.as_widget(attrs=described if ticks else {"class": "input", **described})


@register.filter
def begins_again(field: BoundField) -> bool:
    """Tell whether this is the first wrong field of its form: the keyboard begins again there."""
    return field.name == next((one.name for one in _wrong(field.form)), "")


@register.filter
def wrong_said(form: BaseForm) -> str:
    """Name the fields that are wrong, for above a form longer than a screen; empty for none."""
    return ", ".join(str(one.label) for one in _wrong(form))


def _wrong(form: BaseForm) -> list[BoundField]:
    return [one for one in form.visible_fields() if one.errors] if form.is_bound else []


@register.filter
def is_tick(field: BoundField) -> bool:
    """Tell whether the control is one checkbox, whose label stands after it."""
    return isinstance(field.field.widget, CheckboxInput)


@register.simple_tag
def attributes(pairs: dict[str, str] | None) -> SafeString:
    """Write a dictionary as attributes of an element, for the few that only a view knows (hx-*, data-*)."""
    return format_html_join("", ' {}="{}"', (pairs or {}).items())
