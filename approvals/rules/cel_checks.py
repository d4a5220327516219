"""What is wrong with an expression before it ever runs: unknown names, kinds that do not meet, no yes or no, and
anything that would hold less the riskier the facts are (INVARIANTS D5: more risk never loosens).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

from approvals.rules.cel_names import (
    ANY,
    BY_PATH,
    ELEMENT_ROOTS,
    ELEMENTS,
    NAMES,
    NEUTRAL,
    NUMBER,
    ROOTS,
    TEXT,
    TEXTS,
    YES_NO,
    Name,
)
from approvals.rules.cel_syntax import MACROS, TEXT_METHODS, Node, Wrong, parse, place, walk

NOTHING, EMPTY = "nothing", "an empty list"
BOTH = 0
ORDERED = ("<", "<=", ">", ">=")
# The name an element goes by -> what it is.
Scope = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Mistake:
    """Where, from 1, and what."""

    line: int
    column: int
    says: str

    def __str__(self) -> str:
        return f"Line {self.line}, column {self.column}: {self.says}"


@lru_cache(maxsize=512)
def mistake(expression: str) -> Mistake | None:
    """The first thing that is wrong with it; None where it is a rule."""
    try:
        tree(expression)
    except Wrong as wrong:
        return Mistake(*place(expression, wrong.at), wrong.says)
    return None


def tree(expression: str) -> Node:
    """The tree of a rule. Raises Wrong."""
    if not expression.strip():
        raise Wrong(0, "Write when the rule holds, as in account.annual_value >= 50000.0.")
    root = parse(expression)
    if (kind := _kind(root, 1, {})) != YES_NO:
        raise Wrong(_start(root), f"It gives {kind}; a rule says yes or no.")
    return root


def _kind(node: Node, sign: int, scope: Scope) -> str:
    """What it gives. `sign` is 1 where more of it holds more, -1 where less, 0 where either way."""
    if node.kind == "literal":
        return _kind_of_value(node.value)
    if node.kind in ("name", "select"):
        return _named(node, sign, scope).kind
    if node.kind in ("and", "or", "not"):
        for part in node.parts:
            _require(part, YES_NO, -sign if node.kind == "not" else sign, scope)
        return YES_NO
    if node.kind == "compare":
        return _compared(node, sign, scope)
    if node.kind == "choice":
        return _chosen(node, sign, scope)
    if node.kind == "list":
        return _list(node, scope)
    return _called(node, sign, scope)


def _require(node: Node, wanted: str, sign: int, scope: Scope) -> None:
    kind = _kind(node, sign, scope)
    if kind != wanted:
        raise Wrong(_start(node), f"This is {kind}, where {wanted} is needed.")


def _kind_of_value(value: object) -> str:
    if isinstance(value, bool):
        return YES_NO
    return NOTHING if value is None else TEXT if isinstance(value, str) else NUMBER


def _named(node: Node, sign: int, scope: Scope) -> Name:
    path = node.path
    if not path:
        raise Wrong(node.at, f"“{node.word}” stands after something that has no fields.")
    root, dot, rest = path.partition(".")
    if root in scope:
        name = BY_PATH.get(f"{scope[root]}{dot}{rest}") if dot else _whole(scope[root], root)
    else:
        name = BY_PATH.get(path) if root in ROOTS else None
    if name is None:
        raise Wrong(_start(node), _unknown(path, scope))
    if name.risk != NEUTRAL and sign * name.risk <= 0:
        raise Wrong(_start(node), _loosens(name, path))
    return name


def _whole(kind: str, root: str) -> Name | None:
    """An element by itself: text is a value, a ticket or item is not."""
    return Name(root, TEXT, "an element") if kind == TEXT else None


def _start(node: Node) -> int:
    return _start(node.parts[0]) if node.kind == "select" else node.at


def _unknown(path: str, scope: Scope) -> str:
    root, _, rest = path.partition(".")
    kind = scope.get(root, root)
    if not rest and (kind in ROOTS or kind in ELEMENT_ROOTS):
        fields = [name.path.partition(".")[2] for name in NAMES if name.root == kind]
        return f"“{root}” by itself is no value: {', '.join(f'{root}.{field}' for field in fields if field)}."
    known = [name.path for name in NAMES if name.root in ROOTS]
    for one, of in scope.items():
        known += [f"{one}.{name.path.partition('.')[2]}" for name in NAMES if name.root == of]
    close = get_close_matches(path, known, n=1, cutoff=0.6)
    return f"There is no “{path}”." + (f" Is “{close[0]}” meant?" if close else "")


def _loosens(name: Name, path: str) -> str:
    never = "and more risk must never loosen a rule"
    if name.kind == YES_NO:
        return f"This would hold less where “{path}” is so, {never}: use it without “!”."
    if name.kind == NUMBER:
        way, signs = ("higher", "> or >=") if name.risk > 0 else ("lower", "< or <=")
        return f"The {way} “{path}”, the riskier, {never}: compare it with {signs}."
    return f"The more “{path}”, the riskier, {never}: ask for what is there, not for what is missing."


def _compared(node: Node, sign: int, scope: Scope) -> str:
    left, right = node.parts
    if node.word == "in":
        return _member(left, right, sign, scope)
    if node.word in ORDERED:
        way = sign if node.word in (">", ">=") else -sign
        kinds = (_kind(left, way, scope), _kind(right, -way, scope))
        if not _meet(*kinds) or not {NUMBER, TEXT} & set(kinds):
            said = f"not {kinds[0]} with {kinds[1]}"
            raise Wrong(node.at, f"“{node.word}” compares two numbers or two texts, {said}.")
        return YES_NO
    for one, other in ((left, right), (right, left)):
        if isinstance(other.value, bool) and one.value is None:
            # `x == true` is x, `x == false` is not x.
            same = (node.word == "==") is other.value
            if _kind(one, sign if same else -sign, scope) not in (YES_NO, ANY):
                raise Wrong(node.at, "Only what is yes or no is compared with true or false.")
            return YES_NO
    kinds = (_kind(left, BOTH, scope), _kind(right, BOTH, scope))
    if not _meet(*kinds) or kinds[0] in ELEMENTS or kinds[1] in ELEMENTS:
        raise Wrong(node.at, f"{kinds[0].capitalize()} is never the same as {kinds[1]}.")
    return YES_NO


def _meet(left: str, right: str) -> bool:
    if ANY in (left, right):
        return left != right or left == ANY
    return left == right and left != NOTHING


def _member(left: Node, right: Node, sign: int, scope: Scope) -> str:
    kind, of = _kind(left, BOTH, scope), _kind(right, sign, scope)
    if of not in (TEXTS, EMPTY, "a list of numbers"):
        raise Wrong(_start(right), f"“in” looks into a list, and this is {of}.")
    if not _meet(kind, NUMBER if of == "a list of numbers" else TEXT):
        raise Wrong(_start(left), f"{kind.capitalize()} is never in {of}.")
    return YES_NO


def _chosen(node: Node, sign: int, scope: Scope) -> str:
    condition, then, otherwise = node.parts
    _require(condition, YES_NO, BOTH, scope)
    kinds = (_kind(then, sign, scope), _kind(otherwise, sign, scope))
    if kinds[0] != kinds[1]:
        raise Wrong(_start(otherwise), f"One way gives {kinds[0]}, the other {kinds[1]}.")
    return kinds[0]


def _list(node: Node, scope: Scope) -> str:
    kinds = {_kind(part, BOTH, scope) for part in node.parts}
    if not kinds:
        return EMPTY
    if kinds == {TEXT}:
        return TEXTS
    if kinds == {NUMBER}:
        return "a list of numbers"
    raise Wrong(node.at, "A list holds texts or numbers, and only one of the two.")


def _called(node: Node, sign: int, scope: Scope) -> str:
    if node.word in MACROS and node.element:
        return _each(node, sign, scope)
    if node.word in TEXT_METHODS:
        _require_parts(node, 2)
        for part in node.parts:
            _require(part, TEXT, BOTH, scope)
        return YES_NO
    _require_parts(node, 1)
    (inner,) = node.parts
    if node.word == "has":
        if inner.kind != "select":
            raise Wrong(inner.at, "“has” asks for a field, as in has(account.industry).")
        _named(inner, sign, scope)
        return YES_NO
    kind = _kind(inner, sign, scope)
    if node.word == "size":
        if kind not in (*ELEMENTS, TEXT):
            raise Wrong(_start(inner), f"“size” counts a list or a text, and this is {kind}.")
        return NUMBER
    if kind not in (ANY, NUMBER, TEXT):
        raise Wrong(
            _start(inner), f"“{node.word}” turns a number or a text into another, and this is {kind}."
        )
    return TEXT if node.word == "string" else NUMBER


def _each(node: Node, sign: int, scope: Scope) -> str:
    target, body = node.parts
    if scope:
        raise Wrong(node.at, f"“{node.word}” inside another one would run long; write two rules.")
    if node.element in ROOTS:
        raise Wrong(node.at, f"“{node.element}” is a name already: call the element something else.")
    kind = _kind(target, sign if node.word == "exists" else -sign, scope)
    if kind not in ELEMENTS:
        raise Wrong(_start(target), f"“{node.word}” looks at a list, and this is {kind}.")
    _require(body, YES_NO, sign, {node.element: ELEMENTS[kind]})
    return YES_NO


def _require_parts(node: Node, wanted: int) -> None:
    if len(node.parts) != wanted:
        raise Wrong(node.at, f"“{node.word}” takes one thing in its brackets.")


def roots(expression: str) -> frozenset[str]:
    """What a rule speaks of: account, suggestion, tickets … Raises Wrong."""
    return frozenset(part.word for part in walk(tree(expression)) if part.kind == "name") & ROOTS


def lacking(expression: str, field: str) -> str:
    """The name in a rule that ends in this field and can have no value; the field itself where none does."""
    paths = (part.path for part in walk(tree(expression)) if part.kind == "select" and part.word == field)
    return next(paths, field)
