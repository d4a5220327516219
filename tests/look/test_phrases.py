"""Times, amounts and values read the way people say them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from approvals.templatetags import phrases

NOW = datetime(2025, 3, 23, 14, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("gone", "said"),
    [
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 min ago"),
        (timedelta(minutes=59, seconds=59), "59 min ago"),
        (timedelta(hours=3, minutes=5), "3 h ago"),
        (timedelta(hours=24), "1 day ago"),
        (timedelta(days=45), "45 days ago"),
        (timedelta(days=46), "2 months ago"),
        (timedelta(days=426), "14 months ago"),
        (timedelta(days=760), "2 years ago"),
        (timedelta(days=-5), "in 5 days"),
    ],
)
def test_age_is_said_in_the_largest_clear_unit(gone: timedelta, said: str) -> None:
    assert phrases.ago(NOW - gone, NOW) == said


def test_what_is_due_keeps_its_minutes_for_the_first_hours() -> None:
    assert phrases.until(NOW + timedelta(hours=1, minutes=50), NOW) == "1 h 50"
    assert phrases.until(NOW + timedelta(hours=5, minutes=50), NOW) == "5 h"


def test_a_day_counts_in_the_zone_of_the_viewer() -> None:
    late = datetime(2025, 3, 23, 23, 30, tzinfo=UTC)
    with timezone.override("Europe/Berlin"):
        assert phrases.age(date(2025, 3, 24), late) == "today"
        assert phrases.moment(late) == "24 Mar 2025, 00:30 CET"
    with timezone.override("UTC"):
        assert phrases.ago(date(2025, 3, 24), late) == "in 1 day"


@pytest.mark.parametrize(
    ("amount", "currency", "short", "said"),
    [
        ("184000.00", "EUR", False, "€184,000"),
        (Decimal("99.5"), "USD", False, "$99.50"),
        (-1200, "USD", False, "-$1,200"),
        ("184000", "EUR", True, "€184k"),
        ("1500", "EUR", True, "€1.5k"),
        ("2345678", "JPY", True, "¥2.3M"),
        ("900", "EUR", True, "€900"),
        ("5", "", False, "5"),
        ("12", "ZZZ", False, "ZZZ 12"),
        ("184000", "CHF", True, "CHF 184k"),
        ("NaN", "EUR", True, "NaN EUR"),
        ("many", "EUR", False, "many EUR"),
    ],
)
def test_amounts(amount: object, currency: str, short: bool, said: str) -> None:
    assert phrases.money(amount, currency, short=short).replace("\xa0", " ") == said


@pytest.mark.parametrize(
    ("raw", "kind", "said"),
    [
        (None, "", ""),
        ("", "", ""),
        ([], "texts", ""),
        (0, "integer", "0"),
        (False, "boolean", "no"),
        (1150, "", "1,150"),
        ("1150", "", "1150"),
        ("0.62", "decimal", "0.62"),
        ("2025-04-15", "date", "15 Apr 2025"),
        ("2025-04-15", "text", "2025-04-15"),
        ("2025-04-15T12:02:00+00:00", "moment", "15 Apr 2025, 12:02 UTC"),
        ("not a day", "date", "not a day"),
        (["partner", "investor"], "texts", "partner, investor"),
    ],
)
def test_values_of_fields(raw: object, kind: str, said: str) -> None:
    assert phrases.value(raw, kind) == said


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Halden Marine", "Halden Marine"),
        ("a\x00b\nc\td\x7f", "a␀b␊c␉d␡"),
        ("invoice\u202efdp.exe", "invoice⟨U+202E⟩fdp.exe"),
        ("ad\u200bmin\ufeff", "ad⟨U+200B⟩min⟨U+FEFF⟩"),
        ("\x85\u2028", "⟨U+0085⟩⟨U+2028⟩"),
        ("می\u200cخواهم 👩\u200d💻", "می\u200cخواهم 👩\u200d💻"),
    ],
)
def test_what_hides_in_a_text_is_shown(written: str, shown: str) -> None:
    assert phrases.visible(written) == shown
