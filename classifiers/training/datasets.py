"""Training and test files as examples. The data stays outside of the repository.

Posts come in two forms: raw, and as the space-separated words that were left
after stop words were removed; both end up as title and body.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from classifiers.base import Text
from classifiers.text.near import groups

SENTIMENT_CLASSES = ("negative", "neutral", "positive")

_GAP = re.compile(r"\s{4,}|\u3000+")
_LONGEST_TITLE = 80
_EMOTIONS = {
    "happy": "positive",
    "neutral": "neutral",
    "angry": "negative",
    "sad": "negative",
    "fear": "negative",
}
_CITY = re.compile(r"(?<![A-Za-z])([A-Z])\d{0,2}\s*[市区县]")

HANGZHOU_TOPICS = {
    "城建": ("城乡建设",),
    "交通": ("交通运输", "政法"),
    "环保": ("环境保护",),
    "教育": ("教育文体",),
    "医疗": ("卫生计生",),
    "就业": ("劳动和社会保障",),
    "治安": ("政法",),
    "三农": ("农村农业", "国土资源"),
    "旅游": ("商贸旅游",),
    "企业": ("商贸旅游", "经济管理"),
    "金融": ("经济管理",),
    "文娱": ("教育文体",),
    "政务": ("党务政务", "纪检监察", "民政"),
}
"""领导留言板 domains to the first-level topics that may answer for them.

The domains are chosen by the writer and cut otherwise than the tree: traffic
lights and parking are 政法/交通管理 there and 交通 here.
"""

HANGZHOU_TOPICS_BY_TREE = HANGZHOU_TOPICS | {
    "交通": ("交通运输", "政法", "城乡建设"),
    "环保": ("环境保护", "城乡建设"),
    "治安": ("政法", "环境保护"),
    "三农": ("农村农业", "国土资源", "城乡建设"),
}
"""The same, with what the tree itself files elsewhere.

公共汽车 and 地铁城铁, 园林绿化环卫 and 村镇建设 are second and third levels of 城乡建设
there; noise, what most writers mean by 治安, is 环境保护/环境污染/噪音污染. 政务 is what
writers choose for anything, and stays strict.
"""


class DataError(ValueError):
    """A data file is missing or does not have the expected columns."""


class Example(Struct, frozen=True):
    """One post. `group` is the same for posts that must not be split apart."""

    text: Text
    label: str
    group: int
    city: str = ""
    """Letter of the masked city, empty when there is none."""
    raw: bool = True
    """False when only the words without stop words are known."""
    words: str = ""
    """The words separated by blanks, where the file has them."""


def read_rows(path: Path, *columns: str) -> Iterator[dict[str, str]]:
    """Rows of a CSV file. Raises `DataError` naming the missing file or column."""
    if not path.is_file():
        raise DataError(f"{path}: no such data file; check --data")
    csv.field_size_limit(1 << 30)
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        missing = [name for name in columns if name not in (reader.fieldnames or ())]
        if missing:
            raise DataError(
                f"{path.name}: no column {', '.join(missing)}; found {reader.fieldnames}"
            )
        for row in reader:
            yield {name: value or "" for name, value in row.items() if name}


def topic_posts(data: Path) -> list[Example]:
    """The labelled 智慧政务 posts, grouped by `group` and by near duplication."""
    rows = list(read_rows(data / "topics" / "train.csv", "group", "label", "text", "tokens"))
    texts = [_post(row["text"], row["tokens"]) for row in rows]
    # Raw and token form of one post differ in stop words, so tokens are compared.
    near = groups([row["tokens"] or row["text"] for row in rows], threshold=0.5)
    merged = _merge_groups([row["group"] for row in rows], near)
    return [
        Example(
            text=text,
            label=row["label"],
            group=group,
            city=_city(row["text"] or row["tokens"]),
            raw=bool(row["text"]),
            words=row["tokens"],
        )
        for row, text, group in zip(rows, texts, merged, strict=True)
    ]


def message_posts(data: Path) -> list[Example]:
    """Posts without a topic label: those with replies and the hotspot posts."""
    rows = [
        row
        for name in ("replies.csv", "hotspot.csv")
        for row in read_rows(data / "messages" / name, "留言主题", "留言详情")
    ]
    return [
        Example(
            text=Text(row["留言主题"].strip(), row["留言详情"].strip()),
            label="",
            group=index,
            city=_city(row["留言主题"] + row["留言详情"]),
        )
        for index, row in enumerate(rows)
    ]


class LiuyanPost(Struct, frozen=True):
    """A 领导留言板 post with the domain and type its writer chose."""

    text: Text
    domain: str
    type: str
    held_out: bool
    """Whether it belongs to the half that nothing is trained on."""


def hangzhou_posts(data: Path) -> list[LiuyanPost]:
    """领导留言板 posts: one half may be trained on, the other half is the second test.

    The id of a post decides its half; near duplicates go with the first of them.
    """
    columns = ("tid", "title", "content", "domain", "type")
    rows = list(read_rows(data / "liuyan" / "hangzhou.csv", *columns))
    near = groups([row["title"] + row["content"] for row in rows], threshold=0.5)
    return [
        LiuyanPost(
            Text(row["title"], row["content"]),
            row["domain"],
            row["type"],
            held_out=hashlib.sha256(rows[first]["tid"].encode()).digest()[0] % 2 == 1,
        )
        for row, first in zip(rows, near, strict=True)
    ]


def smp(data: Path, part: str) -> list[Example]:
    """SMP2020 posts of one part ("virus_train", "virus_eval", "usual_train", "usual_eval") in
    three classes.

    Anger, sadness and fear are negative, happiness is positive. Surprise is
    left out: it goes either way, and the data do not say which.
    """
    rows = read_rows(data / "sentiment" / f"smp2020_{part}.csv", "content", "label")
    kept = [row for row in rows if row["label"] in _EMOTIONS]
    near = groups([row["content"] for row in kept])
    return [
        Example(text=Text("", row["content"]), label=_EMOTIONS[row["label"]], group=group)
        for row, group in zip(kept, near, strict=True)
    ]


def reviews(data: Path) -> list[Example]:
    """Delivery and shop reviews: positive and negative, used as a little extra."""
    examples: list[Example] = []
    for name in ("waimai_10k.csv", "online_shopping_10_cats.csv"):
        for row in read_rows(data / "sentiment" / name, "label", "review"):
            label = SENTIMENT_CLASSES[2] if row["label"] == "1" else SENTIMENT_CLASSES[0]
            examples.append(Example(Text("", row["review"]), label, len(examples)))
    return examples


def fingerprints(data: Path) -> dict[str, str]:
    """SHA-256 of every training file, by its path below the data folder."""
    return {
        path.relative_to(data).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in ("topics", "messages", "sentiment", "liuyan")
        for path in sorted((data / folder).glob("*.csv"))
    }


def _post(text: str, tokens: str) -> Text:
    if text:
        title, _, body = text.partition("\n")
        return Text(title.strip(), body.strip()) if body else Text("", title)
    gap = _GAP.search(tokens)
    if gap is not None and 0 < gap.start() < _LONGEST_TITLE:
        return Text(_join(tokens[: gap.start()]), _join(tokens[gap.end() :]))
    return Text("", _join(tokens))


def _join(tokens: str) -> str:
    return re.sub(r"\s+", "", tokens)


def _city(text: str) -> str:
    found = _CITY.search(text)
    return found.group(1) if found else ""


def _merge_groups(given: list[str], near: list[int]) -> list[int]:
    """Connected components of "same given group" and "near duplicate"."""
    parent: dict[str, str] = {}

    def root(key: str) -> str:
        parent.setdefault(key, key)
        while parent[key] != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    for name, number in zip(given, near, strict=True):
        parent[root(f"given {name}")] = root(f"near {number}")
    numbers: dict[str, int] = {}
    return [numbers.setdefault(root(f"given {name}"), len(numbers)) for name in given]
