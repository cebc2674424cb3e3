"""Text exports: which encoding, which delimiter, and the records one by one.

A file is decoded once from end to end before it is parsed, so that a wrong
guess is found before the first row is taken in, not after.
"""

from __future__ import annotations

import codecs
import csv
import io
import os
import re
from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO, Final

from msgspec import Struct

from streams.sources.seam.base import SourceError
from streams.sources.tables.grid import Broken
from streams.sources.values.cells import showable

_CHUNK: Final = 1 << 20
_HEAD: Final = 1 << 16
_LINES: Final = 10_000
_SOUND_PER_BAD: Final = 50
_CLEARLY_BAD: Final = 1000
_CONTROLS: Final = bytes(b for b in range(32) if b not in b"\t\n\r")
_UNDECODED: Final = re.compile("[\udc80-\udcff]")
_WIDE: Final = re.compile("[\u0080-\ud7ff\ue000-\U0010ffff]")
DELIMITERS: Final = (",", "\t", ";", "|", "，")
_NAMES: Final = {
    "utf-8-sig": "UTF-8",
    "utf-8": "UTF-8",
    "gb18030": "GB18030",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
}


class Encoding(Struct, frozen=True):
    """How to decode a file."""

    codec: str
    damaged: bool = False
    """A few bytes do not decode; the rows that hold them are rejected one by one."""
    controls: bool = False
    """There are control characters such as NUL somewhere."""


def detect(file: BinaryIO, name: str) -> Encoding:
    """The encoding of the whole file. Raises `SourceError` when none fits."""
    head = file.read(_HEAD)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ["utf-16"]
    elif head.startswith(codecs.BOM_UTF8):
        candidates = ["utf-8-sig"]
    elif (wide := _wide_order(head)) is not None:
        candidates = [wide]
    else:
        candidates = ["utf-8", "gb18030"]
    for codec in candidates:
        if (controls := _decodes(file, codec)) is not None:
            return Encoding(codec, controls=controls)
    counts = {}
    for codec in candidates:
        bad, sound = _undecodable(file, codec)
        # Text in another encoding fails at every few characters; a damaged one rarely.
        if sound >= _SOUND_PER_BAD * bad:
            return Encoding(codec, damaged=True, controls=True)
        counts[codec] = bad
    tried = "、".join(f"{_NAMES[codec]}（{bad} 处不符）" for codec, bad in counts.items())
    raise SourceError(
        f"文件 {name}：文字编码无法辨认，试过 {tried}。"
        "请确认它是文本文件，并用 UTF-8 或 GB18030 编码另存后重新导入"
    )


def _wide_order(head: bytes) -> str | None:
    """UTF-16 without a byte order mark: the zero bytes are all on one side."""
    zeros = [head[side::2].count(0) for side in (0, 1)]
    if sum(zeros) < max(2, len(head) // 200):
        return None
    if zeros[1] > 9 * zeros[0]:
        return "utf-16-le"
    return "utf-16-be" if zeros[0] > 9 * zeros[1] else None


def _decodes(file: BinaryIO, codec: str) -> bool | None:
    """Whether there are control characters; None when the file does not decode."""
    controls = codec.startswith("utf-16")
    file.seek(0)
    decoder = codecs.getincrementaldecoder(codec)()
    try:
        while chunk := file.read(_CHUNK):
            decoder.decode(chunk)
            controls = controls or len(chunk.translate(None, _CONTROLS)) != len(chunk)
        decoder.decode(b"", True)
    except UnicodeDecodeError:
        return None
    return controls


def _undecodable(file: BinaryIO, codec: str) -> tuple[int, int]:
    """How many bytes do not decode, and how many characters beyond ASCII do; the
    counting ends when the case is clear."""
    bad = sound = 0
    if codec.startswith("utf-16"):
        return 1, 0
    file.seek(0)
    decoder = codecs.getincrementaldecoder(codec)("surrogateescape")
    while chunk := file.read(_CHUNK):
        text = decoder.decode(chunk)
        bad += len(_UNDECODED.findall(text))
        sound += len(_WIDE.findall(text))
        if bad > _CLEARLY_BAD and sound < _SOUND_PER_BAD * bad:
            break
    return max(bad, 1), sound


_NO_QUOTE: Final = "多半是引号没有成对"


class TextLines:
    """The lines of a text file, with the bounds that keep one record small."""

    def __init__(
        self, file: BinaryIO, encoding: Encoding, name: str, most: int, *, cause: str = _NO_QUOTE
    ) -> None:
        """`most`: characters one record may have; `cause`: why it may have more."""
        file.seek(0)
        self._file = file
        self._name = name
        self._most = most
        self._cause = cause
        self._size = os.fstat(file.fileno()).st_size
        self._text = io.TextIOWrapper(
            file,
            encoding.codec,
            "surrogateescape" if encoding.damaged else "strict",
            newline="",
        )
        self.pending: list[str] = []
        """Lines read since the last `take`, behind those in `_earlier`."""
        self._earlier: list[str] = []
        """Many lines in one text each: a line takes fifty bytes however short it is."""
        self._characters = 0

    @property
    def done(self) -> int:
        """Bytes read so far."""
        return min(self._file.tell(), self._size) if not self._file.closed else self._size

    @property
    def total(self) -> int:
        """Bytes in all."""
        return self._size

    def take(self) -> str:
        """The raw text since the last call: that of the record just parsed."""
        text = "".join((*self._earlier, *self.pending))
        self.forget()
        return text

    def forget(self) -> None:
        """Like `take`, for those who don't want the text."""
        self.pending.clear()
        self._earlier.clear()
        self._characters = 0

    def detach(self) -> None:
        """Gives the file back without closing it."""
        self._text.detach()

    def __iter__(self) -> Iterator[str]:
        readline = self._text.readline
        try:
            while line := readline(self._most):
                self._characters += len(line)
                if self._characters >= self._most:
                    raise self._endless(line)
                if line[-1] not in "\r\n":
                    self._unchanged()
                self.pending.append(line)
                if len(self.pending) == _LINES:
                    self._earlier.append("".join(self.pending))
                    self.pending.clear()
                yield line
        except UnicodeDecodeError as error:
            # It decoded from end to end before the first row was read.
            raise self._changed() from error
        self._unchanged()

    def _endless(self, line: str) -> SourceError:
        start = showable("".join((*self._earlier[:1], *self.pending))[:60] or line[:60])
        return SourceError(
            f"文件 {self._name}：有一条记录超过 {self._most} 字，{self._cause}，"
            f"开头是“{start}”。请修好这一条后重新导入"
        )

    def _unchanged(self) -> None:
        """A file that is still being written, or was cut, must not pass as complete."""
        if os.fstat(self._file.fileno()).st_size != self._size:
            raise self._changed()

    def _changed(self) -> SourceError:
        size = os.fstat(self._file.fileno()).st_size
        return SourceError(
            f"文件 {self._name}：读取过程中发生变化（大小从 {self._size} 变为 {size} 字节）。"
            "请等它写完后重新导入（已读入的不会重复）"
        )


def pick_delimiter(
    file: BinaryIO, encoding: Encoding, score: Callable[[Sequence[str]], int], rows: int
) -> str:
    """The delimiter under which one of the first rows names the most fields."""
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding.codec)("replace")
    sample = decoder.decode(file.read(_HEAD))
    best, best_key = ",", (0, 0)
    for delimiter in DELIMITERS:
        found = []
        try:
            for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter):
                found.append(row)
                if len(found) == rows:
                    break
        except csv.Error:
            pass
        heading = max(found, key=score, default=[])
        if _is_split_beside(heading, delimiter):
            continue
        key = (score(heading), max(map(len, found), default=0))
        if key > best_key:
            best, best_key = delimiter, key
    return best


def _is_split_beside(heading: Sequence[str], delimiter: str) -> bool:
    """Whether every cell but the last ends in another delimiter: "编号,⇥时间,⇥标题" has a tab
    before each cell that guards it, and commas between them."""
    cells = [cell.rstrip(" ") for cell in heading if cell.strip()][:-1]
    others = (other for other in DELIMITERS if other != delimiter)
    return len(cells) > 1 and any(all(one.endswith(other) for one in cells) for other in others)


def csv_rows(
    lines: TextLines, delimiter: str, most: int
) -> Iterator[tuple[int, list[str]] | Broken]:
    """Rows with their number as a spreadsheet would count them, from 1."""
    # The limit is the module's, not the reader's; ours is larger than the default.
    csv.field_size_limit(max(csv.field_size_limit(), most))
    reader = csv.reader(lines, delimiter=delimiter)
    number = 0
    held: tuple[list[str], str] | None = None
    for row in reader:
        if held is not None:
            yield number, held[0]
        number += 1
        held = (row, lines.take())
    if held is None:
        return
    row, raw = held
    if raw.count('"') % 2 and _is_open(raw, delimiter):
        yield Broken(
            number,
            "unclosed_quote",
            "最后一条记录的引号没有成对，它后面的行都被并了进来。请补上引号后重新导入",
            raw,
        )
    else:
        yield number, row


def _is_open(raw: str, delimiter: str) -> bool:
    """Whether the record ends inside quotes."""
    try:
        list(csv.reader(io.StringIO(raw, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        return "end of data" in str(error)
    return False
