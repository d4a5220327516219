"""Learning the flags anew from everything people said of texts so far."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from scoring.models import TextModel
from scoring.selectors import texts

# Two trainings at once would take the same number.
LOCK = 7_201_508
# Trained by the clock once a night at most, however much is said.
NIGHT = timedelta(hours=20)
LIMITS = (
    "It knows what was labeled here. Texts of another kind, language or time may be read wrongly.",
    "Shares are those among labeled texts; among all texts each label may be rarer, and more of what is raised wrong.",
    "It adds to the word lists. What the lists find stays found, whatever it says.",
)


def train(*, at: datetime, by: str) -> TextModel:
    """Learn every active label that has enough texts, and keep the model with its card; it reads from now on.

    A label without enough texts, or not recognized well enough, is not used; the card says why.
    """
    # Inside, so that no web process carries scikit-learn.
    from scoring.learning import files, text

    began = time.monotonic()
    examples_to, labels_to = texts.newest()
    keys = [one.key for one in texts.definitions() if one.active]
    said: dict[str, list[texts.Example]] = {key: [] for key in keys}
    for example in texts.examples(keys, upto=examples_to):
        said[example.label].append(example)
    flags, cards = {}, {}
    for key, some in said.items():
        found, cards[key] = _learned(some)
        if found is not None:
            flags[key] = found
    file = files.dumped(text.to_plain(flags)) if flags else None
    card = {
        "flags": cards,
        "limits": list(LIMITS),
        "examples_to": examples_to,
        "labels_to": labels_to,
        "seconds": round(time.monotonic() - began, 1),
    }
    return _kept(card, file.content if file else b"", file.sha256 if file else "", at, by)


def train_if_said(*, at: datetime) -> TextModel | None:
    """Train when something was said or defined since the last training, once a night; None when nothing was."""
    last = texts.current_model()
    if last is not None and last.trained_at > at - NIGHT:
        return None
    known = (last.card["examples_to"], last.card["labels_to"]) if last else (0, 0)
    if texts.newest() == known:
        return None
    return train(at=at, by="the nightly training")


def _learned(some: list[texts.Example]) -> tuple[Any, dict[str, Any]]:
    """The flag where it is to be used, and its card."""
    from scoring.learning import text

    try:
        found = text.learn([one.text for one in some], [one.positive for one in some])
    except text.TooFewLabels as refused:
        return None, {"used": False, "why_not": str(refused)}
    return found.flag, {
        "used": found.flag is not None,
        "why_not": found.why_not,
        **found.measured.to_json(),
    }


@transaction.atomic(durable=True)
def _kept(card: dict[str, Any], content: bytes, sha256: str, at: datetime, by: str) -> TextModel:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    last = texts.current_model()
    return TextModel.objects.create(
        version=last.version + 1 if last else 1,
        card=card,
        file=content,
        sha256=sha256,
        trained_at=at,
        trained_by=by,
    )
