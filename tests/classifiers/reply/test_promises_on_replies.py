"""How well promises are found in real replies.

520 sentences of the replies were read twice, the second time in another order and with the
sentences around them; `promise_labels.csv` says which days each promises (none, several, or
`w60` for sixty working days). Rules were chosen with one half; the other is the figure. The
replies themselves are not in this repository.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from classifiers.reply.promises import SENTENCE, find_promises

LABELS = Path(__file__).with_name("promise_labels.csv")


def found_in(sentence: str, replied_on: date) -> set[str]:
    promises = find_promises(sentence, replied_on)
    return {
        str(promise.due) if promise.due else f"w{promise.working_days}"
        for promise in promises
        if promise.due or promise.working_days
    }


@pytest.fixture(scope="module")
def replies(root: Path) -> dict[str, tuple[date, list[str]]]:
    data = root.parent / "shared/data/messages/replies.csv"
    if not data.exists():
        pytest.skip(f"without the replies ({data})")
    with data.open(encoding="utf-8-sig", newline="") as file:
        return {
            row["留言编号"]: (
                date(*(int(part) for part in re.findall(r"\d+", row["答复时间"])[:3])),
                [match.group() for match in SENTENCE.finditer(row["答复意见"])],
            )
            for row in csv.DictReader(file)
            if row["答复时间"]
        }


@pytest.mark.parametrize("half", ["choosing", "final"])
def test_precision_and_recall(half: str, replies: dict[str, tuple[date, list[str]]]) -> None:
    counts: Counter[str] = Counter()
    with LABELS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["half"] != half:
                continue
            replied_on, sentences = replies[row["letter"]]
            meant = set(row["due"].split())
            found = found_in(sentences[int(row["sentence"])], replied_on)
            counts.update(sentences=1, right=len(found & meant), found=len(found), meant=len(meant))
    assert counts["sentences"] >= 150
    assert counts["right"] / counts["found"] >= 0.95, counts
    assert counts["right"] / counts["meant"] >= 0.90, counts
