"""How well masking works: against labelled texts, and on texts that nobody labelled.

Of a labelled piece nothing may be left by which it could be used:

- a number, code or account: at most four of its letters and digits in a row, as in
  138****5678, the area code of a fixed line and +86 apart;
- a mail address: at most two characters before the @;
- an address: none of its digits and numerals, and something hidden;
- a name (labelled by the given name): nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final

from msgspec import Struct

from cases.privacy.masking import PersonalData, Span
from cases.privacy.masking_contacts import MAIL_SIGN
from cases.privacy.text_normalization import normalize

_READABLE_IN_A_ROW: Final = 4
_READABLE_OF_MAIL: Final = 2
_NUMERAL: Final = re.compile("[0-9一二三四五六七八九十百零〇○]")
_MARKS: Final = re.compile(r"[\W_]+")
_AREA: Final = re.compile(r"^(?:\(?0(?:10|2\d|\d{3})\)?|(?:\+|00)86)[ -]*")
_AT: Final = MAIL_SIGN


class Piece(Struct, frozen=True):
    """What must not be readable; places in code points, half open."""

    text: str
    kind: str
    start: int
    end: int


class Labelled(Struct, frozen=True):
    """One line of a labelled set."""

    id: str
    form: str
    text: str
    mask: tuple[Piece, ...] = ()
    keep: tuple[str, ...] = ()
    """What must stay readable."""
    split: str = ""


class Score(Struct):
    """Counts of one kind or form."""

    labelled: int = 0
    hidden: int = 0

    @property
    def recall(self) -> float:
        return self.hidden / self.labelled if self.labelled else 1.0


class Checked(Struct, kw_only=True):
    """What came of a labelled set. `precision`: share of the masked spans that hold a
    labelled piece."""

    texts: int
    by_kind: dict[str, Score]
    by_form: dict[str, Score]
    spans: int
    right_spans: int
    kept: int
    kept_broken: int
    missed: list[str]
    """Ids of texts with a piece that is left."""
    wrong: list[str]
    """Ids of texts in which something else was masked."""

    @property
    def precision(self) -> float:
        return self.right_spans / self.spans if self.spans else 1.0


def check(
    items: Iterable[Labelled],
    mask: Callable[[str], str],
    find: Callable[[str], tuple[Span, ...]],
) -> Checked:
    kinds: dict[str, Score] = {}
    forms: dict[str, Score] = {}
    totals: Counter[str] = Counter()
    missed: list[str] = []
    wrong: list[str] = []
    for item in items:
        totals["texts"] += 1
        masked = mask(item.text)
        for piece in item.mask:
            hidden = is_hidden(piece, masked)
            for score in (
                kinds.setdefault(piece.kind, Score()),
                forms.setdefault(item.form, Score()),
            ):
                score.labelled += 1
                score.hidden += hidden
            if not hidden and item.id not in missed[-1:]:
                missed.append(item.id)
        spans = [one for one in find(item.text) if "*" in masked[one.start : one.end]]
        right = [one for one in spans if _holds_piece(one, item)]
        broken = sum(_is_broken(kept, item.text, masked) for kept in item.keep)
        totals["spans"] += len(spans)
        totals["right"] += len(right)
        totals["kept"] += len(item.keep)
        totals["broken"] += broken
        if broken or len(right) < len(spans):
            wrong.append(item.id)
    return Checked(
        texts=totals["texts"],
        by_kind=kinds,
        by_form=forms,
        spans=totals["spans"],
        right_spans=totals["right"],
        kept=totals["kept"],
        kept_broken=totals["broken"],
        missed=missed,
        wrong=wrong,
    )


def is_hidden(piece: Piece, masked: str) -> bool:
    """Whether the piece is unreadable in the masked text, which is as long as the text."""
    left = masked[piece.start : piece.end]
    if left == piece.text:
        return False
    if piece.kind == "name":
        return not any(char.isalpha() for char in left)
    plain = normalize(left).text
    if piece.kind == "address":
        return not _NUMERAL.search(plain)
    if piece.kind == "email":
        return len(_AT.split(plain)[0].replace("*", "").strip()) <= _READABLE_OF_MAIL
    if piece.kind == "phone":
        plain = _AREA.sub("", plain)
    runs = plain.replace("*", "\0").split("\0")
    return all(len(_MARKS.sub("", run)) <= _READABLE_IN_A_ROW for run in runs)


def _holds_piece(span: Span, item: Labelled) -> bool:
    return any(span.start < piece.end and piece.start < span.end for piece in item.mask)


def _is_broken(kept: str, text: str, masked: str) -> bool:
    """Whether a piece that must stay readable is changed in any place."""
    at = text.find(kept)
    while at >= 0:
        if masked[at : at + len(kept)] != kept:
            return True
        at = text.find(kept, at + 1)
    return False


def title_only(span: Span) -> bool:
    """A surname before a title (王先生) is found but stays readable."""
    return span.kind is PersonalData.NAME and len(span.text) == 1
