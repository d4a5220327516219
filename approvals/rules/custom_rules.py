"""Custom rules: what an installation wants held or blocked besides what the gate knows, as data of its policy."""

from dataclasses import dataclass
from enum import StrEnum

from approvals.rules.vocabulary import Verdict

# What stands before the name in findings, so that no custom rule can call itself as one of the gate.
PREFIX = "custom:"
MOST_RULES = 50
LONGEST_NAME, LONGEST_SENTENCE = 30, 300


class Mode(StrEnum):
    """A rule is watched before it holds anything."""

    MONITOR = "monitor"
    ENFORCE = "enforce"


@dataclass(frozen=True, slots=True)
class CustomRule:
    """Where `expression` (CEL, see cel_checks) holds, `verdict` (queue or block) is raised with `sentence`.

    `name` is lower case words joined by _, unique in its policy. In monitor mode it changes no verdict: what it
    would have caught is kept with the reading.
    """

    name: str
    expression: str
    sentence: str
    verdict: Verdict = Verdict.QUEUE
    mode: Mode = Mode.MONITOR

    @property
    def word(self) -> str:
        """The rule as findings, queues and lists name it."""
        return f"{PREFIX}{self.name}"


def is_custom(rule: str) -> bool:
    """Whether a finding's rule is one of a policy and not of the gate."""
    return rule.startswith(PREFIX)
