"""Learning flags on texts: what is found of what was kept out, how sure it is, and when it is not used."""

from __future__ import annotations

import io
import json
import os
import random
import zipfile
from pathlib import Path

import pytest
import skops.io
from django.core.management import CommandError, call_command

from scoring.learning import text, text_measures, text_tables
from scoring.learning.text import Learned, TooFewLabels
from scoring.learning.text_measures import band_of, bands_of, share, threshold_for
from tests.texts.kit import THINGS, some_texts

BANKING = Path(__file__).parents[4] / "shared" / "data" / "banking77" / "test.csv"
MISSING = not BANKING.is_file() and os.environ.get("CI") != "true"
ESCALATED = (
    "lost_or_stolen_card", "compromised_card", "card_payment_not_recognised", "cash_withdrawal_not_recognised",
    "direct_debit_payment_not_recognised", "lost_or_stolen_phone",
)  # fmt: skip


@pytest.fixture(scope="module")
def learned() -> Learned:
    return text.learn(*some_texts())


def test_what_is_like_the_labeled_ones_is_raised_and_the_rest_is_not(learned: Learned) -> None:
    assert learned.flag is not None

    bad, calm = text.read({"bad": learned.flag}, ["It arrived in pices, the pump", "Thanks for the guide"])

    assert bad["bad"].raised
    assert not calm["bad"].raised
    assert bad["bad"].part / bad["bad"].of > 0.9 > 0.1 > calm["bad"].part / calm["bad"].of


def test_the_same_labels_make_the_same_model(learned: Learned) -> None:
    again = text.learn(*some_texts())

    assert again.measured == learned.measured
    assert again.flag is not None
    assert learned.flag is not None
    said = some_texts(20, seed=9)[0]
    assert text.read({"bad": again.flag}, said) == text.read({"bad": learned.flag}, said)


def test_a_saved_model_holds_no_type_that_would_have_to_be_trusted_and_reads_alike(learned: Learned) -> None:
    assert learned.flag is not None
    file = skops.io.dumps(text.to_plain({"bad": learned.flag}), compression=zipfile.ZIP_DEFLATED)

    assert skops.io.get_untrusted_types(data=file) == []
    said = some_texts(20, seed=9)[0]
    assert text.read(text.from_plain(skops.io.loads(file)), said) == text.read({"bad": learned.flag}, said)


def test_labels_by_chance_are_not_used() -> None:
    drawn = random.Random(1)
    said = [" ".join(drawn.choices(THINGS, k=6)) + f" {number}" for number in range(200)]

    found = text.learn(said, [drawn.random() < 0.5 for _ in said])

    assert found.flag is None
    assert found.why_not


def test_too_few_labels_are_refused_with_their_number() -> None:
    said, truths = some_texts(29)

    with pytest.raises(
        TooFewLabels, match="29 texts are labeled as it and 29 as not it; 30 and 30 are needed"
    ):
        text.learn(said, truths)


def test_a_text_that_comes_twice_counts_once_as_it_was_said_last() -> None:
    said, truths = some_texts(40)

    found = text.learn([*said, said[0]], [*truths, not truths[0]])

    assert (found.measured.positives, found.measured.negatives) == (39, 41)


def test_nothing_and_letters_of_no_alphabet_are_read_too(learned: Learned) -> None:
    assert learned.flag is not None

    found = text.read({"bad": learned.flag}, ["", "   ", "\x00\u202e🤬", "x" * 100_000])

    assert all(0 <= one["bad"].probability <= 1 for one in found)
    assert text.read({"bad": learned.flag}, []) == []


def test_the_threshold_finds_the_most_while_enough_is_right_and_lies_half_way_to_the_next() -> None:
    assert threshold_for([0.9, 0.8, 0.7, 0.6], [True, True, False, True], precision=0.75) == 0.6
    assert threshold_for([0.9, 0.8, 0.6], [True, True, False], precision=0.8) == pytest.approx(0.7)
    assert threshold_for([0.9, 0.8, 0.2], [True, True, False], precision=0.5) == pytest.approx(0.5)
    assert threshold_for([0.9, 0.9], [True, False], precision=0.8) is None
    assert threshold_for([0.9], [False], precision=0.0) is None


def test_bands_hold_everything_once_and_none_is_thin() -> None:
    drawn = random.Random(2)
    probabilities = [drawn.random() ** 4 for _ in range(400)]
    truths = [drawn.random() < one for one in probabilities]

    bands = bands_of(probabilities, truths)

    assert sum(band.of for band in bands) == 400
    assert sum(band.part for band in bands) == sum(truths)
    assert min(band.of for band in bands) >= text_measures.LEAST_IN_BAND
    assert [band.low for band in bands] == sorted({band.low for band in bands})
    assert band_of(bands, 0.0) == bands[0]
    assert band_of(bands, 1.0) == bands[-1]


def test_a_share_has_the_interval_of_wilson() -> None:
    # Brown, Cai and DasGupta 2001, by the formula: 27 of 30 at 95 %.
    assert share(27, 30).low == pytest.approx(0.7438, abs=5e-5)
    assert share(27, 30).high == pytest.approx(0.9654, abs=5e-5)
    assert share(0, 0).value is None
    with pytest.raises(ValueError, match="3 of 2"):
        share(3, 2)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    said, truths = some_texts(40)
    path = tmp_path / "texts.csv"
    rows = "".join(f'"{one}",{"bad" if bad else "calm"}\n' for one, bad in zip(said, truths, strict=True))
    path.write_text(f"text,category\n{rows}", encoding="utf-8")
    return path


def tried(path: Path, *options: str) -> str:
    out = io.StringIO()
    call_command("train_text", "--data", str(path), "--label", "category", *options, stdout=out)
    return out.getvalue()


def test_the_command_measures_a_foreign_table(table: Path) -> None:
    found = json.loads(tried(table, "--positive", "bad", "--json").splitlines()[-1])

    assert (found["n"], found["categories"], found["folds"]) == (80, 2, 5)
    assert found["accuracy"]["value"] > 0.9
    assert found["flag"]["recall"]["of"] == 40
    assert "Told apart: " in tried(table, "--positive", "bad")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--positive", "rage"), "No text has rage under category. There are bad, calm."),
        (("--positive", "bad", "--positive", "calm"), "Every text is of these categories"),
        (("--positive", "bad", "--text", "words"), "has no column words. It has text, category."),
        ((), "Say with --positive which category counts"),
    ],
)
def test_what_cannot_be_learned_from_is_said_in_a_sentence(
    table: Path, options: tuple[str, ...], said: str
) -> None:
    with pytest.raises(CommandError, match=said):
        tried(table, *options)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "has no column text. It has no heading."),
        (b"text,text,category\na,b,bad\n", "has the column text more than once"),
        (b"text,category\n\xff\xfe,bad\n", "is not UTF-8"),
        (b'text,category\n"never ends,bad\n', "is no CSV file from row"),
        (b"text,category\nit broke,bad\nfine,calm\n", "1 texts are labeled as it and 1 as not it"),
        (b"text,category\n,bad\n", "No text has bad under category. There are no categories at all."),
    ],
)
def test_a_file_that_is_no_table_of_texts_is_said_to_be_none(
    tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "texts.csv"
    path.write_bytes(content)

    with pytest.raises(CommandError, match=said):
        tried(path, "--positive", "bad")


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        tried(tmp_path / "nowhere.csv", "--positive", "bad")


@pytest.mark.skipif(MISSING, reason="banking77 is not beside this checkout (with CI=true it must be)")
def test_escalations_are_found_among_real_messages_to_a_bank() -> None:
    given = text_tables.read(BANKING, text="text", label="category", positives=ESCALATED)

    found = text.learn(given.texts, [category in ESCALATED for category in given.categories])

    assert found.measured.positives == 240
    assert found.measured.recall.low > 0.88
    assert found.measured.precision.low > 0.7
