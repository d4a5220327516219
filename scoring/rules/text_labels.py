"""What may be recognized in a text, defined in words: what ships, and the shape of what an admin writes instead."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

# Below it the sentence on screen would be a heading.
LONGEST_NAME, LONGEST_MEANING, LONGEST_EXAMPLE, MOST_EXAMPLES = 60, 500, 300, 10


class Sort(StrEnum):
    """FLAG holds messages for a person, by the rule of the gate that has its name; the others are only shown."""

    FLAG = "flag"
    SENTIMENT = "sentiment"
    TOPIC = "topic"


@dataclass(frozen=True, slots=True)
class Definition:
    """What a label means. `noun` stands in sentences: “a complaint”. `version` 0 is what ships; by is empty there."""

    key: str
    sort: Sort
    name: str
    noun: str
    meaning: str
    examples: tuple[str, ...]
    active: bool = True
    version: int = 0
    by: str = ""


SHIPPED: tuple[Definition, ...] = (
    Definition(
        "complaint",
        Sort.FLAG,
        "Complaint",
        "a complaint",
        "They say that something we did or delivered was not as it should be, or that nobody answered.",
        (
            "This is the third time I write, and nothing has happened.",
            "The pump arrived in pieces. I expected more from you.",
        ),
    ),
    Definition(
        "cancellation",
        Sort.FLAG,
        "Cancellation",
        "a cancellation",
        "They want to end what they have with us, or think about it: stop, leave, not go on, go elsewhere.",
        ("We decided to go another way from January.", "What do we have to do to get out of this?"),
    ),
    Definition(
        "pricing",
        Sort.FLAG,
        "Pricing",
        "about pricing",
        "They speak of what it costs, of bills and payment, or ask for better terms.",
        ("Is there any room on the yearly amount?", "We were asked for more than last month."),
    ),
    Definition(
        "legal",
        Sort.FLAG,
        "Legal",
        "about legal matters",
        "They speak of contracts, rights, liability, data protection or authorities.",
        ("Our counsel will write to you.", "Who answers for the damage?"),
    ),
    Definition(
        "security",
        Sort.FLAG,
        "Security",
        "about security",
        "They speak of an attack, lost or stolen access, or ask how what they gave us is kept safe.",
        ("Somebody signed in as me from abroad.", "My phone with the app on it is gone."),
    ),
    Definition(
        "negative",
        Sort.SENTIMENT,
        "Negative tone",
        "of a negative tone",
        "The tone is unhappy, impatient or cold, whatever it is about.",
        ("I don't know what else to say.", "Whatever. Just fix it."),
    ),
    Definition(
        "positive",
        Sort.SENTIMENT,
        "Positive tone",
        "of a positive tone",
        "The tone is happy or thankful, whatever it is about.",
        ("You made my week.", "Everybody here likes it."),
    ),
    Definition(
        "fault",
        Sort.TOPIC,
        "Fault",
        "about a fault",
        "Something does not work as it did or as it should.",
        ("The screen stays black after the update.", "Totals are off by one day."),
    ),
    Definition(
        "how_to",
        Sort.TOPIC,
        "How to",
        "a question of how to",
        "They ask how something is done.",
        ("Where do I add a colleague?", "Can we see both sites in one report?"),
    ),
)
