"""System checks: the features that an installation adds can be read, and by the database too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.db import Error as DatabaseError
from django.db import connections, transaction

from scoring.features.own import BadFeatures
from scoring.features.schema import statement
from scoring.selectors import schemas


def check_features(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    try:
        schemas.in_force(settings.SCORING_FEATURES)
    except BadFeatures as error:
        return [Error(str(error), hint="Mend the file, or leave the setting out.", id="scoring.E001")]
    return []


def check_features_in_database(
    app_configs: Sequence[Any] | None, databases: Iterable[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """`manage.py check --database default` and `migrate`: Postgres plans each fragment, and runs none."""
    if not settings.SCORING_FEATURES or "default" not in (databases or ()) or check_features(None):
        return []
    return list(_unplanned())


def _unplanned() -> Iterator[CheckMessage]:
    for subject in schemas.in_force(settings.SCORING_FEATURES).values():
        if not subject.own:
            continue
        try:
            with transaction.atomic(), connections["default"].cursor() as cursor:
                cursor.execute("SELECT to_regclass(%s)", [subject.table])
                if cursor.fetchone() == (None,):
                    # The first migration is about to make the tables.
                    continue
                cursor.execute("EXPLAIN " + statement(subject), {"ids": [], "cuts": []})
        except DatabaseError as error:
            say = str(error).partition("\n")[0]
            yield Error(
                f"SCORING_FEATURES, {settings.SCORING_FEATURES}: the database does not understand the features of "
                f"{subject.question}: {say}.",
                hint="Try each fragment in psql with asked.id and asked.cut replaced.",
                id="scoring.E002",
            )
