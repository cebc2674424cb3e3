"""What a file really is, whatever its name says, for those that are no table."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_MAGIC: Final = {
    b"%PDF": "PDF 文件",
    b"\x89PNG": "图片（PNG）",
    b"\xff\xd8\xff": "图片（JPEG）",
    b"GIF8": "图片（GIF）",
    b"Rar!": "RAR 压缩包",
    b"7z\xbc\xaf": "7z 压缩包",
    b"\x1f\x8b": "gzip 压缩包",
    b"BZh": "bzip2 压缩包",
    b"\xfd7zXZ": "xz 压缩包",
    b"{\\rtf": "RTF 文档",
    b"MZ": "Windows 程序",
    b"\x7fELF": "程序",
    b"SQLite format 3": "SQLite 数据库",
    b"PAR1": "Parquet 数据文件",
    b"\x00\x00\x02\x00": "Lotus 1-2-3 表格（.wk1）",
    b"\x00\x00\x1a\x00": "Lotus 1-2-3 表格（.wk3）",
    b"\x00" * 16: "只有零字节的文件，没有内容",
    b"\x00\x01\x00\x00Standard": "Access 数据库",
}
_OLE_STREAMS: Final = {
    "WordDocument": "Word 97—2003 文档（.doc）",
    "PowerPoint Document": "PowerPoint 97—2003 演示文稿（.ppt）",
    "VisioDocument": "Visio 图（.vsd）",
    "__properties_version1.0": "Outlook 邮件（.msg）",
}
_ZIP_ENTRIES: Final = (
    ("word/", "Word 文档（.docx）"),
    ("ppt/", "PowerPoint 演示文稿（.pptx）"),
    ("content.xml", "OpenDocument 文件（.ods、.odt）"),
    ("ofd.xml", "OFD 版式文件"),
    ("meta-inf/manifest.mf", "Java 程序包"),
    ("androidmanifest.xml", "安卓安装包"),
)
_ROOT: Final = re.compile(r"<(?![?!])(?:[\w.-]+:)?([\w.-]{1,60})")


_DBF_VERSIONS: Final = b"\x02\x03\x30\x31\x32\x43\x63\x83\x8b\x8e\xcb\xf5"
_MAIL_LINE: Final = re.compile(
    rb"(?i)(?:received|return-path|delivered-to|from|to|subject|date|message-id|reply-to|x-[\w-]+):"
)


def by_first_bytes(head: bytes) -> str | None:
    """The name of a kind of file that is no text and no workbook."""
    for magic, kind in _MAGIC.items():
        if head.startswith(magic):
            return kind
    if _is_dbf(head):
        return "dBase 表格（.dbf）"
    lines = head.lstrip(b"\xef\xbb\xbf").splitlines()[:3]
    # A page that a browser saved is mail by its form; its first line says MIME-Version.
    if len([line for line in lines if _MAIL_LINE.match(line)]) > 1:
        return "邮件（.eml）"
    return None


def _is_dbf(head: bytes) -> bool:
    """By its version, the month and day of its last change, and the reserved zeros."""
    return (
        len(head) >= 32
        and head[0] in _DBF_VERSIONS
        and 1 <= head[2] <= 12
        and 1 <= head[3] <= 31
        and head[12:14] == b"\0\0"
    )


def of_container(streams: Iterable[str]) -> str | None:
    """The name of an OLE document that is no workbook."""
    names = set(streams)
    return next((kind for stream, kind in _OLE_STREAMS.items() if stream in names), None)


def of_package(entries: Iterable[str]) -> str | None:
    """The name of a zip package that is no workbook; the entries in lower case, with `/`."""
    names = list(entries)
    for start, kind in _ZIP_ENTRIES:
        if any(name.startswith(start) for name in names):
            return kind
    inside = [name for name in names if name.endswith((".xlsx", ".xls", ".csv", ".json"))]
    if inside:
        return f"压缩包，内有 {'、'.join(inside[:3])}，请先解压"
    return None


def xml_root(text: str) -> str:
    """The name of the outermost element, "" for none."""
    found = _ROOT.search(text[:20_000])
    return found[1] if found else ""
