"""The gate alone, from prepared facts, with every rule and ten custom rules; against the bare rules in a loop.

Ours is `judge`: what the rules found, sorted, with the verdict on the whole and on each item, the level and every
version. The bare loop calls the same rules, custom ones included, on the same facts and keeps what they find.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from approvals.rules import gate
from approvals.rules.custom_rules import CustomRule, Mode
from approvals.rules.facts import Facts, Hold, Pace, Stake, Ticket, Trouble
from approvals.rules.findings import Finding
from approvals.rules.policy import initial
from crmgov.kernel.money import Money
from tests.bench.rounds import alternate, report
from tests.rules import cases

# Fewer while one works on it.
CASES = int(os.environ.get("BENCH_ROWS", "20000"))
EXPRESSIONS = (
    'account.annual_value >= 50000.0 && suggestion.action == "send_message"',
    'account.strategic && suggestion.action == "create_task"',
    'account.industry in ["Banking", "Insurance"] && suggestion.confidence < 0.9',
    'items.exists(i, i.field == "owner" && i.overwrites)',
    "items.exists(i, i.verified || i.locked)",
    'tickets.exists(t, t.priority == "urgent")',
    '"partner" in account.relationships',
    'suggestion.workflow.startsWith("outreach") && proposer.outcomes < 100',
    'size(tickets) > 3 || (account.on_hold && suggestion.record_type == "contact")',
    "has(opportunity.amount) && opportunity.amount > 250000.0",
)


def prepared(count: int) -> list[Facts]:
    """One in two runs by itself; the rest are held for one or several reasons."""
    rules = tuple(
        CustomRule(f"rule_{n}", one, "It is looked at.", mode=Mode.ENFORCE)
        for n, one in enumerate(EXPRESSIONS)
    )
    limits = replace(
        initial().limits(workflow="enrichment", action="set_fields", segment="mid", groups=["firmographics"]),
        custom_rules=rules,
    )
    calm = cases.facts(limits=limits, stakes=(cases.stake("40000"),))
    worth = Stake("account", "a1", "Nordwind GmbH", Money(Decimal(184_000), "EUR"), Decimal(184_000))
    kinds = (
        calm,
        replace(calm, stakes=(worth,)),
        calm,
        replace(calm, tickets=(Ticket("t1", "Data lost", "urgent", True),), troubles=(Trouble("t1", "Data lost", 1),)),
        replace(calm, items=tuple(cases.item(field=f"field_{n}", label=f"Field {n}") for n in range(4))),
        replace(calm, account=replace(cases.NORDWIND, strategic=True, relationships=("partner",))),
        calm,
        replace(calm, hold=Hold("h1", "2026-12-01", "Ann Lee"), pace=Pace(10, 20)),
    )  # fmt: skip
    return [kinds[number % len(kinds)] for number in range(count)]


def by_gate(given: Sequence[Facts]) -> int:
    return sum(len(gate.judge(facts).findings) for facts in given)


def by_loop(given: Sequence[Facts]) -> int:
    found: list[Finding] = []
    for facts in given:
        for rule in gate.RULES:
            found.extend(rule(facts))
    return len(found)


def run() -> dict[str, Any]:
    given = prepared(CASES)
    assert by_gate(given[:80]) == by_loop(given[:80]) > 0
    paths = {"ours": lambda _: _keep(by_gate(given)), "bare rules": lambda _: _keep(by_loop(given))}
    seconds = alternate(paths)
    result = report(
        f"gate, {CASES:,} suggestions, {len(gate.RULES)} rules and {len(EXPRESSIONS)} in CEL", seconds
    )
    rate = {name: round(CASES / (taken / 1000)) for name, taken in result["median_ms"].items()}
    result["per_second"] = rate
    result["rate_of_bare_rules"] = round(1 / result["ours_over"]["bare rules"], 3)
    print(f"  ours {rate['ours']:,} a second, the bare rules {rate['bare rules']:,} a second")
    print(f"  ours has {result['rate_of_bare_rules']} of the rate of the bare rules (wanted: 0.7)")
    return {"bench": "gate", "results": [result]}


def _keep(found: int) -> None:
    assert found > 0
