"""Files that people put in at the desk: proofs, photos, papers.

The bytes lie in the office's store (`sinks.files`). What a file is, is read from its
bytes; what is not on the list is not taken. Nothing of it is ever run.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO, Final, Self

from msgspec import Struct

from cases.words.actors import Actor
from desk.ground.context import DeskContext
from desk.ground.deskfile import DeskFile
from desk.ground.office_settings import file_store
from sinks.files import FileStore, is_sha

_STEPS = (
    """
    CREATE TABLE uploads (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        sha TEXT NOT NULL, name TEXT NOT NULL, media_type TEXT NOT NULL, size INTEGER NOT NULL,
        case_id TEXT NOT NULL, purpose TEXT NOT NULL, at TEXT NOT NULL,
        by TEXT NOT NULL, unit TEXT NOT NULL,
        UNIQUE (sha, case_id, purpose)
    );
    CREATE INDEX uploads_case ON uploads (case_id, position)
    """,
)
_LONGEST_NAME: Final = 120
_HEAD: Final = 4096
_MOST_PARTS: Final = 5_000
"""Of a docx or xlsx: more is no paper of an office."""


class UploadError(ValueError):
    """The file cannot be taken; the text says what was expected and found, in Chinese."""


class Purpose(StrEnum):
    """The value is stored and shown."""

    MATERIAL = "来件材料"
    CONTACT = "联系记录"
    PROOF = "答复凭证"
    EVIDENCE = "办理佐证"


class MediaType(StrEnum):
    PNG = "image/png"
    JPEG = "image/jpeg"
    PDF = "application/pdf"
    DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    M4A = "audio/mp4"
    MP3 = "audio/mpeg"


ENDINGS: Final = {
    MediaType.PNG: (".png",),
    MediaType.JPEG: (".jpg", ".jpeg"),
    MediaType.PDF: (".pdf",),
    MediaType.DOCX: (".docx",),
    MediaType.XLSX: (".xlsx",),
    MediaType.M4A: (".m4a",),
    MediaType.MP3: (".mp3",),
}
INLINE: Final = frozenset((MediaType.PNG, MediaType.JPEG, MediaType.M4A, MediaType.MP3))
"""What a browser may show in place; everything else is saved."""


class FileRef(Struct, frozen=True, kw_only=True):
    """A file of a case."""

    sha: str
    """SHA-256, 64 hex digits."""
    name: str
    media_type: MediaType
    size: int
    """Bytes."""
    case_id: str
    purpose: Purpose
    at: datetime
    by: str
    """Account."""
    unit: str

    @property
    def href(self) -> str:
        return f"/files/{self.sha}"


class Uploads:
    def __init__(self, file: DeskFile, kept: FileStore) -> None:
        self._file = file
        self.kept = kept
        self.most_bytes = kept.most_bytes
        file.ensure("uploads", _STEPS)

    @classmethod
    def open(cls, desk: DeskContext) -> Self:
        return cls(desk.file, file_store(desk.settings))

    def store(
        self,
        data: BinaryIO,
        name: str,
        *,
        case_id: str,
        purpose: Purpose,
        by: Actor,
        at: datetime,
    ) -> FileRef:
        """Takes a file in; the same file for the same purpose again is the one that is
        there. Raises `UploadError`."""
        name = safe_name(name)
        with self.kept.new() as out:
            sha, size = _copied(data, out, self.most_bytes)
            media_type = sniffed(Path(out.name))
            _check_ending(name, media_type)
            self.kept.put(out, sha)
        with self._file.writing() as db:
            db.execute(
                "INSERT INTO uploads (sha, name, media_type, size, case_id, purpose, at, by, unit) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (
                    sha,
                    name,
                    media_type.value,
                    size,
                    case_id,
                    purpose.value,
                    at.isoformat(),
                    by.id,
                    by.unit,
                ),
            )
        return next(
            one for one in self.of_case(case_id) if one.sha == sha and one.purpose is purpose
        )

    def of_case(self, case_id: str) -> tuple[FileRef, ...]:
        """In the order in which they came."""
        return self._found(case_id=case_id) if case_id else ()

    def of_sha(self, sha: str) -> tuple[FileRef, ...]:
        """Everything that refers to these bytes; empty for what is no SHA-256."""
        return self._found(sha=sha) if is_sha(sha) else ()

    def path(self, ref: FileRef) -> Path:
        return self.kept.path(ref.sha)

    def _found(self, *, case_id: str = "", sha: str = "") -> tuple[FileRef, ...]:
        with self._file.reading() as db:
            rows = db.execute(
                "SELECT sha, name, media_type, size, case_id, purpose, at, by, unit "
                "FROM uploads WHERE (? = '' OR case_id = ?) AND (? = '' OR sha = ?) "
                "ORDER BY position",
                (case_id, case_id, sha, sha),
            ).fetchall()
        return tuple(
            FileRef(
                sha=digest,
                name=name,
                media_type=MediaType(media_type),
                size=size,
                case_id=case,
                purpose=Purpose(purpose),
                at=datetime.fromisoformat(at),
                by=by,
                unit=unit,
            )
            for digest, name, media_type, size, case, purpose, at, by, unit in rows
        )


def safe_name(name: str) -> str:
    """The last part of a name, without what a shell, a header or a reader trips over."""
    last = PurePosixPath(name.replace("\\", "/")).name
    kept = "".join(
        "_" if not char.isprintable() or char in '<>:"/|?*' else char for char in last
    ).strip(" .")
    stem, dot, ending = kept.rpartition(".")
    if len(kept) > _LONGEST_NAME:
        kept = (
            f"{stem[: _LONGEST_NAME - len(ending) - 1]}.{ending}" if dot else kept[:_LONGEST_NAME]
        )
    return kept or "文件"


def _copied(data: BinaryIO, out: IO[bytes], most: int) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    for chunk in _chunks(data):
        size += len(chunk)
        if size > most:
            raise UploadError(f"文件最大 {most >> 20} MB，这个更大。请压缩或分成几个再传。")
        digest.update(chunk)
        out.write(chunk)
    if not size:
        raise UploadError("这个文件是空的，请重新选择。")
    out.flush()
    return digest.hexdigest(), size


def _chunks(data: BinaryIO) -> Iterator[bytes]:
    while chunk := data.read(1 << 20):
        yield chunk


# -- what a file is --------------------------------------------------------------


def sniffed(path: Path) -> MediaType:
    """What the bytes say. Raises `UploadError` for what is not taken."""
    with path.open("rb") as data:
        head = data.read(_HEAD)
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return MediaType.PNG
    if head.startswith(b"\xff\xd8\xff"):
        return MediaType.JPEG
    if head.startswith(b"%PDF-"):
        return MediaType.PDF
    if head.startswith(b"PK\x03\x04"):
        return _office_paper(path)
    if head[4:8] == b"ftyp" and head[8:11] in (b"M4A", b"M4B", b"mp4", b"iso", b"3gp"):
        return MediaType.M4A
    if head.startswith(b"ID3") or _mp3_frame(head):
        return MediaType.MP3
    raise UploadError(_TAKEN)


_TAKEN: Final = (
    "只收图片（png、jpg）、PDF、Word（docx）、Excel（xlsx）和录音（m4a、mp3），"
    "这个文件的内容不是其中之一。请另存为这些格式再传。"
)


def _mp3_frame(head: bytes) -> bool:
    """A frame of MPEG layer III with a bit rate and a sampling rate that exist."""
    return (
        len(head) > 3
        and head[0] == 0xFF
        and head[1] & 0xE6 == 0xE2
        and head[2] >> 4 not in (0x0, 0xF)
        and (head[2] >> 2) & 0x3 != 0x3
    )


def _office_paper(path: Path) -> MediaType:
    """A docx or xlsx without macros; nothing of it is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as paper:
            names = paper.namelist()
    except (zipfile.BadZipFile, OSError, ValueError):
        raise UploadError("这个文件已损坏，打不开。请重新导出后再传。") from None
    if len(names) > _MOST_PARTS or "[Content_Types].xml" not in names:
        raise UploadError(_TAKEN)
    if any(name.lower().endswith(("vbaproject.bin", ".exe", ".dll")) for name in names):
        raise UploadError("这个文件带有宏或程序，不能上传。请另存为不带宏的 docx 或 xlsx。")
    if "word/document.xml" in names:
        return MediaType.DOCX
    if "xl/workbook.xml" in names:
        return MediaType.XLSX
    raise UploadError(_TAKEN)


def _check_ending(name: str, media_type: MediaType) -> None:
    ending = PurePosixPath(name).suffix.lower()
    wanted = ENDINGS[media_type]
    if ending not in wanted:
        raise UploadError(
            f"文件名应以 {' 或 '.join(wanted)} 结尾（内容是 {media_type.name}），"
            f"实际是“{ending or '没有后缀'}”。请改名后再传。"
        )
