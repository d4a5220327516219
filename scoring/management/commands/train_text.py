"""manage.py train_text: learn from what people said of texts, or measure it on a file, or take such a file in."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from crmgov.kernel.refusals import Refused
from crmgov.people.models import User
from scoring.learning import text_tables
from scoring.learning.text_measures import Share
from scoring.services import text_labels, text_reading, text_training


class Command(BaseCommand):
    help = (
        "Learn to recognize labels in texts from what people said of them, and read with it. With --data: "
        "measure it on a CSV file and keep nothing, or with --keep-as take its texts in as labeled ones."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--data", type=Path, help="a CSV file with labeled texts")
        parser.add_argument("--text", default="text", help="its column with the texts")
        parser.add_argument("--label", default="label", help="its column with the categories")
        parser.add_argument(
            "--positive", action="append", default=[], help="a category that counts; repeat it"
        )
        parser.add_argument("--keep-as", help="the label its texts are kept for: complaint, cancellation …")
        parser.add_argument("--by", help="the address of the admin who takes them in")
        parser.add_argument("--json", action="store_true", help="one JSON object as the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["data"] is None:
            found = _trained()
        elif not options["positive"]:
            raise CommandError("Say with --positive which category counts; repeat it for several.")
        else:
            found = _taken_in(options) if options["keep_as"] else _tried(options)
        self.stdout.write(json.dumps(found) if options["json"] else _report(found))


def _trained() -> dict[str, Any]:
    """Learn, and read what is there with it."""
    at = timezone.now()
    model = text_training.train(at=at, by="train_text")
    return {"version": model.version, **model.card, "read": text_reading.read_rest(at=timezone.now())}


def _taken_in(options: dict[str, Any]) -> dict[str, Any]:
    person = User.objects.filter(email=options["by"] or "").first()
    if person is None:
        raise CommandError("Say with --by which admin takes the texts in: the address they sign in with.")
    given = _given(options)
    rows = [(said, category in options["positive"]) for said, category in zip(*given, strict=True)]
    try:
        count = text_labels.take_in(label=options["keep_as"], rows=rows, user=person, at=timezone.now())
    except Refused as refused:
        raise CommandError(refused.say) from refused
    return {"kept": count, "label": options["keep_as"]}


def _tried(options: dict[str, Any]) -> dict[str, Any]:
    """Five folds over the file: all categories told apart, and those that count raised as one flag."""
    # Inside, so that no other command carries scikit-learn.
    from scoring.learning import text

    began, asked, given = time.monotonic(), options["positive"], _given(options)
    try:
        flag = text.learn(given.texts, [category in asked for category in given.categories])
        classes = text.tell_apart(given.texts, given.categories, asked)
    except text.TooFewLabels as refused:
        raise CommandError(str(refused)) from refused
    return {
        "n": len(given.texts),
        "categories": len(set(given.categories)),
        "folds": text.FOLDS,
        "accuracy": classes.accuracy.to_json(),
        "flag": {**flag.measured.to_json(), "why_not": flag.why_not},
        "recall": {name: one.to_json() for name, one in classes.recall.items()},
        "precision": {name: one.to_json() for name, one in classes.precision.items()},
        "seconds": round(time.monotonic() - began, 1),
    }


def _given(options: dict[str, Any]) -> text_tables.Labeled:
    names = {"text": options["text"], "label": options["label"], "positives": options["positive"]}
    try:
        return text_tables.read(options["data"], **names)
    except text_tables.Unreadable as refused:
        raise CommandError(str(refused)) from refused


def _report(found: dict[str, Any]) -> str:
    if "kept" in found:
        return f"{found['kept']:,} texts are kept for {found['label']}. Train with train_text."
    return _of_a_training(found) if "flags" in found else _of_a_trial(found)


def _of_a_training(found: dict[str, Any]) -> str:
    lines = [f"Text model {found['version']}, {found['seconds']} s; {found['read']:,} texts read with it."]
    for key, card in found["flags"].items():
        lines.append(f"  {key}: {_used(card) if card['used'] else 'not used. ' + card['why_not']}")
    return "\n".join(lines)


def _used(card: dict[str, Any]) -> str:
    return f"recall {_said(card['recall'])}, precision {_said(card['precision'])}"


def _of_a_trial(found: dict[str, Any]) -> str:
    flag = found["flag"]
    lines = [
        f"{found['n']:,} texts in {found['categories']} categories, {found['folds']} folds, {found['seconds']} s",
        f"Told apart: {_said(found['accuracy'])}",
        "Raised as one flag:",
        f"  {_used(flag)}",
        f"  average precision {flag['average_precision']:.3f}, Brier score {flag['brier']:.4f}",
        "Each by itself:",
    ]
    for name, recall in found["recall"].items():
        lines.append(f"  {name}: {_used({'recall': recall, 'precision': found['precision'][name]})}")
    return "\n".join([*lines, *([flag["why_not"]] if flag["why_not"] else [])])


def _said(kept: dict[str, Any]) -> str:
    one = Share(kept["part"], kept["of"], kept["low"], kept["high"])
    if one.value is None:
        return "unknown"
    return f"{one.value:.3f} ({one.part:,} of {one.of:,}, {one.low:.3f} to {one.high:.3f})"
