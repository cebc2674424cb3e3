"""What several messages have in common, in words that people can read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from classifiers.matter.everyday import share

_HAN: Final = re.compile(r"[\u3400-\u9fff]+")
_LONGEST: Final = 5
_EVERYDAY: Final = 0.02
"""A word whose pairs are in more letters tells no subject."""
_FRAYED: Final = re.compile(
    "[的了是在有和与就都也很不没着过们这那个]|^[上下里中家来去]|[上下里中家来去]$"
)


def common_words(texts: Sequence[str], most: int = 3) -> tuple[str, ...]:
    """The words that most of `texts` share, the most shared first, none within another: at least
    two texts and a third of them have each."""
    holding: Counter[str] = Counter()
    for text in texts:
        pieces = {
            run[start : start + size]
            for run in _HAN.findall(text)
            for size in range(2, _LONGEST + 1)
            for start in range(len(run) - size + 1)
        }
        holding.update(piece for piece in pieces if _tells(piece))
    fewest = max(2, len(texts) / 3)
    ranked = sorted(
        (piece for piece, n in holding.items() if n >= fewest),
        key=lambda piece: (-holding[piece] * len(piece) ** 0.5, piece),
    )
    chosen: list[str] = []
    for piece in ranked:
        if not any(piece in other or other in piece or _overlap(piece, other) for other in chosen):
            chosen.append(piece)
        if len(chosen) == most:
            break
    return tuple(chosen)


def _tells(piece: str) -> bool:
    if _FRAYED.search(piece):
        return False
    return all(share(piece[at : at + 2]) < _EVERYDAY for at in range(len(piece) - 1))


def _overlap(left: str, right: str) -> bool:
    """Whether one begins with what the other ends with: 自来水 and 来水发黄."""
    return any(
        left.endswith(right[:size]) or right.endswith(left[:size])
        for size in range(2, min(len(left), len(right)))
    )
