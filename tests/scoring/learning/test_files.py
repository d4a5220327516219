"""A model file is loaded when it is the registered one and holds nothing but models."""

from __future__ import annotations

import hashlib
import io
import zipfile

import numpy as np
import pytest
import skops.io
from sklearn.cluster import KMeans

from scoring.learning import encodings, explanations, files, pipelines, predictors, tables
from scoring.learning.files import NotLoadable
from scoring.learning.pipelines import Name
from tests.scoring.learning.worlds import customers


def registered(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def an_archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("letter.txt", "Dear customer")
    return buffer.getvalue()


@pytest.mark.parametrize("name", [Name.LOGISTIC, Name.BOOSTING, "prior"])
def test_every_model_in_use_is_read_back_and_asks_for_listed_types_only(name: str) -> None:
    table = tables.of_columns(customers(200))
    encoding = encodings.fitted(table, ["usage", "tenure", "segment"])
    x, y = encoding.matrix(table), table.column("left").values.astype(int)
    x[:5, 0] = np.nan
    model = pipelines.prior() if name == "prior" else pipelines.calibrated(Name(name), encoding, seed=1)
    file = predictors.Predictor(encoding, model.fit(x, y), {}, "", x[:20]).file()

    loaded = predictors.loaded(file.content, registered=file.sha256)

    assert set(skops.io.get_untrusted_types(data=file.content)) <= files.TRUSTED
    assert np.array_equal(loaded.pooled.predict_proba(x), model.predict_proba(x))
    assert loaded.encoding == encoding


def test_a_model_of_another_kind_is_refused_though_its_hash_is_registered() -> None:
    content = skops.io.dumps(np.random.default_rng)

    with pytest.raises(NotLoadable, match="asks for"):
        files.loaded(content, registered=registered(content))


def test_a_type_that_cannot_be_read_back_is_not_written() -> None:
    with pytest.raises(NotLoadable, match="which no model here needs"):
        files.dumped({"model": registered})


def test_an_unknown_hash_is_refused_before_anything_is_read() -> None:
    with pytest.raises(NotLoadable, match="is not the model that was registered"):
        files.loaded(files.dumped({"a": 1}).content, registered="0" * 64)
    with pytest.raises(NotLoadable, match="registered is nothing"):
        files.loaded(b"anything", registered="")


@pytest.mark.parametrize(
    ("content", "says"), [(b"a,b\n1,2\n", "is no model"), (b"", "is no model"), (an_archive(), "but not one")]
)
def test_a_file_that_is_no_model_is_a_sentence(content: bytes, says: str) -> None:
    with pytest.raises(NotLoadable, match=says):
        files.loaded(content, registered=registered(content))


def test_a_damaged_model_is_a_sentence() -> None:
    content = files.dumped({"a": np.arange(1000.0)}).content[:-40]

    with pytest.raises(NotLoadable, match="is no model"):
        files.loaded(content, registered=registered(content))


@pytest.mark.parametrize("thing", [{"format": "crmgov-model-1"}, {"format": "another"}, [1, 2], KMeans(2)])
def test_a_file_with_something_else_in_it_is_a_sentence(thing: object) -> None:
    file = files.dumped(thing)

    with pytest.raises(NotLoadable, match="Train it again"):
        predictors.loaded(file.content, registered=file.sha256)


def test_a_segment_with_a_model_of_its_own_is_predicted_and_explained_by_that() -> None:
    table = tables.of_columns(customers(300))
    encoding = encodings.fitted(table, ["usage", "tenure"])
    x, y = encoding.matrix(table), table.column("left").values.astype(int)
    pooled, own = (pipelines.calibrated(Name.LOGISTIC, encoding, seed=seed) for seed in (1, 2))
    small = predictors.segment_names(table, "segment") == "small"
    pooled.fit(x, y)
    own.fit(x[small], y[small])
    file = predictors.Predictor(encoding, pooled, {"small": own}, "segment", x[:20]).file()

    loaded = predictors.loaded(file.content, registered=file.sha256)

    p = loaded.predict(table)
    assert np.array_equal(p[small], own.predict_proba(x[small])[:, 1])
    assert np.array_equal(p[~small], pooled.predict_proba(x[~small])[:, 1])
    assert [one.prediction for one in explanations.explained(loaded, table)] == p.tolist()
    strangers = tables.of_columns({"usage": [1.0], "tenure": [5], "segment": [None]})
    assert loaded.predict(strangers) == pooled.predict_proba(encoding.matrix(strangers))[:, 1]
