"""Papers as they are kept: the Word file, and beside it what it was written from.

    HUIYIN_HOME/papers/weekly/2026-W47.docx, .json

The words of the first page can be edited before the paper goes out; its figures cannot. An edit
is kept with its author, marked in the paper, and put in again when the paper is made anew and
the sentence is still the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from cases.reporting.document import Block, Document, PageBreak, Paragraph
from desk.reports.service import write_paper
from huiyin.store.whole import whole

_FIGURE: Final = re.compile(r"\d+(?:[.-]\d+)*%?")
_LONGEST: Final = 400


class EditError(ValueError):
    """A sentence that cannot stand so; the text says why, in Chinese."""


class Edit(Struct, frozen=True, kw_only=True):
    original: str
    """The sentence as the rules wrote it."""
    text: str
    by: str
    at: datetime


class KeptPaper(Struct, frozen=True, kw_only=True):
    document: Document
    """As it was written by rules."""
    made_at: datetime
    edits: tuple[Edit, ...] = ()

    @property
    def shown(self) -> Document:
        """With the edits in their places."""
        texts = {edit.original: edit.text for edit in self.edits}

        def edited(block: Block) -> Block:
            if isinstance(block, Paragraph) and block.text in texts:
                return replace(block, text=texts[block.text], original=block.text)
            return block

        blocks = first_page(self.document)
        rest = self.document.blocks[len(blocks) :]
        return replace(self.document, blocks=(*map(edited, blocks), *rest))


def first_page(document: Document) -> tuple[Block, ...]:
    """What stands before the annexes."""
    blocks = document.blocks
    end = next((n for n, each in enumerate(blocks) if isinstance(each, PageBreak)), len(blocks))
    return blocks[:end]


def keep(
    document: Document,
    path: Path,
    made_at: datetime,
    public_url: str = "",
    template: Path | None = None,
) -> None:
    """Writes the paper at `path` (docx) and what it was written from. Raises OSError."""
    before = kept(path)
    paper = KeptPaper(document=document, made_at=made_at, edits=before.edits if before else ())
    _write(paper, path, public_url, template)


def kept(path: Path) -> KeptPaper | None:
    """None where there is only a Word file, as of earlier versions, or none."""
    try:
        return msgspec.json.decode(path.with_suffix(".json").read_bytes(), type=KeptPaper)
    except (OSError, msgspec.DecodeError):
        return None


def edit(
    path: Path,
    texts: Mapping[str, str],
    by: str,
    at: datetime,
    public_url: str = "",
    template: Path | None = None,
) -> KeptPaper:
    """`texts`: the new words of sentences of the first page, by the words of the rules; the
    rules' own words take an edit back. Raises `EditError`, OSError."""
    paper = kept(path)
    if paper is None:
        raise EditError("没有这份材料，或由旧版本生成；请重新生成以后再改。")
    known = {block.text for block in first_page(paper.document) if isinstance(block, Paragraph)}
    edits = {one.original: one for one in paper.edits}
    for original, typed in texts.items():
        text = " ".join(typed.split())
        if original not in known:
            raise EditError("这份材料已重新生成，句子有变化；请刷新以后再改。")
        if text == original:
            edits.pop(original, None)
        elif original not in edits or edits[original].text != text:
            _check(original, text)
            edits[original] = Edit(original=original, text=text, by=by, at=at)
    changed = replace(paper, edits=tuple(edits.values()))
    _write(changed, path, public_url, template)
    return changed


def _check(original: str, text: str) -> None:
    if not text or len(text) > _LONGEST:
        raise EditError(f"一句应为 1 到 {_LONGEST} 个字，实际是 {len(text)} 个。")
    had, has = sorted(_FIGURE.findall(original)), sorted(_FIGURE.findall(text))
    if had != has:
        raise EditError(
            f"文字可以改，数字不能改：原句的数字是 {'、'.join(had) or '没有'}，"
            f"改后是 {'、'.join(has) or '没有'}。数字有误请更正事项后重新生成。"
        )


def _write(paper: KeptPaper, path: Path, public_url: str, template: Path | None) -> None:
    write_paper(paper.shown, path, paper.made_at, public_url, template)
    with whole(path.with_suffix(".json")) as temporary:
        temporary.write_bytes(msgspec.json.encode(paper))
