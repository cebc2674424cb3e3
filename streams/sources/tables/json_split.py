"""A JSON text that comes line by line, taken apart into its values by brackets and quotes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

TOKEN: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"|[{}\[\]]|"', re.DOTALL)
SCRIPT: Final = r"(?:(?:var|let|const)\s+)?[A-Za-z_$][A-Za-z0-9_$.]{0,60}\s*[=(]\s*(?=[\[{])"
"""What a script puts before the value: a call-back, or the name of a variable."""
_BETWEEN: Final = re.compile(rf"(?:/\*.*?\*/|//[^\n]*|{SCRIPT}|[\s,;)\ufeff])*+", re.DOTALL)
_BLANK: Final = ",; \t\r\n\ufeff"


class Splitter:
    """Gives the values at the top, or the elements of a list that is the whole. What stands
    between them and is no value is given as well: nothing is passed over."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._held = ""
        """A text that goes on in the next line."""
        self._depth = self._base = 0
        self._text = ""
        self._at = self._begun = 0

    @property
    def is_between(self) -> bool:
        """Whether no value is begun."""
        return self._depth == self._base and not self._held

    def rest(self) -> str:
        """What was begun and has no end, "" for nothing."""
        return "".join(self._pieces) + self._held

    def feed(self, line: str) -> Iterator[str]:
        """The values that end in this line."""
        self._text, self._held = self._held + line, ""
        self._at = self._begun = 0
        if self._depth == self._base and not self._pieces:
            self._skip()
        while (token := TOKEN.search(self._text, self._at)) is not None:
            if token[0] == '"':
                self._held = self._text[token.start() :]
                self._text = self._text[: token.start()]
                break
            yield from self._step(token)
        if self._depth > self._base:
            self._pieces.append(self._text[self._begun :])
        else:
            yield from self._stray(len(self._text))

    def _step(self, token: re.Match[str]) -> Iterator[str]:
        if self._depth == self._base:
            yield from self._stray(token.start())
        self._at = token.end()
        if token[0] in "{[":
            if token[0] == "[" and self._base == self._depth == 0:
                self._base = self._depth = 1
                self._skip()
            else:
                self._depth += 1
        elif token[0] in "}]":
            self._depth -= 1
            if self._depth < self._base:
                self._base = self._depth = 0
                self._skip()
            elif self._depth == self._base:
                yield self._value()
        elif self._depth == self._base:
            yield self._value()  # a text where a record should be

    def _value(self) -> str:
        value = "".join(self._pieces) + self._text[self._begun : self._at]
        self._pieces.clear()
        self._skip()
        return value

    def _stray(self, end: int) -> Iterator[str]:
        """A number or a word where a record should be."""
        if stray := self._text[self._begun : end].strip(_BLANK):
            yield stray
        self._begun = end

    def _skip(self) -> None:
        found = _BETWEEN.match(self._text, self._at)
        self._at = self._begun = found.end() if found else self._at
