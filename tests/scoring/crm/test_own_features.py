"""Features that an installation adds: read like ours, part of the version, and refused in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from scoring.checks import check_features, check_features_in_database
from scoring.features.own import BadFeatures, extended
from scoring.features.schema import VERSION
from scoring.features.subjects import SUBJECTS
from scoring.selectors import features, schemas
from tests.world import NOW, create

SEATS = """
[[churn]]
name = "seats"
kind = "number"
sql = "SELECT (x.extra->>'seats')::float8 FROM records_account x WHERE x.id = asked.id AND x.created_at <= asked.cut"
means = "Seats they pay for."
say = "They pay for {value} seats."
"""


@pytest.fixture(autouse=True)
def read_anew() -> Iterator[None]:
    schemas.in_force.cache_clear()
    yield
    schemas.in_force.cache_clear()


def given(tmp_path: Path, settings: LazySettings, text: str) -> None:
    file = tmp_path / "features.toml"
    file.write_text(text)
    settings.SCORING_FEATURES = str(file)


@pytest.mark.django_db
def test_a_feature_of_the_installation_is_read_beside_ours(tmp_path: Path, settings: LazySettings) -> None:
    given(tmp_path, settings, SEATS)
    values: dict[str, Any] = {"extra.seats": "12"}
    account = create("account", name="Halden", **values)

    subject = schemas.subject("churn")
    read = features.read(subject, [account], [NOW])

    assert read.columns["seats"] == (12,)
    assert subject.by_name()["seats"].sentence(12.0) == "They pay for 12 seats."
    assert subject.version.startswith(f"{VERSION}+")
    assert schemas.subject("lead").version == VERSION
    assert check_features(None) == []
    assert check_features_in_database(None, databases=["default"]) == []


def test_another_file_is_another_version() -> None:
    other = SEATS.replace("Seats they pay for.", "Seats.")

    assert (
        extended(SUBJECTS, SEATS.encode())["churn"].version
        != extended(SUBJECTS, other.encode())["churn"].version
    )


@pytest.mark.parametrize(
    ("old", "new", "say"),
    [
        ("[[churn]]", "[[churn", "is no TOML"),
        ("[[churn]]", "[[chrn]]", "There is no question “chrn”"),
        ("[[churn]]", "[churn]", "two brackets"),
        ('"seats"', '"Seats!"', "small letters"),
        ('"seats"', '"logins_30"', "that name is taken"),
        ('"number"', '"amount"', "there is no kind “amount”"),
        ("asked.cut", "now()", "does not name asked.cut"),
        ("SELECT (", "DELETE (", "begins with SELECT"),
        ("asked.cut", "asked.cut; DROP TABLE x", "without semicolons"),
        ("{value} seats", "{seats} seats", "may name {value} and nothing else"),
        ('means = "Seats they pay for."', "", "says no “means”"),
        ("means =", "meaning =", "says “meaning”, which means nothing"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_a_sentence(old: str, new: str, say: str) -> None:
    with pytest.raises(BadFeatures, match=say.replace("{", r"\{").replace("}", r"\}")):
        extended(SUBJECTS, SEATS.replace(old, new).encode())


def test_the_check_names_the_file(tmp_path: Path, settings: LazySettings) -> None:
    settings.SCORING_FEATURES = str(tmp_path / "nowhere.toml")

    (found,) = check_features(None)

    assert "nowhere.toml, which cannot be read" in found.msg


@pytest.mark.django_db
def test_what_the_database_does_not_understand_is_said(tmp_path: Path, settings: LazySettings) -> None:
    given(tmp_path, settings, SEATS.replace("x.extra", "x.extras"))

    (found,) = check_features_in_database(None, databases=["default"])

    assert "does not understand the features of churn" in found.msg
    assert "extras" in found.msg
