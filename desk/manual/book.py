"""The manual as it is read: chapters, found by name, by page of the desk, by words."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

from msgspec import Struct

from cases.words.actors import Role
from desk.manual.rendering import Rendered, rendered

_HERE: Final = Path(__file__).parent
CHAPTERS: Final = _HERE / "chapters"
PICTURES: Final = _HERE / "pictures"
"""Where `make manual` puts them; there is no such folder where it was not run."""
READERS: Final = {
    "duty": (Role.DESK,),
    "unit": (Role.RESPONDER,),
    "review": (Role.REVIEWER, Role.LEADER),
    "admin": (Role.ADMIN,),
    "operations": (),
}
"""The chapters in their order, each with the roles that it is written for; all may read all."""
_MOST_FOUND: Final = 60
_BEFORE, _AFTER = 30, 90


class Chapter(Struct, frozen=True):
    name: str
    """As in its address, and the name of its file."""
    body: Rendered

    @property
    def title(self) -> str:
        return self.body.title

    @property
    def href(self) -> str:
        return f"/manual/{self.name}"


class Found(Struct, frozen=True):
    """A section with the words that were looked for."""

    chapter: str
    title: str
    href: str
    pieces: tuple[tuple[str, bool], ...]
    """Of its text around the first word: each piece, and whether it was looked for."""


class Book(Struct, frozen=True):
    chapters: tuple[Chapter, ...]

    def chapter(self, name: str) -> Chapter | None:
        return next((each for each in self.chapters if each.name == name), None)

    def first_for(self, role: Role) -> Chapter:
        """Where the manual opens for a role."""
        names = [name for name, roles in READERS.items() if role in roles]
        found = self.chapter(names[0]) if names else None
        return found or self.chapters[0]

    def help_for(self, role: Role, page: str) -> str:
        """Where the manual says what to do on a page of the desk, in this role's chapter first; its
        beginning where nothing is said of that page."""
        own = self.first_for(role)
        for chapter in (own, *self.chapters):
            if page in chapter.body.helps:
                return f"{chapter.href}#{chapter.body.helps[page]}"
        return own.href

    def find(self, asked: str, role: Role) -> tuple[Found, ...]:
        """The sections that hold each of the words, whatever their case: those with all of them in
        the heading first, then the chapter of this role, then as they stand. At most 60."""
        words = asked.lower().split()
        if not words:
            return ()
        own = self.first_for(role)
        ranked: list[tuple[tuple[bool, bool], Found]] = []
        for chapter in self.chapters:
            for section in chapter.body.sections:
                heading, text = section.title.lower(), section.text.lower()
                if not all(word in heading or word in text for word in words):
                    continue
                in_heading = all(word in heading for word in words)
                found = Found(
                    chapter.title,
                    section.title,
                    f"{chapter.href}#{section.anchor}",
                    _pieces(section.text, words),
                )
                ranked.append(((not in_heading, chapter is not own), found))
        ranked.sort(key=lambda each: each[0])
        return tuple(found for _, found in ranked[:_MOST_FOUND])


def _pieces(text: str, words: list[str]) -> tuple[tuple[str, bool], ...]:
    lowered = text.lower()
    places = [at for word in words if (at := lowered.find(word)) >= 0]
    begin = max(0, min(places, default=0) - _BEFORE)
    end = begin + _BEFORE + _AFTER
    shown = ("…" if begin else "") + text[begin:end] + ("…" if end < len(text) else "")
    split = re.split("(" + "|".join(map(re.escape, words)) + ")", shown, flags=re.IGNORECASE)
    return tuple((piece, number % 2 == 1) for number, piece in enumerate(split) if piece)


@cache
def read_book(pictures: Path = PICTURES) -> Book:
    """The manual that the program came with; it shows the pictures that are there."""
    there = frozenset(path.stem for path in pictures.glob("*.webp"))
    return Book(
        tuple(
            Chapter(name, rendered((CHAPTERS / f"{name}.md").read_text("utf-8"), there))
            for name in READERS
        )
    )
