"""Classification against SnowNLP on the same letters, in one run on one core.

    python -m benchmarks.classify [--data FOLDER]

Without a data folder it uses invented letters; with one, the posts in
`messages/`. It prints milliseconds and ratios; it asserts nothing.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
import time
import tomllib
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

from classifiers.base import Classifier, Text
from classifiers.matter.similar import SimilarCases
from classifiers.rules.engine import RulesClassifier
from classifiers.rules.tables import RuleTables

_CONFIG = Path(__file__).resolve().parent.parent / "config"
_LENGTHS = (100, 270, 430)
_TOGETHER = 40
_SENTENCES = (
    "我是青禾花园三期的业主，小区交付两年了，电梯经常出故障，老人孩子被困过好几次。",
    "物业公司只收费不维修，业委会也不公开账目，公共收益去了哪里没有人知道。",
    "北门口的路灯坏了半年，晚上一片漆黑，雨天路面积水严重，行人只能走机动车道。",
    "旁边工地夜里两点还在施工，噪音和粉尘让大家无法入睡，打了热线也只是登记。",
    "多次向社区和街道反映，得到的答复都是正在协调，至今没有任何结果。",
    "请问什么时候能够解决？恳请领导重视，给业主们一个明确的答复，谢谢！",
)


def letters(count: int) -> list[Text]:
    """Invented letters of more than 430 characters, each in another order."""
    made: list[Text] = []
    for number in range(count):
        shift = number % len(_SENTENCES)
        body = "".join((*_SENTENCES[shift:], *_SENTENCES[:shift])) * 3
        made.append(Text(f"反映青禾花园{number}号楼电梯故障和物业不作为的问题", body))
    return made


def posts(data: Path, count: int) -> list[Text]:
    """Real posts of at least 430 characters."""
    from classifiers.training.datasets import message_posts

    texts = (post.text for post in message_posts(data))
    long = (text for text in texts if len(text.title + text.body) >= _LENGTHS[-1])
    return [text for text in islice(long, count) if len(text.title) < _LENGTHS[0]]


def cut(texts: Sequence[Text], length: int) -> list[Text]:
    """The texts, title and body together cut at `length` characters."""
    return [Text(text.title, text.body[: length - len(text.title)]) for text in texts]


def resident() -> float:
    """Resident memory of this process in MB."""
    import psutil

    return float(psutil.Process().memory_info().rss) / 1e6


def milliseconds(
    run: Callable[[Sequence[Text]], object], texts: Sequence[Text], size: int, rounds: int
) -> float:
    """CPU milliseconds of one text, `size` of them in a call; the best round of each call."""
    calls = [texts[start : start + size] for start in range(0, len(texts), size)]
    best = [float("inf")] * len(calls)
    for _ in range(rounds):
        for number, call in enumerate(calls):
            start = time.process_time()
            run(call)
            best[number] = min(best[number], time.process_time() - start)
    return sum(best) / len(texts) * 1e3


def against_snownlp(
    model: Classifier, rules: Classifier, texts: Sequence[Text], length: int
) -> dict[str, float]:
    """Milliseconds a text for texts of `length` characters, and how many times faster."""
    from classifiers.snownlp.engine import positive

    together = milliseconds(model.classify, texts, _TOGETHER, 7)
    alone = milliseconds(model.classify, texts, 1, 5)
    by_rules = milliseconds(rules.classify, texts, _TOGETHER, 5)
    theirs = milliseconds(lambda few: [positive(t.title + t.body) for t in few], texts[:20], 1, 3)
    return {
        f"model_ms_{length}": round(together, 3),
        f"model_one_by_one_ms_{length}": round(alone, 3),
        f"rules_ms_{length}": round(by_rules, 3),
        f"snownlp_sentiment_ms_{length}": round(theirs, 1),
        f"times_faster_than_snownlp_{length}": round(theirs / together),
        f"times_faster_one_by_one_{length}": round(theirs / alone),
    }


def similar_milliseconds(texts: Sequence[Text], cases: int) -> tuple[float, float]:
    """Mean and worst query time over `cases` answered cases."""
    index = SimilarCases()
    for number in range(cases):
        one, other = texts[number % len(texts)], texts[(number * 7 + number // 97) % len(texts)]
        cut = number % 90
        index.add(f"c{number}", Text(one.title, other.body[cut:] + one.body[: cut + number % 11]))
    taken: list[float] = []
    for text in texts[:100]:
        start = time.process_time()
        index.find(text)
        taken.append((time.process_time() - start) * 1e3)
    return sum(taken) / len(taken), max(taken)


def main(arguments: Sequence[str] = ()) -> None:
    """Without arguments: invented letters and 100,000 cases, as `make bench` runs it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--data", type=Path, default=None, help="folder that holds messages/")
    parser.add_argument("--count", type=int, default=400, help="letters per round")
    parser.add_argument("--cases", type=int, default=100_000, help="cases to search; 0 skips it")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    texts = posts(options.data, options.count) if options.data else letters(options.count)

    tables = RuleTables.from_tables(
        *(
            tomllib.loads((_CONFIG / f"{name}.toml").read_text(encoding="utf-8"))
            for name in ("topics", "kinds", "risk")
        )
    )
    gc.collect()
    before = resident()
    from classifiers.model.engine import load_model

    start = time.process_time()
    model = load_model(tables)
    loading = (time.process_time() - start) * 1e3
    model.classify(texts[:20])
    memory = resident() - before
    rules = RulesClassifier(tables)

    from classifiers.snownlp.engine import positive

    positive("热身")
    result: dict[str, float] = {"load_ms": round(loading), "memory_mb": round(memory, 1)}
    for length in _LENGTHS:
        result |= against_snownlp(model, rules, cut(texts, length), length)
    if options.cases:
        mean, worst = similar_milliseconds(texts, options.cases)
        result |= {"similar_ms": round(mean, 2), "similar_worst_ms": round(worst, 2)}
    if options.json:
        print(json.dumps(result))
        return
    print(f"model {model.version}")
    for name, value in result.items():
        print(f"{name:34} {value:>10}")


if __name__ == "__main__":
    main(sys.argv[1:])
