"""Models as files: written with skops, read only when their SHA-256 is registered, and only of types on this list.

skops rebuilds objects by name and refuses names that nobody trusts. The list is fixed in code: never ask the file which
types it would like trusted. `functools.partial` is safe on it, for what it would call has to be trusted by itself.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import zipfile
from typing import Any, NamedTuple

import skops.io

from .columns import Unlearnable

TRUSTED = frozenset(
    {
        "functools.partial",
        "numpy.dtype",
        "sklearn._loss.link.Interval",
        "sklearn.calibration._CalibratedClassifier",
        "sklearn.calibration._SigmoidCalibration",
        "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
        "sklearn.model_selection._split.StratifiedKFold",
        "sklearn.utils.validation.check_array",
    }
)


class ModelFile(NamedTuple):
    """The bytes of a model, and their SHA-256 as 64 hexadecimal digits."""

    content: bytes
    sha256: str


class NotLoadable(Unlearnable):
    """This is no model file of ours."""


def dumped(model: Any) -> ModelFile:
    """The file of a model. Raises NotLoadable when it holds a type that could not be read back."""
    content = bytes(skops.io.dumps(model, compression=zipfile.ZIP_DEFLATED))
    _require_trusted(content)
    return ModelFile(content, hashlib.sha256(content).hexdigest())


def loaded(content: bytes, *, registered: str) -> Any:
    """The model in these bytes, when they are those that were registered.

    Raises NotLoadable with a sentence: for another hash, for bytes that are no model, for a type that is not trusted.
    """
    found = hashlib.sha256(content).hexdigest()
    if not hmac.compare_digest(found, registered.lower()):
        raise NotLoadable(
            f"This file is not the model that was registered: its SHA-256 begins with {found[:12]}, "
            f"registered is {registered[:12] or 'nothing'}. It is not loaded."
        )
    _require_trusted(content)
    try:
        return skops.io.loads(content, trusted=sorted(TRUSTED))
    except Exception as error:  # whatever skops stumbles over, the file is not one it wrote for this version
        raise NotLoadable(
            f"The model file cannot be read ({type(error).__name__}). Train it again."
        ) from error


def _require_trusted(content: bytes) -> None:
    if not zipfile.is_zipfile(io.BytesIO(content)):
        raise NotLoadable("This file is no model: a model file is an archive that training wrote.")
    try:
        asked = set(skops.io.get_untrusted_types(data=content))
    except Exception as error:  # a zip of something else, or of a damaged model
        raise NotLoadable(
            "This file is no model: it is an archive, but not one that training wrote."
        ) from error
    if unknown := sorted(asked - TRUSTED):
        raise NotLoadable(
            f"The model file asks for {', '.join(unknown)}, which no model here needs. It is not loaded."
        )
