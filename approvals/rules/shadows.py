"""Custom rules that can never hold, or that hold nothing another rule does not hold already."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from approvals.rules import cel_checks
from approvals.rules.cel_names import BY_PATH
from approvals.rules.cel_syntax import Node, Wrong
from approvals.rules.custom_rules import CustomRule, Mode
from approvals.rules.vocabulary import Verdict
from approvals.rules.wording import quoted

# What the gate holds by itself, as a rule would ask for it.
OF_THE_GATE = {
    "account.strategic": "strategic_account",
    "account.regulated": "regulated_industry",
    "account.escalated": "escalated",
    "account.on_hold": "account_hold",
}
FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
Values = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Bound:
    """`path` compared with a number, the name on the left."""

    path: str
    sign: str
    number: float


def never_holds(rule: CustomRule, values: Values) -> str:
    """Why it can never say yes, to go on after a colon; empty where it can. `values`: what a name can be."""
    parts = _parts(rule.expression)
    if any(part.kind == "literal" and part.value is False for part in parts):
        return "it is false"
    for part in parts:
        for one in _inside(part):
            if why := _unknown(one, values):
                return why
    return _contradicts(parts)


def shadowed_by(rule: CustomRule, rules: Iterable[CustomRule]) -> str:
    """The rule, of the gate or of the policy, that holds whatever this one holds; empty where there is none."""
    mine = {_key(part) for part in _parts(rule.expression)}
    if not mine:
        return ""
    if rule.verdict is not Verdict.BLOCK:
        for path, name in OF_THE_GATE.items():
            if ("name", path) in mine:
                return name
    for other in rules:
        theirs = {_key(part) for part in _parts(other.expression)}
        wider = bool(theirs) and (theirs < mine or (theirs == mine and _weight(other) > _weight(rule)))
        if other != rule and wider and other.verdict.rank >= rule.verdict.rank and _counts(other, rule):
            return other.name
    return ""


def _weight(rule: CustomRule) -> tuple[bool, int, str]:
    """Of two that ask the same, the lighter one is the one too many."""
    return rule.mode is Mode.ENFORCE, rule.verdict.rank, rule.name


def _counts(other: CustomRule, rule: CustomRule) -> bool:
    """What is only watched holds nothing."""
    return other.mode is Mode.ENFORCE or rule.mode is Mode.MONITOR


def _parts(expression: str) -> tuple[Node, ...]:
    """What must all hold; nothing of an expression that cannot be read."""
    try:
        root = cel_checks.tree(expression)
    except Wrong:
        return ()
    return root.parts if root.kind == "and" else (root,)


def _inside(part: Node) -> Iterator[Node]:
    """The part, and of `items.exists(one, …)` what must hold of one of them."""
    yield part
    if part.kind == "call" and part.word == "exists":
        body = part.parts[1]
        yield from body.parts if body.kind == "and" else (body,)


def _unknown(part: Node, values: Values) -> str:
    """A comparison of a name with words it can never be."""
    if part.kind != "compare" or part.word not in ("==", "in"):
        return ""
    left, right = part.parts
    if part.word == "==" and not left.path:
        left, right = right, left
    there = values.get(_path(left))
    words = [one.value for one in (right.parts if right.kind == "list" else (right,))]
    if there is None or not words or not all(isinstance(word, str) for word in words):
        return ""
    if there.intersection(str(word) for word in words):
        return ""
    return f"{left.path} is never {quoted(str(words[0]))} here"


def _path(node: Node) -> str:
    """The name as the table of names has it: what stands inside exists(one, …) belongs to an item."""
    path = node.path
    if path in BY_PATH or "." not in path:
        return path
    return f"item.{path.partition('.')[2]}"


def _contradicts(parts: Iterable[Node]) -> str:
    """Bounds of one number that leave nothing between them. A bound is (number, whether it is left out itself)."""
    lowest = {name.path: (name.least, False) for name in BY_PATH.values()}
    highest = {name.path: (name.most, True) for name in BY_PATH.values()}
    for bound in filter(None, map(_bound, parts)):
        path, leaves_out = bound.path, bound.sign in ("<", ">")
        if bound.sign in (">", ">="):
            lowest[path] = max(lowest[path], (bound.number, leaves_out))
        else:
            highest[path] = min(highest[path], (bound.number, not leaves_out))
        (least, without_least), (most, with_most) = lowest[path], highest[path]
        if least > most or (least == most and (without_least or not with_most)):
            return f"{path} cannot be above {least:g} and below {most:g}"
    return ""


def _bound(part: Node) -> Bound | None:
    if part.kind != "compare" or part.word not in FLIPPED:
        return None
    left, right = part.parts
    if _is_number(right) and left.path in BY_PATH:
        return Bound(left.path, part.word, float(right.value or 0))
    if _is_number(left) and right.path in BY_PATH:
        return Bound(right.path, FLIPPED[part.word], float(left.value or 0))
    return None


def _is_number(node: Node) -> bool:
    return node.kind == "literal" and isinstance(node.value, int | float) and not isinstance(node.value, bool)


def _key(node: Node) -> object:
    """What a part says, wherever it stands."""
    if node.path:
        return ("name", node.path)
    return (node.kind, node.word, node.element, repr(node.value), tuple(_key(part) for part in node.parts))
