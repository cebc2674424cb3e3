"""The model file: names, numbers and nothing that could run.

A zip of plain arrays (numpy's `.npz`, read with pickling off) and one JSON
document. Everything is checked before use; a damaged or foreign file is a
`ModelError` that says what to do.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from classifiers.model.features import Keys

FORMAT = 1


class ModelError(ValueError):
    """A model file cannot be used."""


class Calibration(Struct, frozen=True):
    """Scores to probabilities: softmax of `scale * score + bias` of each class."""

    scale: float
    bias: list[float]


class ModelInfo(Struct, frozen=True):
    """What the arrays mean and where they come from."""

    format: int
    name: str
    topics: list[str]
    kinds: list[str]
    sentiments: list[str]
    topic: Calibration
    kind: Calibration
    sentiment: Calibration
    topic_threshold: float
    """Below this probability the topic head abstains."""
    prior_norm: float
    """Added (squared) to a message's feature norm, so that a few characters weigh little."""
    unknown_weight: float
    """What an n-gram the model has not seen adds (squared) to the norm."""
    trained_on: dict[str, str] = {}
    """Data file name to its SHA-256, for a repetition of the training."""
    seed: int = 0


class ModelFile(Struct, frozen=True):
    """A checked model: V known n-grams, H heads.

    `keys` (V,) uint32, sorted; `idf` (V,) float32; `weights` (V, H) float32, the
    heads being topics, kinds and sentiments in this order; `digest` names the
    content.
    """

    info: ModelInfo
    keys: Keys
    idf: NDArray[np.float32]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    digest: str

    @property
    def version(self) -> str:
        return f"{self.info.name}-{self.digest[:8]}"


def write(
    path: Path,
    info: ModelInfo,
    keys: Keys,
    idf: NDArray[np.float32],
    weights: NDArray[np.float32],
    bias: NDArray[np.float32],
) -> str:
    """Write a model file; the same model gives the same bytes. Returns its digest."""
    arrays: dict[str, NDArray[np.generic]] = {
        "keys": keys.astype("<u4"),
        "idf": idf.astype("<f2"),
        # Column by column compresses better: many weights of a head are zero.
        "weights": np.ascontiguousarray(weights.T.astype("<f2")),
        "bias": bias.astype("<f4"),
    }
    parts = {"info.json": msgspec.json.format(msgspec.json.encode(info), indent=1)}
    for name, array in arrays.items():
        buffer = io.BytesIO()
        np.lib.format.write_array(buffer, array, allow_pickle=False)
        parts[f"{name}.npy"] = buffer.getvalue()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in parts.items():
            archive.writestr(
                zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED
            )
    return _digest(parts)


def read(path: Path) -> ModelFile:
    """Read and check a model file. Raises `ModelError`."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        info = msgspec.json.decode(parts["info.json"], type=ModelInfo)
        arrays = {
            name: np.lib.format.read_array(io.BytesIO(parts[f"{name}.npy"]), allow_pickle=False)
            for name in ("keys", "idf", "weights", "bias")
        }
    except FileNotFoundError as error:
        raise ModelError(
            f"{path}: no such model file; check HUIYIN_MODEL, or make one with `huiyin train`"
        ) from error
    except (zipfile.BadZipFile, KeyError, ValueError, msgspec.MsgspecError) as error:
        raise ModelError(
            f"{path.name}: not a model file ({error}); expected the output of `huiyin train`"
        ) from error
    model = ModelFile(
        info=info,
        keys=arrays["keys"].astype(np.uint32),
        idf=arrays["idf"].astype(np.float32),
        weights=np.ascontiguousarray(arrays["weights"].T.astype(np.float32)),
        bias=arrays["bias"].astype(np.float32),
        digest=_digest(parts),
    )
    _check(path.name, model)
    return model


def _digest(parts: dict[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name in sorted(parts):
        digest.update(name.encode() + b"\0" + hashlib.sha256(parts[name]).digest())
    return digest.hexdigest()


def _check(name: str, model: ModelFile) -> None:
    info = model.info
    heads = len(info.topics) + len(info.kinds) + len(info.sentiments)
    expected = (len(model.keys), heads)
    problem = ""
    if info.format != FORMAT:
        problem = f"format {info.format}, expected {FORMAT}"
    elif model.weights.shape != expected or model.idf.shape != expected[:1]:
        problem = f"weights of shape {model.weights.shape}, expected {expected}"
    elif model.bias.shape != (heads,):
        problem = f"{model.bias.shape[0]} biases, expected {heads}"
    elif len(model.keys) == 0 or not bool((np.diff(model.keys.astype(np.int64)) > 0).all()):
        problem = "keys are not strictly increasing"
    elif not bool(np.isfinite(model.weights).all() and np.isfinite(model.bias).all()):
        problem = "weights that are not finite"
    elif any(
        len(calibration.bias) != size
        for calibration, size in (
            (info.topic, len(info.topics)),
            (info.kind, len(info.kinds)),
            (info.sentiment, len(info.sentiments)),
        )
    ):
        problem = "a calibration that does not fit its classes"
    if problem:
        raise ModelError(f"{name}: {problem}; run `huiyin train` to make a new one")
