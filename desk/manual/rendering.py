"""A chapter's Markdown as safe HTML and as plain text.

Nothing of a chapter is taken as HTML. Two comments mean something: `<!-- picture: NAME CAPTION -->`
is a picture where one was made, and nothing where none was; `<!-- help: PAGE … -->` below a heading
says for which pages of the desk that section is the help. In 「」 stands what the screen says.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup
from msgspec import Struct

PICTURE: Final = re.compile(r"<!-- picture: ([a-z][a-z-]*) (.+?) -->")
HELP: Final = re.compile(r"<!-- help: ([a-z_ -]+?) -->")
_SCREEN: Final = re.compile(r"「[^「」]+」")
_CHAPTER: Final = re.compile(r"([a-z]+)\.md(#.*)?")


class Heading(Struct, frozen=True):
    """What stands under one heading, up to the next of any level."""

    anchor: str
    title: str
    level: int
    text: str
    """Plain, in one line."""


class Rendered(Struct, frozen=True):
    title: str
    html: Markup
    sections: tuple[Heading, ...]
    """The first is the chapter's own heading with what stands below it."""
    helps: dict[str, str]
    """Page of the desk -> anchor."""


def rendered(source: str, pictures: frozenset[str]) -> Rendered:
    """A chapter, which begins with its title (`# …`). `pictures`: the names of those there are.
    Raises `ValueError` for two headings of one name, or none."""
    reader = MarkdownIt("commonmark", {"html": True}, renderer_cls=_Renderer).enable("table")
    environment = {"pictures": pictures}
    tokens = reader.parse(source, environment)
    sections: list[Heading] = []
    helps: dict[str, str] = {}
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            title = _plain(tokens[at + 1])
            token.attrSet("id", anchor_of(title))
            sections.append(Heading(anchor_of(title), title, int(token.tag[1:]), ""))
        elif token.type == "html_block" and (said := HELP.search(token.content)) and sections:
            helps |= dict.fromkeys(said[1].split(), sections[-1].anchor)
        elif sections and token.type in ("inline", "fence") and not _heads(tokens, at):
            last = sections[-1]
            text = f"{last.text} {_plain(token)}".strip()
            sections[-1] = Heading(last.anchor, last.title, last.level, text)
    anchors = [each.anchor for each in sections]
    if not anchors or len(set(anchors)) != len(anchors):
        raise ValueError(f"headings have to be there and to differ: {anchors}")
    html = reader.renderer.render(tokens, reader.options, environment)
    return Rendered(sections[0].title, Markup(html), tuple(sections), helps)  # noqa: S704  (ours, escaped)


def anchor_of(title: str) -> str:
    """The anchor of a heading, as code hosts make it, so that a link holds there and here."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def _heads(tokens: Sequence[Token], at: int) -> bool:
    return at > 0 and tokens[at - 1].type == "heading_open"


def _plain(token: Token) -> str:
    if token.children is None:
        return " ".join(token.content.split())
    kept = (each.content or " " for each in token.children)
    return " ".join("".join(kept).split())


class _Renderer(RendererHTML):
    """Without raw HTML and without addresses that lead out of the desk."""

    def text(self, tokens: Sequence[Token], idx: int, _options: Any, _env: Any) -> str:
        return _SCREEN.sub(
            lambda said: f'<span class="screen">{said[0]}</span>', escape(tokens[idx].content)
        )

    def html_block(self, tokens: Sequence[Token], idx: int, _options: Any, env: Any) -> str:
        content = tokens[idx].content
        if HELP.fullmatch(content.strip()):
            return ""
        picture = PICTURE.fullmatch(content.strip())
        if picture is None:
            return f"<p>{escape(content)}</p>\n"
        name, caption = picture.groups()
        if name not in env["pictures"]:
            return ""
        told = escape(caption)
        return (
            f'<figure><a href="/manual/pictures/{name}.webp">'
            f'<img src="/manual/pictures/{name}.webp" alt="{told}" loading="lazy"></a>'
            f"<figcaption>{told}</figcaption></figure>\n"
        )

    def html_inline(self, tokens: Sequence[Token], idx: int, _options: Any, _env: Any) -> str:
        return escape(tokens[idx].content)

    def image(self, tokens: Sequence[Token], idx: int, _options: Any, _env: Any) -> str:
        return escape(tokens[idx].content)

    def link_open(self, tokens: Sequence[Token], idx: int, _options: Any, _env: Any) -> str:
        href = str(tokens[idx].attrGet("href"))
        if chapter := _CHAPTER.fullmatch(href):
            href = f"/manual/{chapter[1]}{chapter[2] or ''}"
        elif not href.startswith(("/", "#")):
            # A page of the source tree, or the internet: named, since many desks reach neither.
            return '<span class="elsewhere">'
        return f'<a href="{escape(href)}">'

    def link_close(self, tokens: Sequence[Token], idx: int, _options: Any, _env: Any) -> str:
        opened = next(each for each in reversed(tokens[:idx]) if each.type == "link_open")
        href = str(opened.attrGet("href"))
        if _CHAPTER.fullmatch(href) or href.startswith(("/", "#")):
            return "</a>"
        return f"</span>（{escape(href.removeprefix('../../../'))}）"
