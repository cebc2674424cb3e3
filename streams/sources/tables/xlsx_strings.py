"""The shared strings of an xlsx: most of its text, read before the sheets.

100,000 work orders carry some 200 MB of text, so beyond a limit the strings
wait in an unnamed temporary file and are fetched one at a time.
"""

from __future__ import annotations

import os
import re
import tempfile
from array import array
from types import TracebackType
from typing import Final, Self

from streams.sources.tables.xlsx_parts import Parts

_ESCAPE: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")


def unescape(text: str) -> str:
    """Excel writes characters that XML can't hold as `_xHHHH_`."""
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


class SharedStrings:
    """Strings by number; a context that holds the temporary file."""

    def __init__(self, memory_bytes: int) -> None:
        self._left = memory_bytes
        self._near: list[str] = []
        self._far: array[int] = array("Q", [0])
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - this object is the context
        self._buffer = bytearray()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def add(self, text: str) -> None:
        """The next string."""
        if self._left > 0:
            # Two bytes a character and the object's head, as CPython stores Chinese.
            self._left -= 80 + 2 * len(text)
            self._near.append(text)
            return
        data = text.encode("utf-8", "surrogatepass")
        self._far.append(self._far[-1] + len(data))
        self._buffer += data
        if len(self._buffer) > 1 << 20:
            self.flush()

    def flush(self) -> None:
        """Must be called after the last `add`."""
        self._file.write(self._buffer)
        self._file.flush()
        self._buffer.clear()

    def __len__(self) -> int:
        return len(self._near) + len(self._far) - 1

    def __getitem__(self, number: int) -> str:
        near = len(self._near)
        if number < near:
            return self._near[number]
        start, end = self._far[number - near], self._far[number - near + 1]
        data = os.pread(self._file.fileno(), end - start, start)
        return data.decode("utf-8", "surrogatepass")

    def load(self, parts: Parts, part: str, longest: int) -> None:
        """Reads the part. `longest`: characters of one string."""
        parser = parts.parser()
        gatherer = _Gatherer(self, parts, longest)
        parser.StartElementHandler = gatherer.start
        parser.CharacterDataHandler = gatherer.text
        parser.EndElementHandler = gatherer.end
        for _ in parts.feed(part, parser):
            pass
        self.flush()


class CellText:
    """The text of the cell that is being read, in the runs in which the parser hands it over."""

    def __init__(self, parts: Parts, longest: int) -> None:
        """`longest`: characters of one cell."""
        self._parts = parts
        self._longest = longest
        self._pieces: list[str] = []
        self._length = 0
        self._collecting = False
        self._phonetic = False

    def text(self, data: str) -> None:
        """The parser's handler. Raises `SourceError` for a cell that is too long."""
        if self._collecting:
            self._length += len(data)
            if self._length > self._longest:
                raise self._parts.broken(f"一个单元格超过 {self._longest} 字")
            self._pieces.append(data)


class _Gatherer(CellText):
    """Handlers that gather runs of text into strings; phonetic guides are left out."""

    def __init__(self, strings: SharedStrings, parts: Parts, longest: int) -> None:
        super().__init__(parts, longest)
        self._add = strings.add

    def start(self, tag: str, _: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "t":
            self._collecting = not self._phonetic
        elif name == "si":
            self._pieces.clear()
            self._length = 0
        elif name == "rPh":
            self._phonetic = True

    def end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        if name == "t":
            self._collecting = False
        elif name == "si":
            self._add(unescape("".join(self._pieces)))
        elif name == "rPh":
            self._phonetic = False
