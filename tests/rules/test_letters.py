"""What a mail to our people says, and that nothing anybody typed gets into its head."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from approvals.rules.letters import COUNTED, Letter, Waits, digest, reminder

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
PAGES = {"inbox": "https://crm.example/inbox/", "choice": "https://crm.example/away/"}
HOUR = timedelta(hours=1)


def waits(number: int, queue: str = "High value", *, due: timedelta = HOUR, age: timedelta = HOUR) -> Waits:
    return Waits(number, queue, NOW - age, NOW + due, f"https://crm.example/suggestions/{number}/")


def written(*waiting: Waits, name: str = "Sara") -> Letter:
    letter = digest(name=name, waiting=waiting, at=NOW, **PAGES)
    assert letter is not None
    return letter


def test_nothing_waits_nothing_is_written() -> None:
    assert digest(name="Sara", waiting=[], at=NOW, **PAGES) is None
    assert reminder(name="Sara", overdue=[], at=NOW, **PAGES) is None


def test_the_morning_in_full() -> None:
    letter = written(
        waits(12, "Escalations", due=-3 * HOUR, age=5 * HOUR),
        waits(7, due=timedelta(minutes=40), age=74 * HOUR),
        waits(9, due=4 * HOUR),
    )

    assert letter.subject == "crmgov: 3 wait for you, 1 overdue"
    assert letter.body == (
        "Good morning, Sara.\n"
        "\n"
        "3 wait for you, 1 overdue.\n"
        "The oldest has waited for 3 days: https://crm.example/suggestions/7/\n"
        "\n"
        "  Escalations: 1, 1 overdue\n"
        "  High value: 2\n"
        "\n"
        "Due first:\n"
        "  12, overdue for 3 h: https://crm.example/suggestions/12/\n"
        "  7, due in 40 min: https://crm.example/suggestions/7/\n"
        "  9, due in 4 h: https://crm.example/suggestions/9/\n"
        "\n"
        "The inbox: https://crm.example/inbox/\n"
        "Links open pages; deciding is done there.\n"
        "Mail like this is switched off at https://crm.example/away/\n"
    )


def test_beyond_a_thousand_nobody_counts() -> None:
    letter = written(*(waits(number) for number in range(COUNTED + 1)))

    assert letter.subject == "crmgov: 1,000+ wait for you"
    assert "High value:" not in letter.body


def test_a_reminder_names_ten_and_counts_the_rest() -> None:
    overdue = [waits(number, due=-HOUR) for number in range(12)]
    letter = reminder(name="Sara", overdue=overdue, at=NOW, **PAGES)

    assert letter is not None
    assert letter.subject == "crmgov: 12 are overdue"
    assert letter.body.count("overdue for 1 h") == 10
    assert "  and 2 more\n" in letter.body


@given(st.text(), st.text())
def test_whatever_is_typed_stays_one_line_of_the_body(name: str, queue: str) -> None:
    letter = written(waits(1, queue), name=name)
    plain = written(waits(1))

    assert letter.subject == plain.subject
    # A line that anybody could add would be one more.
    assert len(letter.body.splitlines()) == len(plain.body.splitlines())
