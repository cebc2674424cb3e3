"""What a program read in a picture that came with a message (图片文字)."""

from __future__ import annotations

from pathlib import PurePath
from typing import Final

from msgspec import Struct

from cases.record.item import Attachment
from cases.words.labels import Evidence

READ_AS: Final = "图片文字（机器识别）"
"""How it is headed wherever it is shown: nobody typed it, and it may be wrong."""
ENDINGS: Final = frozenset(
    {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".pdf"}
)


class PictureText(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The text of one attachment, and the danger that it tells of."""

    sha: str
    """Which bytes were read: `Attachment.sha`."""
    name: str
    pages: tuple[str, ...] = ()
    """The text by page; "" for a page without any."""
    unread: str = ""
    """Why it was not read, or not to its end, in Chinese; "" where all of it was."""
    engine: str = ""
    """What read it, with its version, as "rapidocr 3.10.0"."""
    model: str = ""
    """Version of the classifier that looked for danger."""
    risk: tuple[str, ...] = ()
    urgent: bool = False
    loud: bool = False
    evidence: tuple[Evidence, ...] = ()
    """The words for risk and urgency; `start` and `end` count in `text`."""

    @property
    def text(self) -> str:
        """All pages, in the order of the file."""
        return "\n".join(self.pages)


def may_be_read(file: Attachment) -> bool:
    """Whether the office has the bytes, and they may be a picture or a scanned paper. What they
    are is decided by the bytes, when they are read."""
    if not file.sha:
        return False
    media = file.media_type.partition(";")[0].strip().lower()
    shown = media.partition("/")[0] == "image" or media == "application/pdf"
    return shown or PurePath(file.name).suffix.lower() in ENDINGS


def evidence_field(number: int) -> str:
    """`Evidence.field` of the picture with this number in the case, from 1."""
    return f"{_FIELD}{number}"


def picture_number(field: str) -> int:
    """The number of the picture that a piece of evidence stands in; 0 for none."""
    number = field.removeprefix(_FIELD)
    return int(number) if number != field and number.isdecimal() else 0


_FIELD: Final = "picture:"
