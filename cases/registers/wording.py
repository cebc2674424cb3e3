"""Which messages are meant, by what they say: words of which one, all or none must occur. Pure."""

from __future__ import annotations

from msgspec import Struct

SHORTEST = 2
"""Characters of a word: one character stands in half of all messages."""


class Wording(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Words as they are written; without `any_of` and `all_of` it means no message."""

    any_of: tuple[str, ...] = ()
    all_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        return not self.any_of and not self.all_of

    def looked_up(self) -> tuple[str, ...]:
        """Words of which one occurs in every message that is meant: what a search begins with."""
        return self.all_of[:1] or self.any_of

    def means(self, *texts: str) -> bool:
        """Whether the message that these texts make up is meant."""
        whole = "\n".join(texts)
        return (
            not self.empty
            and all(word in whole for word in self.all_of)
            and (not self.any_of or any(word in whole for word in self.any_of))
            and not any(word in whole for word in self.none_of)
        )

    def found_in(self, *texts: str) -> tuple[str, ...]:
        """The words of `all_of` and `any_of` that occur, as they stand in the wording."""
        whole = "\n".join(texts)
        return tuple(word for word in (*self.all_of, *self.any_of) if word in whole)


def problem_of(wording: Wording) -> str:
    """What is wrong with it, "" for nothing. An empty one is nothing wrong."""
    short = [
        word
        for word in (*wording.any_of, *wording.all_of, *wording.none_of)
        if len(word.strip()) < SHORTEST
    ]
    if short:
        return f"每个词至少 {SHORTEST} 个字，实际有“{short[0][:20]}”；多个词用空格分开。"
    if wording.none_of and wording.empty:
        return "只写了不含的词；请再写至少一个要出现的词。"
    return ""
