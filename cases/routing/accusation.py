"""检举、控告: is an office or one of its people the object of an accusation?

信访工作条例第三十条 forbids to hand a report on to whom it is about. A machine that routes by
names hands it to exactly those, so what sounds like such a report waits for a person. The
words are the office's own (config/accusation.toml). In doubt the answer is yes: a report
that waits costs an hour, one that was handed to the accused cannot be taken back.

An accusation is a wrongdoing (受贿) with an official or an office near it (科长, 城管局).
Slow service (不作为) is an ordinary complaint, and a bribe among private people is the
police's business. Texts and words are compared in one spelling (`words.plain_spelling`), so that
no blank, sign, invisible or traditional character hides a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Final

from msgspec import Meta, Struct

from cases.routing.phrases import PhraseIndex
from cases.routing.units import UnitRegister
from cases.words.plain_spelling import PlainText, spelled_plainly, with_places
from cases.words.wrapped_lines import unwrapped
from huiyin.configuration.checked import read_table
from huiyin.configuration.overlay import nearest
from huiyin.configuration.table import where

_SENTENCE_END: Final = re.compile("[。！？!?；;\n]")
_SALUTATION: Final = re.compile(r"尊敬的[^，,。：:！!\s]{1,10}")
"""Who is written to, not who is written about."""
_MOST_QUOTES: Final = 3


class AccusationTableError(ValueError):
    """config/accusation.toml does not have the expected shape; the text names the key."""


class _Table(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


Phrase = Annotated[str, Meta(min_length=2)]


class Offence(_Table, frozen=True):
    """One sort of wrongdoing."""

    name: Phrase
    words: tuple[Phrase, ...]
    id: str = ""
    """Of the row, for an overlay; several rows may have one name."""
    unless: tuple[Phrase, ...] = ()
    """Longer expressions that contain a word and mean something else."""
    alone: bool = False
    """True where the words speak of officials by themselves (保护伞)."""
    follows: bool = False
    """True where private people do the same (挪用): the official has to stand before it."""


class AccusationTable(_Table, frozen=True):
    """config/accusation.toml."""

    suggest: str = ""
    """Id of the unit that is suggested to the desk (纪委监委)."""
    reach: Annotated[int, Meta(ge=1)] = 40
    """How many characters may lie between the wrongdoing and who did it."""
    officials: tuple[Phrase, ...] = ()
    """Titles and offices."""
    secrecy: tuple[Phrase, ...] = ()
    """How a citizen asks for secrecy in own words."""
    not_officials: tuple[Phrase, ...] = ()
    """Longer expressions that contain one of `officials` and are none."""
    offence: tuple[Offence, ...] = ()


class Accusation(Struct, frozen=True, kw_only=True):
    """What sounds like an accusation, and why."""

    offences: tuple[str, ...]
    officials: tuple[str, ...]
    quotes: tuple[str, ...]


class AccusationRule:
    """Looks for accusations with one table. Immutable."""

    __slots__ = (
        "_clean_offence",
        "_clean_official",
        "_index",
        "_offences",
        "_officials",
        "_secrecy",
        "table",
    )

    def __init__(self, table: AccusationTable | None = None, offices: Iterable[str] = ()) -> None:
        """`offices`: names of units, beside the titles of the table. Without a table nothing
        is an accusation."""
        self.table = table or AccusationTable()
        self._offences = {
            spelled_plainly(word): each for each in self.table.offence for word in each.words
        }
        self._officials = PhraseIndex(map(spelled_plainly, (*self.table.officials, *offices)))
        self._index = PhraseIndex(self._offences)
        self._secrecy = PhraseIndex(map(spelled_plainly, self.table.secrecy))
        self._clean_offence = _any_of([w for each in self.table.offence for w in each.unless])
        self._clean_official = _any_of(self.table.not_officials)

    @classmethod
    def from_table(
        cls,
        table: Mapping[str, object],
        register: UnitRegister | None = None,
        file: str = "config/accusation.toml",
    ) -> AccusationRule:
        """`register`: the units, whose names count as offices. Raises `AccusationTableError`."""
        known = read_table(AccusationTable, table, file, AccusationTableError)
        if register is not None and known.suggest and known.suggest not in register:
            ids = [unit.id for unit in register]
            raise AccusationTableError(
                f"{where(table, file, 'suggest')}：suggest 应为 {register.file} 里某个单位的 id，"
                f"或留空，实际是“{known.suggest}”；{nearest(known.suggest, ids)}。"
            )
        return cls(known, (name for unit in register or () for name in unit.all_names()))

    def asks_secrecy(self, title: str, body: str) -> str:
        """The words by which the text itself asks for secrecy, "" where it does not."""
        text = spelled_plainly(f"{title}\n{unwrapped(body)}")
        return next(iter(self._secrecy.present(text)), "")

    def find(self, title: str, body: str) -> Accusation | None:
        """The accusation in a message; None where there is none. Total: any strings."""
        raw = f"{title}\n{unwrapped(body)}"
        if not self._index.present(spelled_plainly(raw)):
            return None
        plain = with_places(raw)
        text = plain.text
        bare = _blanked(text, self._clean_offence)
        cleaned = _blanked(_blanked(text, _SALUTATION), self._clean_official)
        names = _any_of(self._officials.present(cleaned))
        offices = [match.span() for match in names.finditer(cleaned)]
        offences: dict[str, None] = {}
        officials: dict[str, None] = {}
        quotes: dict[str, None] = {}
        for word in self._index.present(bare):
            offence = self._offences[word]
            for match in re.finditer(re.escape(word), bare):
                near = self._nearest(offices, match, offence)
                if near is None and not offence.alone:
                    continue
                offences[offence.name] = None
                if near is not None:
                    officials[text[near[0] : near[1]]] = None
                quotes[_quote(raw, plain, match.span(), near)] = None
        if not offences:
            return None
        return Accusation(
            offences=tuple(offences),
            officials=tuple(officials),
            quotes=tuple(quotes)[:_MOST_QUOTES],
        )

    def _nearest(
        self, offices: list[tuple[int, int]], wrong: re.Match[str], offence: Offence
    ) -> tuple[int, int] | None:
        """The office closest to the wrongdoing in the same sentence."""
        start, end = wrong.span()

        def gap(place: tuple[int, int]) -> int:
            return max(start - place[1], place[0] - end, 0)

        near = [
            place
            for place in offices
            if gap(place) <= self.table.reach
            and (place[1] <= start or not offence.follows)
            and not _SENTENCE_END.search(wrong.string, min(end, place[1]), max(start, place[0]))
        ]
        return min(near, key=gap, default=None)


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    """Matches the longest of the words; nothing where there are none."""
    longest_first = sorted(set(map(spelled_plainly, words)), key=lambda word: (-len(word), word))
    return re.compile("|".join(map(re.escape, longest_first)) or "(?!)")


def _blanked(text: str, expressions: re.Pattern[str]) -> str:
    """`text` of the same length, with these expressions struck out."""
    return expressions.sub(lambda match: "\x00" * len(match[0]), text)


def _quote(raw: str, plain: PlainText, wrong: tuple[int, int], near: tuple[int, int] | None) -> str:
    """The words from the official to the wrongdoing, whichever comes first, as written."""
    parts = (wrong, near) if near else (wrong,)
    first, last = plain.original(min(part[0] for part in parts), max(part[1] for part in parts))
    return "".join(raw[first:last].split())


NO_ACCUSATION: Final = AccusationRule()
"""Where no table was read: nothing is an accusation."""
