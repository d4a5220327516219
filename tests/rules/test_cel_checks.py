"""An expression is read before it runs: what it may say, and where exactly it goes wrong."""

import cel
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from approvals.rules import cel_checks, cel_syntax, custom_findings
from approvals.rules.cel_names import NAMES, ROOTS

from .cases import facts
from .worlds import EXPRESSIONS, QUESTIONS

SETTINGS = settings(deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
METHODS = "exists, all, contains, startsWith, endsWith."
PIECES = [*'.()[]!<>=&|?:," ', "account", "items", "exists", "1", "in"]
EXAMPLE = 'account.annual_value >= 50000.0 && suggestion.action == "send_message"'


@pytest.mark.parametrize(
    "expression",
    [
        EXAMPLE,
        *QUESTIONS,
        "// why\n account.strategic",
        "suggestion.workflow == 'it\\'s'",
        "suggestion.fields.exists(one, one.endsWith('_id'))",
        "suggestion.at_stake > -5",
        'suggestion.action == "x" ? account.strategic : account.escalated',
        "items.exists(i, i.proposed == true)",
        'size("ab") > 1',
    ],
)
def test_what_a_rule_may_say(expression: str) -> None:
    assert cel_checks.mistake(expression) is None
    assert cel.compile(expression)


@pytest.mark.parametrize(
    ("expression", "at", "says"),
    [
        ("", (1, 1), "Write when the rule holds, as in account.annual_value >= 50000.0."),
        ("acount.annual_value > 1.0", (1, 1), "There is no “acount.annual_value”. Is “account.annual_value” meant?"),
        ("true &&\n  account.industy == ''", (2, 3), "There is no “account.industy”. Is “account.industry” meant?"),
        ("tickets.exists(t, t.prio == '')", (1, 19), "There is no “t.prio”. Is “t.priority” meant?"),
        ("secret", (1, 1), "There is no “secret”."),
        ("account.annual_value >=", (1, 24), "It ends here, where a name or a value was expected."),
        ("(account.strategic", (1, 19), "It ends here, where a “)” was expected."),
        ("account.strategic true", (1, 19), "“true” stands where an operator or the end was expected."),
        ('suggestion.action == "set', (1, 22), "This text has no end: close it with the same quotation mark."),
        ("suggestion.action = 'x'", (1, 19), "Write == for “is”."),
        ("account.strategic & account.regulated", (1, 19), "Write && for “and”."),
        ("account.annual_value", (1, 1), "It gives a number; a rule says yes or no."),
        ("suggestion.action", (1, 1), "It gives text; a rule says yes or no."),
        ("items", (1, 1), "It gives a list of items; a rule says yes or no."),
        ("suggestion.action == 3", (1, 19), "Text is never the same as a number."),
        ("suggestion.action > 3", (1, 19), "“>” compares two numbers or two texts, not text with a number."),
        ("account.strategic && 1", (1, 22), "This is a number, where yes or no is needed."),
        ("tickets > 2", (1, 9), "“>” compares two numbers or two texts, not a list of tickets with a number."),
        ("has(tickets)", (1, 5), "“has” asks for a field, as in has(account.industry)."),
        ("account.annual_value + 1.0 > 2.0", (1, 22), "“+” is not used in rules: they compare, they do not calculate."),
        ("items[0].verified", (1, 6), "Rules take no element out of a list by its number: use exists."),
        ("now() > 3", (1, 1), "There is no function “now”: size, has, double, int, string."),
        ("suggestion.action.matches('a')", (1, 19), "There is no “matches” here: " + METHODS),
        ("items.exists(items, true)", (1, 7), "“items” is a name already: call the element something else."),
        ("size(items, 2) > 1", (1, 1), "“size” takes one thing in its brackets."),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place(expression: str, at: tuple[int, int], says: str) -> None:
    found = cel_checks.mistake(expression)
    assert found is not None
    assert ((found.line, found.column), found.says) == (at, says)


@pytest.mark.parametrize(
    "expression",
    [
        "!account.strategic",
        "account.strategic == false",
        "account.strategic != account.regulated",
        "account.annual_value < 5.0",
        "account.annual_value == 5.0",
        "!(5.0 >= account.annual_value && false) || account.annual_value <= 1.0",
        "suggestion.confidence > 0.5",
        "items.exists(i, i.confidence > 0.5)",
        "!items.exists(i, i.protected)",
        "tickets.all(t, t.escalated)",
        "size(tickets) < 3",
        '!("partner" in account.relationships)',
        "account.strategic ? false : true",
        "!has(account.annual_value)",
        "proposer.outcomes >= 50",
    ],
)
def test_what_would_hold_less_with_more_risk_is_refused(expression: str) -> None:
    found = cel_checks.mistake(expression)
    assert found is not None
    assert "more risk must never loosen a rule" in found.says


@pytest.mark.parametrize(
    "expression",
    [
        "true || " * 200 + "true",
        "(" * 40 + "true" + ")" * 40,
        "!" * 40 + "true",
        "items.exists(i, items.exists(j, items.exists(k, i.field == j.field)))",
        "items.exists(i, i.verified) && items.all(i, tickets.exists(t, t.escalated))",
        "[" * 30 + "]" * 30 + " == []",
    ],
    ids=["long", "brackets", "not", "three loops", "a loop in a loop", "lists"],
)
def test_what_could_run_long_is_refused_before_it_runs(expression: str) -> None:
    assert cel_checks.mistake(expression) is not None


@given(st.text(max_size=60) | st.lists(st.sampled_from(PIECES)).map("".join))
@settings(SETTINGS, max_examples=300)
def test_whatever_is_typed_there_is_an_answer(typed: str) -> None:
    found = cel_checks.mistake(typed)
    if found is None:
        assert cel.compile(typed)
    else:
        assert found.line >= 1 <= found.column
        assert found.says.endswith((".", "?"))


@given(EXPRESSIONS)
@settings(SETTINGS, max_examples=100)
def test_the_engine_reads_what_we_read(expression: str) -> None:
    assert cel_checks.mistake(expression) is None
    known = {name.path for name in NAMES}
    spoken = {part.path for part in cel_syntax.walk(cel_checks.tree(expression)) if part.kind == "select"}
    assert {path for path in spoken if path.partition(".")[0] in ROOTS} <= known
    assert set(cel.compile(expression).variables()) & ROOTS == cel_checks.roots(expression)


def test_every_name_that_is_offered_has_what_it_names() -> None:
    assert set(custom_findings.NAMED) == ROOTS
    for name in NAMES:
        if "." in name.path and name.root in ROOTS and not name.may_lack:
            given_ = custom_findings.NAMED[name.root](facts())
            assert isinstance(given_, dict)
            assert name.path.partition(".")[2] in given_
