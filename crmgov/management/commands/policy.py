"""manage.py policy: read the policy in force, draft another, publish it by a second admin."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from approvals.models import PolicyDraft
from approvals.services import gate, policies
from crmgov.kernel.refusals import Refused
from crmgov.management.operators import admin_named


class Command(BaseCommand):
    help = (
        "Without a word: print the policy in force as JSON. `draft FILE` checks and keeps a changed one, "
        "`drafts` lists what is kept, `publish NUMBER` puts one into force; another admin than the drafter does that."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--as", dest="email", default="", help="the admin who does this")
        verbs = parser.add_subparsers(dest="verb", metavar="draft | drafts | publish | discard")
        draft = verbs.add_parser("draft", help="check a JSON document and keep it for a second admin")
        draft.add_argument("file", type=Path)
        draft.add_argument("--because", required=True, help="why this changes; kept with the version")
        verbs.add_parser("drafts", help="list what waits to be published")
        for verb, words in (("publish", "put a draft into force"), ("discard", "close a draft unpublished")):
            verbs.add_parser(verb, help=words).add_argument("number", type=int)

    def handle(self, *, verb: str | None, **options: Any) -> None:
        try:
            match verb:
                case None:
                    self._show()
                case "draft":
                    self._draft(**options)
                case "drafts":
                    self._list()
                case _:
                    self._close(verb, **options)
        except Refused as refused:
            raise CommandError(refused.say) from refused

    def _show(self) -> None:
        version, policy = gate.current_policy()
        self.stderr.write(f"{version}: {version.rationale}")
        self.stdout.write(json.dumps(policy.to_json(), indent=2))

    def _draft(self, *, file: Path, because: str, email: str, **_: Any) -> None:
        try:
            document = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise CommandError(f"{file} cannot be read as JSON: {error}") from error
        kept = policies.draft(
            document=document, rationale=because, user=admin_named(email), at=timezone.now()
        )
        self.stdout.write(f"Draft {kept.pk} is kept. Another admin publishes it: policy publish {kept.pk}")

    def _list(self) -> None:
        waiting = PolicyDraft.objects.filter(published=None, discarded_at=None).select_related("drafted_by")
        for one in waiting:
            self.stdout.write(f"{one.pk}  {one} by {one.drafted_by}: {one.rationale}")
        if not waiting:
            self.stdout.write("No draft waits.")

    def _close(self, verb: str, *, number: int, email: str, **_: Any) -> None:
        user, at = admin_named(email), timezone.now()
        if verb == "publish":
            version = policies.publish(draft_id=number, user=user, at=at)
            self.stdout.write(f"{version} is in force.")
        else:
            policies.discard(draft_id=number, user=user, at=at)
            self.stdout.write(f"Draft {number} is discarded.")
