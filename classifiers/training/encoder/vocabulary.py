"""The tokenizer cut to the pieces that Chinese messages need."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct
from tokenizers import Tokenizer

MOST_PIECES = 24_000
"""With 384 bytes to a piece (int8) 9 MB; the layers take 21."""

PREFIX = "query: "
"""What the model was trained to see before a text."""

_SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
_USUAL = re.compile(r"[▁\x21-\x7e]{1,2}|▁?[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
"""Pieces kept whether they were seen or not: single Han characters and marks, short ASCII."""


class Cut(Struct, frozen=True):
    """A smaller tokenizer (its JSON), and the number of each of its pieces in the whole one."""

    tokenizer: str
    kept: list[int]


def cut(whole: Path, texts: Iterable[str], most: int = MOST_PIECES) -> Cut:
    """Keep the special pieces, the usual ones, and those seen most often in `texts`.

    A text with pieces that were cut is read in smaller ones, as the tokenizer does by itself.
    """
    description = json.loads(whole.read_text(encoding="utf-8"))
    pieces = description["model"]["vocab"]
    tokenizer = Tokenizer.from_str(json.dumps(description))
    seen: Counter[int] = Counter()
    for text in texts:
        seen.update(tokenizer.encode(PREFIX + text).ids)
    places = {piece: number for number, (piece, _) in enumerate(pieces)}
    chosen = {places[piece] for piece in _SPECIAL}
    chosen |= {places[piece] for piece in places if _USUAL.fullmatch(piece) and piece in places}
    chosen |= set(tokenizer.encode(PREFIX).ids)
    for number, _ in seen.most_common():
        if len(chosen) >= most:
            break
        if number < len(pieces):
            chosen.add(number)
    kept = sorted(chosen)
    description["model"]["vocab"] = [pieces[number] for number in kept]
    special = [item for item in description["added_tokens"] if item["content"] in _SPECIAL]
    description["added_tokens"] = special
    return Cut(json.dumps(description, ensure_ascii=False), kept)
