"""`make bench`: what masking costs a message, beside one plain pattern over the same text."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Sequence

from benchmarks import messages
from cases.privacy.masking import mask

LETTERS = 600
ROUNDS = 5
PLAIN = re.compile(r"1[3-9][0-9]{9}|[1-9][0-9]{16}[0-9Xx]|0[0-9]{2,3}-?[0-9]{7,8}")
"""The least that could be called masking: mobile, identity and fixed-line numbers."""
SIGNED = ("", "", "", "，联系人李建国，电话13812345678", "。我家住3栋2单元501室。")
"""Two letters of five hold personal data, as real ones do at most."""


def microseconds(work: Callable[[str], object], letters: Sequence[str]) -> float:
    """Processor time a letter, the best of some rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        for letter in letters:
            work(letter)
        best = min(best, time.process_time() - start)
    return best / len(letters) * 1e6


def main() -> None:
    random_ = random.Random(7)
    letters = [
        messages.text(random_, messages.TROUBLES, random_.randrange(200, 420))
        + random_.choice(SIGNED)
        for _ in range(LETTERS)
    ]
    size = sum(map(len, letters)) / len(letters)
    masking = microseconds(mask, letters)
    plain = microseconds(lambda letter: PLAIN.sub("*", letter), letters)
    print(f"{LETTERS} letters of {size:.0f} characters")
    print(f"masking       {masking:8.1f} µs a letter")
    print(f"one pattern   {plain:8.1f} µs a letter, masking is {masking / plain:.1f} times that")
