"""What a custom rule may speak of: names, their kind, and in which direction they mean more risk.

Free text that agents or customers wrote is not here: no word of theirs may decide what a rule catches.
"""

from dataclasses import dataclass

YES_NO, NUMBER, TEXT, ANY = "yes or no", "a number", "text", "any value"
TEXTS, TICKETS, ITEMS = "a list of text", "a list of tickets", "a list of items"
# What one element of a list is; what has fields is named by the part before the dot.
ELEMENTS = {TEXTS: TEXT, TICKETS: "ticket", ITEMS: "item"}
RISKIER_UP, NEUTRAL, RISKIER_DOWN = 1, 0, -1


@dataclass(frozen=True, slots=True)
class Name:
    """`may_lack`: it can have no value, and the rule cannot say then. `least`, `most`: what a number can be."""

    path: str
    kind: str
    means: str
    risk: int = NEUTRAL
    may_lack: bool = False
    least: float = 0.0
    most: float = float("inf")

    @property
    def root(self) -> str:
        return self.path.partition(".")[0]


NAMES = (
    Name("suggestion.action", TEXT, "what it would do, as set_fields"),
    Name("suggestion.record_type", TEXT, "account, contact, opportunity or ticket"),
    Name("suggestion.workflow", TEXT, "the workflow it comes from"),
    Name("suggestion.workflow_version", TEXT, "the version of that workflow"),
    Name(
        "suggestion.confidence", NUMBER, "0 to 1 as it counts, 0 where none was given", RISKIER_DOWN, most=1.0
    ),
    Name("suggestion.fields", TEXTS, "the fields it would change"),
    Name("suggestion.at_stake", NUMBER, "the largest amount that hangs on it", RISKIER_UP),
    Name("proposer.kind", TEXT, "agent, workflow or person"),
    Name("proposer.outcomes", NUMBER, "checked outcomes of this kind", RISKIER_DOWN),
    Name("account.annual_value", NUMBER, "a year, in reporting currency", RISKIER_UP, may_lack=True),
    Name("account.strategic", YES_NO, "marked strategic", RISKIER_UP),
    Name("account.regulated", YES_NO, "marked regulated", RISKIER_UP),
    Name("account.escalated", YES_NO, "escalated", RISKIER_UP),
    Name("account.on_hold", YES_NO, "its owner asked AI to stay away", RISKIER_UP),
    Name("account.industry", TEXT, "as recorded", may_lack=True),
    Name("account.segment", TEXT, "“none” where it has none"),
    Name("account.relationships", TEXTS, "partner, competitor, investor", RISKIER_UP),
    Name("opportunity.amount", NUMBER, "in reporting currency", RISKIER_UP, may_lack=True),
    Name("tickets", TICKETS, "open tickets around the record", RISKIER_UP),
    Name("items", ITEMS, "what it would change, field by field"),
    Name("ticket.priority", TEXT, "low, normal, high or urgent"),
    Name("ticket.escalated", YES_NO, "an escalated ticket", RISKIER_UP),
    Name("item.field", TEXT, "the field, as industry"),
    Name("item.group", TEXT, "its group, as firmographics"),
    Name("item.proposed", ANY, "the value it would get", may_lack=True),
    Name("item.confidence", NUMBER, "0 to 1 as it counts, 0 where none was given", RISKIER_DOWN, most=1.0),
    Name("item.verified", YES_NO, "a person verified the value that is there", RISKIER_UP),
    Name("item.locked", YES_NO, "that value is locked", RISKIER_UP),
    Name("item.protected", YES_NO, "the field is protected", RISKIER_UP),
    Name("item.overwrites", YES_NO, "the field holds a value now", RISKIER_UP),
)
BY_PATH = {name.path: name for name in NAMES}
# Names that stand inside exists(one, …) only, as one.priority.
ELEMENT_ROOTS = frozenset(kind for kind in ELEMENTS.values() if kind != TEXT)
ROOTS = frozenset(name.root for name in NAMES) - ELEMENT_ROOTS
