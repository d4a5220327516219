"""What a label means, and what people say of texts by it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound
from crmgov.people.models import Role, User
from crmgov.people.policy import Act, may
from crmgov.records.models import Activity, Ticket
from scoring.models import TextExample, TextLabel
from scoring.rules.text_labels import (
    LONGEST_EXAMPLE,
    LONGEST_MEANING,
    LONGEST_NAME,
    MOST_EXAMPLES,
    Definition,
    Sort,
)
from scoring.selectors import texts

# Two who define at once take turns.
LOCK = 7_201_507
LONGEST_TEXT = 20_000


@transaction.atomic(durable=True)
def say(
    *, label: str, positive: bool, record_type: str, record_id: UUID, user: User, at: datetime
) -> TextExample:
    """Say that the text of a ticket or an activity is this, or is not. Raises NotAllowed, NotFound."""
    known = _known(label)
    if user.role == Role.AUDITOR or not user.is_active:
        raise NotAllowed("Auditors read what people said of texts, and say nothing themselves.")
    models: dict[str, Any] = {texts.TICKET: Ticket, texts.ACTIVITY: Activity}
    rows = models[record_type].objects.for_user(user) if record_type in models else None
    if rows is None or not rows.filter(pk=record_id).exists():
        raise NotFound
    return TextExample.objects.create(
        label=known.key,
        positive=positive,
        record_type=record_type,
        record_id=record_id,
        origin=TextExample.Origin.CORRECTION,
        said_at=at,
        said_by=user,
        said_by_label=user.name,
    )


@transaction.atomic(durable=True)
def take_in(*, label: str, rows: Sequence[tuple[str, bool]], user: User, at: datetime) -> int:
    """Keep texts that were labeled elsewhere; return how many. Raises NotAllowed, NotFound."""
    _require_admin(user)
    known = _known(label)
    made = [
        TextExample(
            label=known.key,
            positive=positive,
            text=text.replace("\0", "")[:LONGEST_TEXT],
            origin=TextExample.Origin.IMPORT,
            said_at=at,
            said_by=user,
            said_by_label=user.name,
        )
        for text, positive in rows
        if text.replace("\0", "").strip()
    ]
    TextExample.objects.bulk_create(made, batch_size=1_000)
    return len(made)


@transaction.atomic(durable=True)
def define(
    *,
    key: str,
    name: str,
    meaning: str,
    examples: Sequence[str],
    active: bool,
    seen: int,
    user: User,
    at: datetime,
) -> TextLabel:
    """Write what a label means from now on; an empty key makes a new topic. `seen` is the version that was edited.

    Raises Invalid, NotAllowed, NotFound.
    """
    _require_admin(user)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    before = _known(key) if key else _new(name)
    if key and before.version != seen:
        raise Invalid(f"{before.by} changed this meanwhile. What you typed is kept; look at theirs first.")
    said = tuple(one.strip() for one in examples if one.strip())
    # The gate knows a flag by its name.
    named = before.name if before.sort is Sort.FLAG else name.strip()
    _check(named, meaning.strip(), said)
    return TextLabel.objects.create(
        key=before.key,
        version=before.version + 1,
        sort=before.sort,
        name=named,
        noun=before.noun,
        meaning=meaning.strip(),
        examples=list(said),
        active=active,
        written_at=at,
        written_by=user,
        written_by_label=user.name,
    )


def _new(name: str) -> Definition:
    # The prefix keeps a topic called “New” off the addresses of verbs, and one called “Legal” off the flags.
    key = f"t_{re.sub(r'[^a-z0-9]+', '_', name.casefold()).strip('_')}"[:40]
    if key == "t_":
        raise Invalid("Some of it is missing or not valid.", {"name": "Give it a name with letters."})
    if any(one.name.casefold() == name.strip().casefold() or one.key == key for one in texts.definitions()):
        raise Invalid("Some of it is missing or not valid.", {"name": f"There is a label {name} already."})
    noun = f"about “{name.strip()}”"
    return Definition(key, Sort.TOPIC, name.strip(), noun[:LONGEST_NAME], "", ())


def _check(name: str, meaning: str, examples: Sequence[str]) -> None:
    errors: dict[str, str] = {}
    if not name or len(name) > LONGEST_NAME - len("about “”"):
        errors["name"] = f"A name has 1 to {LONGEST_NAME - len('about “”')} characters."
    if not meaning or len(meaning) > LONGEST_MEANING:
        errors["meaning"] = f"Say what it means, in at most {LONGEST_MEANING} characters."
    if len(examples) > MOST_EXAMPLES or any(len(one) > LONGEST_EXAMPLE for one in examples):
        errors["examples"] = f"At most {MOST_EXAMPLES} examples of {LONGEST_EXAMPLE} characters, one a line."
    if errors:
        raise Invalid("Some of it is missing or not valid.", errors)


def _known(key: str) -> Definition:
    known = texts.definition(key)
    if known is None:
        raise NotFound(f"There is no label “{key[:40]}”.")
    return known


def _require_admin(user: User) -> None:
    if not may(user, Act.ADMINISTER):
        raise NotAllowed("Only an admin defines labels and takes labeled texts in.")
