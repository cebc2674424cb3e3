"""The encoder's file: its network, its pieces, and how its word is weighed.

A zip of one ONNX graph and two JSON documents. Everything is checked before use; a damaged or
foreign file is an `EncoderError` that says what to do.
"""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import msgspec
from msgspec import Struct

FORMAT = 1

_GRAPH, _PIECES, _INFO = "graph.onnx", "pieces.json", "info.json"
_TIME = (1980, 1, 1, 0, 0, 0)

PieceTable = list[tuple[str, float]]


class EncoderError(ValueError):
    """The second judge cannot be used."""


class Blend(Struct, frozen=True):
    """How the two judges' chances are put together: each to the power of its weight, multiplied,
    made to sum to one."""

    first: float
    second: float


class Word(Struct, frozen=True, kw_only=True):
    """When the second judge is asked for one head and sort of text, and how its word counts."""

    blend: Blend
    ask_below: float
    """The first judge's confidence below which the second is asked. Once asked it is heard in
    every head, for that costs nothing more."""


class Head(Struct, frozen=True, kw_only=True):
    """One head. Where the word for a sort of text is None, the first judge judges alone."""

    classes: list[str]
    """In the order of the graph's output."""
    posts: Word | None = None
    letters: Word | None = None


class EncoderInfo(Struct, frozen=True, kw_only=True):
    format: int
    name: str
    longest: int
    """Pieces that are read of a text."""
    posts_below: int
    """A text with fewer characters and without a title is a post, all others are letters."""
    heads: dict[str, Head]
    notice: str
    """Where the weights come from, and their licence."""
    beside: str = ""
    """Version of the linear model that the blends were fitted beside."""
    trained_on: dict[str, str] = {}
    """Data file name to its SHA-256."""


class EncoderFile(Struct, frozen=True):
    info: EncoderInfo
    pieces: PieceTable
    """Each piece and its score, by number."""
    graph: bytes
    digest: str

    @property
    def version(self) -> str:
        return f"{self.info.name}-{self.digest[:8]}"


def write(path: Path, info: EncoderInfo, pieces: PieceTable, graph: bytes) -> str:
    """Write the file; the same encoder gives the same bytes. Returns its version."""
    parts = {
        _INFO: msgspec.json.format(msgspec.json.encode(info), indent=1),
        _PIECES: msgspec.json.encode(pieces),
        _GRAPH: graph,
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(
                zipfile.ZipInfo(name, _TIME), content, zipfile.ZIP_DEFLATED, compresslevel=9
            )
    return f"{info.name}-{_digest(parts)[:8]}"


def read(path: Path) -> EncoderFile:
    """Read and check an encoder's file. Raises `EncoderError`."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = {name: archive.read(name) for name in (_INFO, _PIECES, _GRAPH)}
        info = msgspec.json.decode(parts[_INFO], type=EncoderInfo)
        pieces = msgspec.json.decode(parts[_PIECES], type=PieceTable)
    except FileNotFoundError as error:
        raise EncoderError(f"编码器文件应在 {path}，没有这个文件。请重新安装 huiyin") from error
    except (OSError, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise EncoderError(
            f"{path}：应为编码器文件，读不出（{error}）。请重新安装 huiyin"
        ) from error
    if info.format != FORMAT:
        raise EncoderError(
            f"{path}：编码器文件应为第 {FORMAT} 版格式，实际为第 {info.format} 版。"
            "请重新安装 huiyin"
        )
    return EncoderFile(info, pieces, parts[_GRAPH], _digest(parts))


def _digest(parts: dict[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name in sorted(parts):
        digest.update(name.encode() + b"\0" + hashlib.sha256(parts[name]).digest())
    return digest.hexdigest()
