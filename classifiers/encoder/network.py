"""The encoder at work: onnxruntime over the file's graph, on one core."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from classifiers.encoder.encoderfile import EncoderError, EncoderFile
from classifiers.encoder.pieces import Pieces

Floats = NDArray[np.float32]


def installed() -> bool:
    """Whether onnxruntime is there (the extra `huiyin[encoder]`)."""
    return find_spec("onnxruntime") is not None


class Network:
    """Chances of every head for one text. Each text is run by itself: what it is multiplied with is
    rounded over the whole run, so that texts run together would change each other's labels."""

    def __init__(self, file: EncoderFile) -> None:
        """Raises `EncoderError` where onnxruntime is missing or refuses the graph."""
        if not installed():
            raise EncoderError("编码器需要 onnxruntime，请安装 huiyin[encoder]。")
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                file.graph, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # its exceptions have no common class of their own
            raise EncoderError(
                f"onnxruntime 打不开编码器 {file.version}（{error}）。请重新安装 huiyin[encoder]"
            ) from error
        self._heads = list(file.info.heads)
        self._pieces = Pieces(file.pieces)
        self._longest = file.info.longest

    def chances(self, text: str) -> dict[str, Floats]:
        """For each head (classes,) probabilities, in the order of the file's classes."""
        ids = np.array([self._pieces.numbers(text, self._longest)], dtype=np.int64)
        found = self._session.run(self._heads, {"ids": ids})
        return {name: _softmax(logits[0]) for name, logits in zip(self._heads, found, strict=True)}


def _softmax(logits: Floats) -> Floats:
    exps = np.exp(logits - logits.max())
    return np.asarray(exps / exps.sum(), dtype=np.float32)
