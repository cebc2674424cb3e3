"""Links lead somewhere, and every page can be reached from a README."""

from __future__ import annotations

import re
from pathlib import Path

_LINK = re.compile(r"\[[^\]]*\]\(<?([^)>\s]+)>?(?:\s+\"[^\"]*\")?\)")
_CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.MULTILINE | re.DOTALL)
_ELSEWHERE = ("http://", "https://", "mailto:", "#")


def _links(page: Path) -> list[str]:
    text = _CODE.sub("", page.read_text("utf-8"))
    return [link for link in _LINK.findall(text) if not link.startswith(_ELSEWHERE)]


def _target(page: Path, link: str) -> Path:
    return (page.parent / link.partition("#")[0]).resolve()


def test_relative_links_resolve(root: Path, pages: list[Path]) -> None:
    broken = [
        f"{page.relative_to(root)} -> {link}"
        for page in pages
        for link in _links(page)
        if not _target(page, link).exists()
    ]
    assert broken == []


def test_every_page_can_be_reached(root: Path, pages: list[Path]) -> None:
    """A page that no other page links is never read. A link to a folder stands for its pages."""
    known = set(pages)
    reached: set[Path] = set()
    todo = [root / "README.md", root / "README.zh-CN.md"]
    while todo:
        page = todo.pop()
        if page in reached:
            continue
        reached.add(page)
        for link in _links(page):
            target = _target(page, link)
            todo += [other for other in known if target in (other, other.parent)]
    lost = {page for page in known - reached if page.is_relative_to(root / "docs")}
    assert sorted(str(page.relative_to(root)) for page in lost) == []


def test_readmes_link_each_other(root: Path) -> None:
    assert "README.zh-CN.md" in _links(root / "README.md")
    assert "README.md" in _links(root / "README.zh-CN.md")
