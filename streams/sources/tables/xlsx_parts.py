"""The parts of an xlsx package, read under limits.

An xlsx is a zip of XML from a stranger. Sizes are checked in the directory
before anything is unpacked and again while unpacking; the XML parser refuses
document types, and so every entity.
"""

from __future__ import annotations

import contextlib
import os
import posixpath
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO, Final
from xml.parsers import expat

from streams.sources.seam.base import SourceError
from streams.sources.tables.grid import Limits

_CHUNK: Final = 1 << 16
_SMALL: Final = 16 << 20
_MOST_PARTS: Final = 10_000
_MOST_DIRECTORY: Final = 8 << 20
_PASSWORD: Final = 0x1
_PACKAGE_ERRORS: Final = (
    # zipfile lets some of what it trips over through; RuntimeError is its word for
    # a password and for a compression it does not know.
    *(zipfile.BadZipFile, zlib.error, EOFError, struct.error, UnicodeDecodeError, RuntimeError),
)


class Parts:
    """The parts of one package."""

    def __init__(self, file: BinaryIO, name: str, limits: Limits) -> None:
        """Raises `SourceError` for what is no sound package."""
        self.file_name = name
        self.unpacked = 0
        """Bytes unpacked so far."""
        self._most = limits.max_unpacked_mb << 20
        self._longest = limits.max_record_chars
        _small_directory(file, name)
        with self.plain_errors():
            self._zip = zipfile.ZipFile(file)
        entries = self._zip.infolist()
        if len(entries) > _MOST_PARTS:
            raise self.bomb(f"内含 {len(entries)} 个部件，上限 {_MOST_PARTS} 个")
        declared = sum(entry.file_size for entry in entries)
        if declared > self._most:
            raise self.bomb(f"解压后 {declared >> 20} MB，上限 {limits.max_unpacked_mb} MB")
        for entry in entries:
            if entry.flag_bits & _PASSWORD:
                raise SourceError(f"文件 {name}：有密码保护。请去掉密码另存后重新导入")
            if entry.file_size > _SMALL and entry.file_size > limits.max_ratio * max(
                entry.compress_size, 1
            ):
                ratio = entry.file_size // max(entry.compress_size, 1)
                raise self.bomb(f"一个部件的压缩比达 {ratio} 倍，上限 {limits.max_ratio} 倍")
        self._sizes = {_part_name(entry): entry.file_size for entry in entries}
        self._real = {_part_name(entry): entry for entry in entries}

    @property
    def names(self) -> list[str]:
        """The parts, in lower case."""
        return list(self._sizes)

    def bomb(self, why: str) -> SourceError:
        return SourceError(
            f"文件 {self.file_name}：{why}，疑似压缩炸弹或过大，没有读取。"
            "如果它确是导出的工作簿，请另存为 CSV 后重新导入"
        )

    def broken(self, why: object) -> SourceError:
        return SourceError(
            f"文件 {self.file_name}：不是完整的 xlsx 工作簿（{why}）。"
            "请用 Excel 或 WPS 打开，另存为 .xlsx 或 CSV 后重新导入"
        )

    @contextlib.contextmanager
    def plain_errors(self) -> Iterator[None]:
        """Turns what zip and XML readers say into words for the desk."""
        try:
            yield
        except _PACKAGE_ERRORS as error:
            raise self.broken(error) from error
        except expat.ExpatError as error:
            raise self.broken(f"XML 第 {error.lineno} 行有误") from error

    def __contains__(self, part: str) -> bool:
        return part.lower() in self._sizes

    def size(self, part: str) -> int:
        """Unpacked bytes of a part as the directory says; 0 for an unknown one."""
        return self._sizes.get(part.lower(), 0)

    def raw(self, part: str) -> Iterator[bytes]:
        """The bytes of a part, for a look ahead; they do not count as unpacked."""
        with self.plain_errors(), self._zip.open(self._real[part.lower()]) as stream:
            while chunk := stream.read(_CHUNK):
                yield chunk

    def feed(self, part: str, parser: expat.XMLParserType) -> Iterator[None]:
        """Feeds a part to `parser` bit by bit, yielding in between."""
        with self.plain_errors(), self._zip.open(self._real[part.lower()]) as stream:
            fed = 0
            while chunk := stream.read(_CHUNK):
                self.unpacked += len(chunk)
                fed += len(chunk)
                if self.unpacked > self._most:
                    raise self.bomb(f"解压后超过 {self._most >> 20} MB")
                parser.Parse(chunk, False)
                if fed - parser.CurrentByteIndex > self._longest:
                    raise self.broken("一个标记过长")
                yield
            parser.Parse(b"", True)
        yield

    def parser(self) -> expat.XMLParserType:
        """A parser that refuses document types, and with them every entity."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.buffer_size = 1 << 16

        def refuse(*_: object) -> None:
            raise SourceError(
                f"文件 {self.file_name}：工作簿的 XML 含文档类型或实体声明，"
                "正常导出不会有，没有读取。"
                "请用 Excel 或 WPS 打开，另存为 .xlsx 后重新导入"
            )

        parser.StartDoctypeDeclHandler = refuse
        parser.EntityDeclHandler = refuse
        parser.ExternalEntityRefHandler = refuse  # type: ignore[assignment]
        return parser

    def elements(self, part: str) -> list[tuple[str, dict[str, str]]]:
        """All elements of a small part: local name and attributes, in document order."""
        if self.size(part) > _SMALL:
            raise self.broken(f"{part} 过大")
        found: list[tuple[str, dict[str, str]]] = []
        parser = self.parser()

        def start(tag: str, attributes: dict[str, str]) -> None:
            found.append((tag.rpartition(":")[2], attributes))

        parser.StartElementHandler = start
        for _ in self.feed(part, parser):
            pass
        return found

    def related(self, part: str) -> dict[str, tuple[str, str]]:
        """Id to (kind, part) as the part's relationships say. Targets stay inside the
        package: they are names of parts, not of files."""
        folder, name = posixpath.split(part)
        relations = posixpath.join(folder, "_rels", name + ".rels")
        if relations not in self:
            return {}
        return {
            attributes.get("Id", ""): (
                attributes.get("Type", "").rpartition("/")[2],
                posixpath.normpath(posixpath.join("/", folder, attributes.get("Target", "")))[1:],
            )
            for tag, attributes in self.elements(relations)
            if tag == "Relationship" and attributes.get("TargetMode") != "External"
        }


def _part_name(entry: zipfile.ZipInfo) -> str:
    """As the format wants it; libraries for Windows write back slashes, some a leading one."""
    return entry.filename.replace("\\", "/").removeprefix("./").lstrip("/").lower()


def _small_directory(file: BinaryIO, name: str) -> None:
    """The directory is loaded as a whole, so its size is looked at first."""
    size = os.fstat(file.fileno()).st_size
    file.seek(max(0, size - (1 << 16) - 22))
    tail = file.read()
    file.seek(0)
    found = [0]
    if (at := tail.rfind(b"PK\x05\x06")) >= 0 and len(tail) >= at + 16:
        found += [n for n in struct.unpack_from("<L", tail, at + 12) if n != 0xFFFFFFFF]
    if (at := tail.rfind(b"PK\x06\x06")) >= 0 and len(tail) >= at + 48:
        found += struct.unpack_from("<Q", tail, at + 40)
    if max(found) > _MOST_DIRECTORY:
        raise SourceError(
            f"文件 {name}：压缩包目录有 {max(found) >> 20} MB，疑似压缩炸弹，没有读取。"
            "请从来源系统重新导出"
        )
