"""The command that shows what masking finds and what it misses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from cases.privacy.masking_check import Checked
from desk.app.commands.masking_check import (
    CheckError,
    Unlabelled,
    check_labelled,
    look,
    read_letters,
)
from desk.ground.console import Json, fail


def add_to(app: typer.Typer) -> None:
    app.command("masking-check")(masking_check)


def masking_check(
    paths: Annotated[list[Path], typer.Argument(help="来信的文件夹或文件（.txt、.csv、.jsonl）。")],
    column: Annotated[
        list[str] | None, typer.Option(help=".csv 中哪一列是文字，可以写多次。")
    ] = None,
    split: Annotated[str, typer.Option(help="只看标注文件中的这一部分，如 tune。")] = "",
    as_json: Json = False,
) -> None:
    """检查个人信息遮盖：有标注的给出查全率和查准率，没有标注的列出遮盖了什么，供人核对。"""
    try:
        letters = list(read_letters(paths, column or (), split))
    except CheckError as error:
        fail(str(error))
    labelled = [one for one in letters if one.mask or one.keep]
    result: Checked | Unlabelled = check_labelled(labelled) if labelled else look(letters)
    if as_json:
        print(msgspec.json.encode(result).decode())
        return
    lines = _scores(result) if isinstance(result, Checked) else _pieces(result)
    print("\n".join(lines))


def _scores(found: Checked) -> Iterator[str]:
    yield f"带标注的文本 {found.texts} 条"
    for heading, scores in (("类别", found.by_kind), ("写法", found.by_form)):
        yield f"按{heading}：应遮盖、已遮盖、查全率"
        for name, score in sorted(scores.items()):
            yield f"  {name}  {score.labelled}  {score.hidden}  {score.recall:.1%}"
    right = f"遮盖 {found.spans} 处，其中 {found.right_spans} 处应遮盖"
    yield f"查准率 {found.precision:.1%}（{right}）"
    yield f"应保留的 {found.kept} 处中误遮 {found.kept_broken} 处"
    if found.missed:
        yield f"有遗漏的：{'、'.join(found.missed)}"
    if found.wrong:
        yield f"有误遮的：{'、'.join(found.wrong)}"


def _pieces(found: Unlabelled) -> Iterator[str]:
    for one in found.pieces:
        before, after = (text.replace("\n", " ") for text in (one.before, one.after))
        yield f"{one.letter}  {one.kind}  …{before}【{one.piece}】{after}…  {one.masked}"
    share = found.letters_masked / found.letters if found.letters else 0.0
    yield f"来信 {found.letters} 件，有遮盖的 {found.letters_masked} 件（{share:.1%}）"
    yield (
        "、".join(f"{kind} {count} 处" for kind, count in sorted(found.by_kind.items()))
        or "没有遮盖"
    )
