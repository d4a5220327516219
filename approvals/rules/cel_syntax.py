"""The part of CEL that custom rules are written in, read into a tree with the place of every word.

The engine that evaluates (`common-expression-language`) hands out no tree, and saying what is wrong with an
expression needs one. What this reads is CEL without arithmetic, maps, bytes and regular expressions; comprehensions
are `exists` and `all`, one inside no other. Every expression is bounded by its length and its depth.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST = 1_000
DEEPEST = 24
COMPARISONS = ("==", "!=", "<=", ">=", "<", ">", "in")
# Methods of a text, and the comprehensions of a list.
TEXT_METHODS = ("contains", "startsWith", "endsWith")
MACROS = ("exists", "all")
FUNCTIONS = ("size", "has", "double", "int", "string")
UNUSED = {"+", "-", "*", "/", "%", "{", "}"}

TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*)
      | (?P<number>\d+\.\d+(?:[eE][+-]?\d+)?|\d+(?![\w.]))
      | (?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
      | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<sign>&&|\|\||==|!=|<=|>=|[<>!()\[\].,?:+\-*/%{}])
    """,
    re.VERBOSE,
)
ESCAPE = re.compile(r"\\(.)")
ESCAPES = {"\\": "\\", '"': '"', "'": "'", "n": "\n", "t": "\t"}
WORDS = {"true": True, "false": False, "null": None}


class Wrong(ValueError):
    """The expression cannot be read or means nothing. `at` counts characters from 0."""

    def __init__(self, at: int, says: str) -> None:
        super().__init__(says)
        self.at, self.says = at, says


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    text: str
    at: int


@dataclass(frozen=True, slots=True)
class Node:
    """A part of an expression: `kind` is literal, name, select, call, list, not, choice, and, or, compare.

    `word` is the name, field, function, operator; of a comprehension the name it gives to each element.
    `value` is that of a literal.
    """

    kind: str
    at: int
    word: str = ""
    parts: tuple["Node", ...] = ()
    value: str | float | bool | None = None
    element: str = ""

    @property
    def path(self) -> str:
        """account.industry for a name or a chain of fields; empty for anything else."""
        if self.kind == "name":
            return self.word
        inner = self.parts[0].path if self.kind == "select" else ""
        return f"{inner}.{self.word}" if inner else ""


def place(expression: str, at: int) -> tuple[int, int]:
    """Line and column, from 1, of a character."""
    before = expression[:at]
    return before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1


def parse(expression: str) -> Node:
    """The tree of an expression. Raises Wrong at the first thing that cannot be read."""
    if len(expression) > LONGEST:
        raise Wrong(LONGEST, f"It is longer than {LONGEST:,} characters.")
    reader = _Reader([*_tokens(expression)], len(expression))
    found = reader.choice(0)
    reader.end()
    return found


def walk(node: Node) -> Iterator[Node]:
    """The node and everything in it."""
    yield node
    for part in node.parts:
        yield from walk(part)


def _tokens(expression: str) -> Iterator[Token]:
    at = 0
    while at < len(expression):
        found = TOKEN.match(expression, at)
        if found is None:
            raise Wrong(at, _unreadable(expression[at]))
        if found.lastgroup != "space":
            yield Token(str(found.lastgroup), found.group(), at)
        at = found.end()


def _unreadable(character: str) -> str:
    if character in "\"'":
        return "This text has no end: close it with the same quotation mark."
    if character.isdigit():
        return "This is no number: write 50000 or 50000.0."
    if character in "&|=":
        return f"Write {character * 2} for “{'or' if character == '|' else 'and' if character == '&' else 'is'}”."
    return f"“{character if character.isprintable() else '?'}” means nothing here."


class _Reader:
    """One rule of the grammar a method; `deep` bounds how far they call each other."""

    def __init__(self, tokens: list[Token], end: int) -> None:
        self._tokens, self._end, self._next = tokens, end, 0

    def choice(self, deep: int) -> Node:
        if deep > DEEPEST:
            raise Wrong(self._here(), f"It is nested more than {DEEPEST} deep.")
        condition = self._joined("||", "or", deep)
        if not self._takes("?"):
            return condition
        then = self.choice(deep + 1)
        self._needs(":", "a “:” and what holds otherwise")
        return Node("choice", condition.at, parts=(condition, then, self.choice(deep + 1)))

    def end(self) -> None:
        if (token := self._peek()) is not None:
            raise self._unexpected(token, "an operator or the end")

    def _joined(self, sign: str, kind: str, deep: int) -> Node:
        parts = [self._half(kind, deep)]
        while self._takes(sign):
            parts.append(self._half(kind, deep))
        return Node(kind, parts[0].at, parts=tuple(parts)) if len(parts) > 1 else parts[0]

    def _half(self, kind: str, deep: int) -> Node:
        return self._joined("&&", "and", deep) if kind == "or" else self._compared(deep)

    def _compared(self, deep: int) -> Node:
        left = self._unary(deep)
        token = self._peek()
        if token is None or token.text not in COMPARISONS or token.kind == "text":
            return left
        self._next += 1
        found = Node("compare", token.at, token.text, (left, self._unary(deep)))
        again = self._peek()
        if again is not None and again.kind != "text" and again.text in COMPARISONS:
            raise Wrong(again.at, "Two comparisons in a row mean nothing: join them with &&.")
        return found

    def _unary(self, deep: int) -> Node:
        token = self._peek()
        if token is not None and token.text == "!" and token.kind == "sign":
            if deep > DEEPEST:
                raise Wrong(token.at, f"It is nested more than {DEEPEST} deep.")
            self._next += 1
            return Node("not", token.at, parts=(self._unary(deep + 1),))
        if token is not None and token.text == "-" and token.kind == "sign":
            return self._negative(token)
        return self._member(deep)

    def _negative(self, minus: Token) -> Node:
        self._next += 1
        token = self._peek()
        if token is None or token.kind != "number":
            raise Wrong(minus.at, "Rules do not calculate: a “-” stands before a number only.")
        self._next += 1
        return Node("literal", minus.at, value=-_number(token.text))

    def _member(self, deep: int) -> Node:
        found = self._primary(deep)
        while self._takes("."):
            token = self._peek()
            if token is None or token.kind != "word":
                raise self._unexpected(token, "a name after the “.”")
            self._next += 1
            if self._takes("("):
                found = self._method(found, token, deep)
            else:
                found = Node("select", token.at, token.text, (found,))
        token = self._peek()
        if token is not None and token.text == "[" and token.kind == "sign":
            raise Wrong(token.at, "Rules take no element out of a list by its number: use exists.")
        return found

    def _method(self, target: Node, name: Token, deep: int) -> Node:
        if name.text in MACROS:
            element = self._peek()
            if element is None or element.kind != "word" or element.text in WORDS:
                raise self._unexpected(element, f"a name for each element, as in {name.text}(one, …)")
            self._next += 1
            self._needs(",", "a “,” and what must hold of it")
            body = self.choice(deep + 1)
            self._needs(")", "a “)”")
            return Node("call", name.at, name.text, (target, body), element=element.text)
        if name.text not in (*TEXT_METHODS, "size"):
            raise Wrong(name.at, f"There is no “{name.text}” here: {', '.join((*MACROS, *TEXT_METHODS))}.")
        return Node("call", name.at, name.text, (target, *self._arguments(")", deep)))

    def _primary(self, deep: int) -> Node:
        token = self._peek()
        if token is None or (token.text in UNUSED and token.kind == "sign"):
            raise self._unexpected(token, "a name or a value")
        self._next += 1
        if token.kind == "number":
            return Node("literal", token.at, value=_number(token.text))
        if token.kind == "text":
            return Node("literal", token.at, value=_text(token))
        if token.kind == "word":
            return self._word(token, deep)
        if token.text == "(":
            inner = self.choice(deep + 1)
            self._needs(")", "a “)”")
            return inner
        if token.text == "[":
            return Node("list", token.at, parts=tuple(self._arguments("]", deep)))
        raise self._unexpected(token, "a name or a value")

    def _word(self, token: Token, deep: int) -> Node:
        if token.text in WORDS:
            return Node("literal", token.at, value=WORDS[token.text])
        if not self._takes("("):
            return Node("name", token.at, token.text)
        if token.text not in FUNCTIONS:
            raise Wrong(token.at, f"There is no function “{token.text}”: {', '.join(FUNCTIONS)}.")
        return Node("call", token.at, token.text, tuple(self._arguments(")", deep)))

    def _arguments(self, closes: str, deep: int) -> list[Node]:
        found: list[Node] = []
        if self._takes(closes):
            return found
        while True:
            found.append(self.choice(deep + 1))
            if self._takes(closes):
                return found
            self._needs(",", f"a “,” or a “{closes}”")

    def _peek(self) -> Token | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def _here(self) -> int:
        token = self._peek()
        return token.at if token is not None else self._end

    def _takes(self, sign: str) -> bool:
        token = self._peek()
        if token is None or token.kind != "sign" or token.text != sign:
            return False
        self._next += 1
        return True

    def _needs(self, sign: str, wanted: str) -> None:
        if not self._takes(sign):
            raise self._unexpected(self._peek(), wanted)

    def _unexpected(self, token: Token | None, wanted: str) -> Wrong:
        if token is None:
            return Wrong(self._end, f"It ends here, where {wanted} was expected.")
        if token.kind == "sign" and token.text in UNUSED:
            return Wrong(
                token.at, f"“{token.text}” is not used in rules: they compare, they do not calculate."
            )
        return Wrong(token.at, f"“{token.text}” stands where {wanted} was expected.")


def _number(written: str) -> float:
    return float(written) if "." in written else int(written)


def _text(token: Token) -> str:
    inner = token.text[1:-1]
    for found in ESCAPE.finditer(inner):
        if found.group(1) not in ESCAPES:
            raise Wrong(
                token.at + 1 + found.start(), f"“{found.group()}” is no escape: \\\\ \\\" \\' \\n \\t are."
            )
    return ESCAPE.sub(lambda found: ESCAPES[found.group(1)], inner)
