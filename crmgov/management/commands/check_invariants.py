"""manage.py check_invariants [--strict] [--json] [ID ...]: one line per promise of the design."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from approvals.services import invariants


class Command(BaseCommand):
    help = (
        "Ask the database whether every promise holds. Exits with 1 on a violation, "
        "with --strict also where there is no data or nothing built yet."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("ids", nargs="*", metavar="ID", help="only these, as in F1 D3")
        parser.add_argument("--strict", action="store_true", help="fail on “no data” and “not built” too")
        parser.add_argument("--json", action="store_true", help="print one JSON list instead of lines")

    def handle(self, *, ids: list[str], strict: bool, **options: Any) -> None:
        known = {check.invariant for check in invariants.CHECKS}
        strange = sorted(set(ids) - known)
        if strange:
            raise CommandError(f"There is no invariant {', '.join(strange)}.")
        findings = invariants.check_all(at=timezone.now(), only=ids)
        said = options["verbosity"] > 1
        self.stdout.write(
            _as_json(findings) if options["json"] else "\n".join(_lines(findings, promises=said))
        )
        if not invariants.passes(findings, strict=strict):
            raise SystemExit(1)


def _lines(findings: list[invariants.Finding], *, promises: bool) -> list[str]:
    """`promises` (with -v 2) says beside each id what it stands for."""
    promise = {check.invariant: f"  {check.promise}" for check in invariants.CHECKS} if promises else {}
    lines = []
    for finding in findings:
        words = finding.detail or finding.outcome
        lines.append(f"{finding.invariant}  {words}{promise.get(finding.invariant, '')}")
        lines += [f"      {example}" for example in finding.examples]
    return lines


def _as_json(findings: list[invariants.Finding]) -> str:
    return json.dumps([asdict(finding) for finding in findings])
