"""The texts that `huiyin masking-check` looks at, and what it says of them."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from cases.privacy.masking import find_personal_data, mask
from cases.privacy.masking_check import Checked, Labelled, check

_SUFFIXES: Final = (".txt", ".csv", ".jsonl")
_COLUMNS: Final = (
    *("title", "标题", "主题", "留言主题", "诉求标题"),
    *("text", "body", "content", "内容", "正文", "来信内容", "留言详情", "留言内容", "诉求内容"),
    *("reply", "答复", "答复意见", "答复内容"),
)
_LARGEST_FIELD: Final = 10_000_000
_AROUND: Final = 10
"""Characters shown on each side of a masked piece."""


class CheckError(ValueError):
    """A file that cannot be read; the text names file, line, what was found, what to do."""


class _Line(Struct, frozen=True):
    title: str = ""
    body: str = ""
    text: str = ""


class Shown(Struct, frozen=True):
    """A piece that is masked, with what stands around it."""

    letter: str
    kind: str
    before: str
    piece: str
    after: str
    masked: str


class Unlabelled(Struct, frozen=True, kw_only=True):
    letters: int
    letters_masked: int
    by_kind: dict[str, int]
    pieces: tuple[Shown, ...]


def read_letters(
    paths: Sequence[Path], columns: Sequence[str] = (), split: str = ""
) -> Iterator[Labelled]:
    """The texts of files and folders: a .txt is one letter, a .csv has one a row, a .jsonl
    one a line (`text`, or `title` and `body`; with `mask` it is labelled).

    `columns`: those of a .csv that hold text. `split`: only lines of this part of a labelled
    set. Raises `CheckError`.
    """
    for path in _files(paths):
        try:
            if path.suffix == ".txt":
                yield Labelled(id=path.name, form="", text=path.read_text("utf-8-sig"))
            elif path.suffix == ".csv":
                yield from _rows(path, columns)
            else:
                yield from (one for one in _lines(path) if not split or one.split == split)
        except UnicodeDecodeError as error:
            raise CheckError(
                f"{path}：应为 UTF-8 文本，第 {error.start + 1} 个字节读不出来。"
                "请另存为 UTF-8 后再试。"
            ) from None
        except OSError as error:
            raise CheckError(f"{path}：读不出来（{error.strerror}）。请检查路径和权限。") from None


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            found = sorted(one for one in path.rglob("*") if one.suffix in _SUFFIXES)
            if not found:
                raise CheckError(f"{path}：文件夹里没有 .txt、.csv 或 .jsonl 文件。")
            yield from found
        elif not path.exists():
            raise CheckError(f"{path}：没有这个文件或文件夹。")
        elif path.suffix in _SUFFIXES:
            yield path
        else:
            raise CheckError(f"{path}：应为 .txt、.csv 或 .jsonl 文件，请先转换。")


def _rows(path: Path, columns: Sequence[str]) -> Iterator[Labelled]:
    csv.field_size_limit(_LARGEST_FIELD)
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        names = list(reader.fieldnames or ())
        wanted = [name for name in columns or _COLUMNS if name in names]
        missing = [name for name in columns if name not in names]
        if missing or not wanted:
            what = f"没有“{'、'.join(missing)}”列" if missing else "认不出哪一列是文字"
            raise CheckError(
                f"{path}：{what}，表头是：{'、'.join(names) or '空'}。请用 --column 写明列名。"
            )
        try:
            for number, row in enumerate(reader, 2):
                text = "\n".join(row[name] for name in wanted if row[name])
                yield Labelled(id=f"{path.name}:{number}", form="", text=text)
        except csv.Error as error:
            raise CheckError(
                f"{path}，第 {reader.line_num} 行：不是有效的 CSV（{error}）。"
            ) from None


def _lines(path: Path) -> Iterator[Labelled]:
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        if not line.strip():
            continue
        try:
            if b'"mask"' in line:
                yield msgspec.json.decode(line, type=Labelled)
            else:
                one = msgspec.json.decode(line, type=_Line)
                text = one.text or "\n".join(filter(None, (one.title, one.body)))
                yield Labelled(id=f"{path.name}:{number}", form="", text=text)
        except msgspec.MsgspecError as error:
            raise CheckError(
                f"{path}，第 {number} 行：应为一条 JSON（text，或 title 和 body；"
                f"带标注的还有 id、form、mask、keep），实际不是（{error}）。"
            ) from None


def check_labelled(letters: Iterable[Labelled]) -> Checked:
    return check(letters, mask, find_personal_data)


def look(letters: Iterable[Labelled]) -> Unlabelled:
    """What is masked in letters that nobody labelled, for a person to read."""
    count = touched = 0
    kinds: Counter[str] = Counter()
    pieces: list[Shown] = []
    for letter in letters:
        count += 1
        text, masked = letter.text, mask(letter.text)
        touched += masked != text
        for span in find_personal_data(text) if masked != text else ():
            covered = masked[span.start : span.end]
            if covered == span.text:
                continue
            kinds[span.kind.value] += 1
            before = text[max(0, span.start - _AROUND) : span.start]
            after = text[span.end : span.end + _AROUND]
            pieces.append(Shown(letter.id, span.kind.value, before, span.text, after, covered))
    return Unlabelled(
        letters=count, letters_masked=touched, by_kind=dict(kinds), pieces=tuple(pieces)
    )
