from __future__ import annotations

import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from classifiers.model import modelfile
from classifiers.model.engine import SHIPPED
from classifiers.model.modelfile import Calibration, ModelError, ModelInfo


def info(**changes: object) -> ModelInfo:
    whole = ModelInfo(
        format=modelfile.FORMAT,
        name="test-1",
        topics=["甲", "乙"],
        kinds=["投诉"],
        sentiments=["negative", "neutral", "positive"],
        topic=Calibration(2.0, [0.0, 0.1]),
        kind=Calibration(1.0, [0.0]),
        sentiment=Calibration(1.0, [0.0, 0.0, 0.0]),
        topic_threshold=0.5,
        prior_norm=1.0,
        unknown_weight=0.5,
    )
    return msgspec.structs.replace(whole, **changes)


def write(
    path: Path,
    *,
    described: ModelInfo | None = None,
    keys: NDArray[np.uint32] | None = None,
    weights: NDArray[np.float32] | None = None,
    bias: NDArray[np.float32] | None = None,
) -> str:
    return modelfile.write(
        path,
        described or info(),
        np.array([3, 5, 9], dtype=np.uint32) if keys is None else keys,
        np.ones(3, dtype=np.float32),
        np.arange(18, dtype=np.float32).reshape(3, 6) if weights is None else weights,
        np.zeros(6, dtype=np.float32) if bias is None else bias,
    )


def test_what_is_written_is_read(tmp_path: Path) -> None:
    digest = write(tmp_path / "a.model")
    model = modelfile.read(tmp_path / "a.model")
    assert model.info == info()
    assert model.weights.tolist() == np.arange(18.0).reshape(3, 6).tolist()
    assert model.version == f"test-1-{digest[:8]}"


def test_the_same_model_gives_the_same_bytes(tmp_path: Path) -> None:
    write(tmp_path / "a.model")
    write(tmp_path / "b.model")
    assert (tmp_path / "a.model").read_bytes() == (tmp_path / "b.model").read_bytes()


def test_another_weight_is_another_version(tmp_path: Path) -> None:
    first = write(tmp_path / "a.model")
    assert write(tmp_path / "b.model", bias=np.full(6, 0.5, dtype=np.float32)) != first


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"described": info(format=99)}, "format 99"),
        ({"keys": np.array([5, 3, 9], dtype=np.uint32)}, "increasing"),
        ({"weights": np.zeros((3, 4), dtype=np.float32)}, "shape"),
        ({"weights": np.full((3, 6), np.nan, dtype=np.float32)}, "finite"),
        ({"bias": np.zeros(2, dtype=np.float32)}, "biases"),
        ({"described": info(kind=Calibration(1.0, []))}, "calibration"),
    ],
)
def test_a_model_that_does_not_hold_together_is_refused(
    tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    write(tmp_path / "bad.model", **change)
    with pytest.raises(ModelError, match=rf"bad\.model.*{message}.*huiyin train"):
        modelfile.read(tmp_path / "bad.model")


def test_missing_and_foreign_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"none\.model: no such"):
        modelfile.read(tmp_path / "none.model")
    (tmp_path / "text.model").write_text("不是模型", encoding="utf-8")
    with pytest.raises(ModelError, match=r"text\.model: not a model file"):
        modelfile.read(tmp_path / "text.model")


def test_reading_runs_no_code(tmp_path: Path) -> None:
    """An array file with a pickle inside is refused, and its payload does not run."""
    marker = tmp_path / "ran"

    class Payload:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return Path.touch, (str(marker),)

    buffer = io.BytesIO()
    np.save(buffer, np.array([Payload()], dtype=object), allow_pickle=True)
    assert pickle.dumps(1) != b""
    with (
        zipfile.ZipFile(SHIPPED) as good,
        zipfile.ZipFile(tmp_path / "evil.model", "w") as evil,
    ):
        for name in good.namelist():
            evil.writestr(name, buffer.getvalue() if name == "bias.npy" else good.read(name))
    with pytest.raises(ModelError, match="not a model file"):
        modelfile.read(tmp_path / "evil.model")
    assert not marker.exists()


def test_the_shipped_model_covers_every_class(root: Path) -> None:
    model = modelfile.read(SHIPPED)
    assert len(model.info.topics) == 15
    assert len(model.info.kinds) == 6
    assert model.info.sentiments == ["negative", "neutral", "positive"]
    assert model.info.trained_on
    assert not any(Path(name).is_absolute() for name in model.info.trained_on)
