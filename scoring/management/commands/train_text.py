"""manage.py train_text: learn the flags from labels people gave, or try the same on a foreign table of texts."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from scoring.learning.text_measures import Share


class Command(BaseCommand):
    help = "Learn to recognize topics in texts; with --data, only measure it on a CSV file and keep nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--data", type=Path, help="a CSV file with labeled texts; nothing is kept")
        parser.add_argument("--text", default="text", help="its column with the texts")
        parser.add_argument("--label", default="label", help="its column with the categories")
        parser.add_argument(
            "--positive", action="append", default=[], help="a category that counts; repeat it"
        )
        parser.add_argument("--json", action="store_true", help="one JSON object as the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["data"] is None:
            raise CommandError("Name a file with --data.")
        if not options["positive"]:
            raise CommandError("Say with --positive which category counts; repeat it for several.")
        began = time.monotonic()
        found = _tried(options)
        found["seconds"] = round(time.monotonic() - began, 1)
        self.stdout.write(json.dumps(found) if options["json"] else _report(found))


def _tried(options: dict[str, Any]) -> dict[str, Any]:
    """Five folds over the file: all categories told apart, and those that count raised as one flag."""
    # Inside, so that no other command carries scikit-learn.
    from scoring.learning import text, text_tables

    asked = options["positive"]
    try:
        given = text_tables.read(
            options["data"], text=options["text"], label=options["label"], positives=asked
        )
        flag = text.learn(given.texts, [category in asked for category in given.categories])
        classes = text.tell_apart(given.texts, given.categories, asked)
    except (text_tables.Unreadable, text.TooFewLabels) as refused:
        raise CommandError(str(refused)) from refused
    return {
        "n": len(given.texts),
        "categories": len(set(given.categories)),
        "folds": text.FOLDS,
        "accuracy": classes.accuracy.to_json(),
        "flag": {**flag.measured.to_json(), "why_not": flag.why_not},
        "recall": {name: one.to_json() for name, one in classes.recall.items()},
        "precision": {name: one.to_json() for name, one in classes.precision.items()},
    }


def _report(found: dict[str, Any]) -> str:
    flag = found["flag"]
    lines = [
        f"{found['n']:,} texts in {found['categories']} categories, {found['folds']} folds, {found['seconds']} s",
        f"Told apart: {_said(found['accuracy'])}",
        "Raised as one flag:",
        f"  recall {_said(flag['recall'])}, precision {_said(flag['precision'])}",
        f"  average precision {flag['average_precision']:.3f}, Brier score {flag['brier']:.4f}",
        "Each by itself:",
    ]
    for name, recall in found["recall"].items():
        lines.append(f"  {name}: recall {_said(recall)}, precision {_said(found['precision'][name])}")
    return "\n".join([*lines, *([flag["why_not"]] if flag["why_not"] else [])])


def _said(kept: dict[str, Any]) -> str:
    one = Share(kept["part"], kept["of"], kept["low"], kept["high"])
    if one.value is None:
        return "unknown"
    return f"{one.value:.3f} ({one.part:,} of {one.of:,}, {one.low:.3f} to {one.high:.3f})"
