"""Text into the numbered pieces that the encoder reads.

The pieces of a text are those whose scores have the highest sum (a unigram model, as SentencePiece
cuts). The numbers are those of the package `tokenizers` with the same table, which a training run
checks; without it the desk needs nothing that is made to load models from a network.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from math import inf

START, END, UNKNOWN = 0, 2, 3
"""Numbers of the marks around a text, and of a character that no piece has."""

PREFIX = "query: "
"""What the encoder was trained to see before a text."""

_SPACE = "▁"
_PER_PIECE = 8
"""More characters of one piece than Chinese text ever has: what lies beyond is not looked at."""
_UNKNOWN_COST = 10.0
"""How much worse than the rarest piece an unknown character is, as in SentencePiece."""
_INVISIBLE = re.compile(
    "[\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]"
)
_TILDE = "～"
_GAP = re.compile(r"\s+")


class Pieces:
    """The table: each piece and its score (the logarithm of how common it is)."""

    def __init__(self, table: Sequence[tuple[str, float]]) -> None:
        self._numbers: Mapping[str, tuple[int, float]] = {
            piece: (number, score)
            for number, (piece, score) in enumerate(table)
            if number > UNKNOWN
        }
        self._longest = max((len(piece) for piece in self._numbers), default=1)
        rarest = min((score for _, score in self._numbers.values()), default=0.0)
        self._unknown = rarest - _UNKNOWN_COST

    def numbers(self, text: str, most: int) -> list[int]:
        """The pieces of `PREFIX` and the text, at most `most`, the marks included."""
        written = PREFIX + normal(text[: most * _PER_PIECE])
        found = self._best(_SPACE + written.strip().replace(" ", _SPACE))
        return [START, *found[: most - 2], END]

    def _best(self, text: str) -> list[int]:
        size = len(text)
        best = [0.0, *[-inf] * size]
        before = [0] * (size + 1)
        number = [UNKNOWN] * (size + 1)
        known, longest = self._numbers, self._longest
        for start in range(size):
            so_far = best[start]
            for end in range(start + 1, min(start + longest, size) + 1):
                piece = known.get(text[start:end])
                if piece is not None and so_far + piece[1] > best[end]:
                    best[end], before[end], number[end] = so_far + piece[1], start, piece[0]
            if best[start + 1] == -inf:
                best[start + 1], before[start + 1] = so_far + self._unknown, start
                number[start + 1] = UNKNOWN
        found: list[int] = []
        end = size
        while end:
            # Unknown characters in a row are one unknown piece.
            if not (number[end] == UNKNOWN and found and found[-1] == UNKNOWN):
                found.append(number[end])
            end = before[end]
        return found[::-1]


def normal(text: str) -> str:
    """Compatible characters in one spelling, every gap one space, nothing invisible: `nmt_nfkc` of
    SentencePiece, which is NFKC but for the wide tilde."""
    parts = _INVISIBLE.sub("", text).split(_TILDE)
    return _GAP.sub(" ", _TILDE.join(unicodedata.normalize("NFKC", part) for part in parts))
