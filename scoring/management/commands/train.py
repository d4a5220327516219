"""Train a score on a table, or on the own records, and say what it is worth.

manage.py train churn --data customers.csv --label Churn --positive Yes [--time COLUMN] [--segment COLUMN] [--json]
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from crmgov.kernel.refusals import Refused

QUESTIONS = ("churn", "lead", "win")


class Command(BaseCommand):
    help = "Train a score on a CSV table, validate it and say what it is worth. Nothing is published by it."
    # A foreign table needs no database.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("question", choices=QUESTIONS, help="what is asked of each row")
        parser.add_argument("--data", type=Path, metavar="CSV", help="the table; without it the own records")
        parser.add_argument("--label", metavar="COLUMN", help="the column to learn")
        parser.add_argument("--positive", metavar="VALUE", help="its value that counts as yes")
        parser.add_argument("--time", default="", metavar="COLUMN", help="the moment for which a row speaks")
        parser.add_argument(
            "--segment", default="", metavar="COLUMN", help="judge each value of it by itself"
        )
        parser.add_argument(
            "--rule", default="", metavar="COLUMN", help="the score of a rule, as the baseline"
        )
        parser.add_argument(
            "--keep",
            action="append",
            default=[],
            metavar="COLUMN",
            help="read it although it was flagged as a leak",
        )
        parser.add_argument(
            "--cost-miss", type=float, default=5.0, metavar="COST", help="of missing one (default 5)"
        )
        parser.add_argument(
            "--cost-act", type=float, default=1.0, metavar="COST", help="of acting once (default 1)"
        )
        parser.add_argument(
            "--save", type=Path, metavar="FILE", help="write the model there, its hash is printed"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object on the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["data"]:
                self._train_on_table(options)
            else:
                self._train_on_own_records(options)
        except Refused as refused:
            raise CommandError(refused.say) from refused

    def _train_on_table(self, options: dict[str, Any]) -> None:
        if not options["label"] or options["positive"] is None:
            raise CommandError(
                "Name the column to learn and its value that counts as yes: --label Churn --positive Yes."
            )
        if options["save"] and not options["save"].parent.is_dir():
            raise CommandError(f"The model cannot be written to {options['save']}: there is no such folder.")
        # The room of machine learning is loaded by who trains, not by every command.
        from scoring.learning import csv_files, summaries, training
        from scoring.learning.cards import Cost

        table = csv_files.read(options["data"])
        act = options["cost_act"]
        question = training.Question(
            name=options["question"],
            label=options["label"],
            positive=options["positive"],
            time=options["time"],
            segment=options["segment"],
            rule=options["rule"],
            keep=frozenset(options["keep"]),
            cost=Cost(hit=act, false_alarm=act, miss=options["cost_miss"], right_rest=0.0),
        )
        trained = training.train(table, question)
        if options["save"]:
            self._save(options["save"], trained.file, trained.sha256)
        if options["json"]:
            self.stdout.write(
                json.dumps(summaries.flat(trained.card, sha256=trained.sha256), allow_nan=False)
            )
            return
        for line in summaries.lines(trained.card):
            self.stdout.write(line)
        if not options["save"]:
            self.stdout.write(
                "\nMeasured only: nothing was kept. Without --data it trains on your own records."
            )

    def _save(self, path: Path, content: bytes, sha256: str) -> None:
        try:
            path.write_bytes(content)
        except OSError as error:
            raise CommandError(f"The model cannot be written to {path}: {error.strerror}.") from error
        self.stdout.write(f"The model is in {path}, SHA-256 {sha256}.")

    def _train_on_own_records(self, options: dict[str, Any]) -> None:
        self.check(databases=["default"])
        from scoring.learning import summaries
        from scoring.services import trainings

        given = [f"--{name}" for name in ("label", "time", "segment", "rule", "save") if options[name]]
        if given:
            raise CommandError(
                f"{', '.join(given)} is for a table: name one with --data, or leave it out to train on the own records."
            )
        model = trainings.train(question=options["question"], at=timezone.now())
        if options["json"]:
            self.stdout.write(json.dumps(summaries.flat(model.card, sha256=model.sha256), allow_nan=False))
            return
        for line in summaries.lines(model.card):
            self.stdout.write(line)
        self.stdout.write(f"Kept as version {model.version}. It scores nobody until an admin puts it in use.")
