"""The message of a case with the words marked that decided its labels."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from msgspec import Struct

from cases.privacy.visibility import Eyes
from cases.record.case import Case
from cases.record.item import QUOTED, quoted_text
from cases.record.pictures import evidence_field, picture_number
from cases.words.labels import LOUD, URGENT, Evidence
from desk.phrasing import vocabulary
from desk.phrasing.page_text import MOST_CHARACTERS, shown

_PICTURES: Final = "图片文字"


class Piece(Struct, frozen=True):
    """A stretch of text; `marks` are the labels that it is evidence for."""

    text: str
    marks: tuple[str, ...] = ()
    sort: str = ""
    """"risk", "topic" or "kind": the gravest of the labels."""


def marked(case: Case, eyes: Eyes, field: str) -> tuple[Piece, ...]:
    """Title, body or another text that evidence may stand in (`Evidence.field`) in pieces. Empty
    where it is withheld."""
    text = _seen(case, eyes, field)
    if not text:
        return ()
    fitting = _fitting(case, field)
    cuts = sorted({0, len(text), *(at for one in fitting for at in (one.start, one.end))})
    pieces = []
    for start, end in pairwise(cuts):
        over = [one.label for one in fitting if one.start <= start and one.end >= end]
        names = tuple(dict.fromkeys(vocabulary.label(name) for name in over))
        pieces.append(Piece(text[start:end], names, _gravest(over)))
    return tuple(pieces)


def evidence(case: Case, eyes: Eyes) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Every label with the words that decided it."""
    if eyes.withheld:
        return ()
    words: dict[str, list[str]] = {vocabulary.label(one.label): [] for one in _holding(case)}
    pictures = (evidence_field(number + 1) for number in range(len(case.pictures)))
    for field in ("title", "body", "quoted", *pictures):
        seen = _seen(case, eyes, field)
        origin = QUOTED if field == "quoted" else _PICTURES if picture_number(field) else ""
        for one in _fitting(case, field) if seen else ():
            said = seen[one.start : one.end]
            words[vocabulary.label(one.label)].append(f"{said}（在{origin}中）" if origin else said)
    return tuple((name, tuple(dict.fromkeys(said))) for name, said in words.items())


def _holding(case: Case) -> list[Evidence]:
    """Without the evidence for an alarm or a risk that a person took away."""
    labels = case.labels

    def holds(label: str) -> bool:
        head, _, name = label.partition(":")
        return {URGENT: labels.urgent, LOUD: labels.loud, "risk": name in labels.risk}.get(
            head, True
        )

    return [one for one in labels.evidence if holds(one.label)]


def _fitting(case: Case, field: str) -> list[Evidence]:
    """Evidence that no longer fits (the source changed the text, a person corrected the
    labels) marks nothing."""
    text = _text(case, field)
    return [
        one
        for one in _holding(case)
        if one.field == field
        and one.end <= MOST_CHARACTERS
        and one.text
        and text[one.start : one.end] == one.text
    ]


def _seen(case: Case, eyes: Eyes, field: str) -> str:
    number = picture_number(field)
    if not number:
        return shown(eyes, _text(case, field))
    return eyes.pictures()[number - 1].text[:MOST_CHARACTERS]


def _text(case: Case, field: str) -> str:
    number = picture_number(field)
    if number:
        return case.pictures[number - 1].text
    if field == "quoted":
        return quoted_text(case.item)
    return case.item.title if field == "title" else case.item.body


def _gravest(names: list[str]) -> str:
    heads = {name.partition(":")[0] for name in names}
    if heads & {"risk", "urgent", "loud"}:
        return "risk"
    return "topic" if "topic" in heads else "kind" if heads else ""
