"""The body of `huiyin classify`: JSON lines in, JSON lines out.

In:  {"id": …, "title": …, "body": …}, title and body optional but not both missing.
Out: one line for each line that is not blank, in order; a line that cannot be
read gives {"id", "line", "error"} and never ends the run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

import msgspec
from msgspec import Struct

from cases.words.labels import Evidence, Labels
from classifiers.base import Classifier, Text

_BATCH = 256
_SHOWN = 60
_ESCAPES = re.compile(rb"\\\\|\\u[dD][89abAB]\w\w\\u[dD][c-fC-F]\w\w|(\\u[dD][89a-fA-F]\w\w)")
"""Escaped backslashes, whole characters, and as a group the halves of some (lone surrogates)."""

Identifier = str | int | None


class Result(Struct, frozen=True):
    """One line of output. `topic` and `sentiment` are the best guess, which `abstained` and
    `sentiment_abstained` say is none to go by; a text without a single character gives no topic."""

    id: Identifier
    model: str
    topic: str
    """The best guess, also where `abstained` says that a person has to decide."""
    topic_path: tuple[str, ...]
    """Empty where the classifier abstained."""
    topic_confidence: float
    topic_candidates: tuple[tuple[str, float], ...]
    abstained: bool
    kind: str
    kind_confidence: float
    simple: bool
    sentiment: str
    sentiment_score: float
    sentiment_confidence: float
    sentiment_abstained: bool
    intensity: str
    risk: tuple[str, ...]
    urgent: bool
    units: tuple[UnitLine, ...]
    """Whom the message is likeliest for, three at most, the one that the rules choose first."""
    evidence: list[EvidenceLine]


class UnitLine(Struct, frozen=True):
    """A unit that a message may be for, and what speaks for it."""

    unit: str
    """Its id in `config/units.toml`."""
    name: str
    because: str


Units = Callable[[Text, Labels], tuple[UnitLine, ...]]


class EvidenceLine(Struct, frozen=True):
    """Where a label comes from; `start` and `end` count code points of `field`."""

    label: str
    text: str
    field: str
    start: int
    end: int
    weight: float


class Problem(Struct, frozen=True):
    """An input line that could not be used."""

    id: Identifier
    line: int
    error: str


class _Message(Struct, frozen=True):
    id: Identifier = None
    title: str | None = None
    body: str | None = None


class _OnlyId(Struct, frozen=True):
    id: Identifier = None


def no_units(_text: Text, _labels: Labels) -> tuple[UnitLine, ...]:
    """Where nothing is routed."""
    return ()


def classify_lines(
    classifier: Classifier,
    lines: Iterable[bytes | str],
    batch: int = _BATCH,
    units: Units = no_units,
) -> Iterator[bytes]:
    """JSON lines (with newline) for input lines, in order, batch by batch. `units` tells whom a
    message is for."""
    encoder = msgspec.json.Encoder()
    waiting: list[_Message | Problem] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        waiting.append(_parse(line, number))
        if len(waiting) >= batch:
            yield from _answer(classifier, waiting, encoder, units)
            waiting = []
    yield from _answer(classifier, waiting, encoder, units)


def result(identifier: Identifier, labels: Labels, units: tuple[UnitLine, ...] = ()) -> Result:
    """Labels as a line of output, every field written."""
    return Result(
        id=identifier,
        model=labels.model,
        topic=labels.best_topic,
        topic_path=labels.topic_path,
        topic_confidence=labels.topic_confidence,
        topic_candidates=labels.topic_candidates,
        abstained=labels.abstained,
        kind=labels.kind.value,
        kind_confidence=labels.kind_confidence,
        simple=labels.simple,
        sentiment=labels.sentiment.value,
        sentiment_score=labels.sentiment_score,
        sentiment_confidence=labels.sentiment_confidence,
        sentiment_abstained=labels.sentiment_abstained,
        intensity=labels.intensity.value,
        risk=labels.risk,
        urgent=labels.urgent,
        units=units,
        evidence=[_evidence(item) for item in labels.evidence],
    )


def _answer(
    classifier: Classifier,
    waiting: list[_Message | Problem],
    encoder: msgspec.json.Encoder,
    units: Units,
) -> Iterator[bytes]:
    messages = [item for item in waiting if isinstance(item, _Message)]
    texts = [Text(item.title or "", item.body or "") for item in messages]
    answers = zip(texts, classifier.classify(texts), strict=True)
    for item in waiting:
        if isinstance(item, Problem):
            yield encoder.encode(item) + b"\n"
        else:
            text, labels = next(answers)
            yield encoder.encode(result(item.id, labels, units(text, labels))) + b"\n"


def _parse(line: bytes | str, number: int) -> _Message | Problem:
    try:
        content = line.encode("utf-8") if isinstance(line, str) else line
        content = content.removeprefix(b"\xef\xbb\xbf")
        message = _decode(content)
    except UnicodeError:
        return Problem(
            None, number, f"第 {number} 行：应为 UTF-8 编码，实际不是。请把文件另存为 UTF-8"
        )
    except msgspec.ValidationError as error:
        return Problem(
            _identifier(content),
            number,
            f'第 {number} 行：应为 {{"id": …, "title": "…", "body": "…"}}，实际不符（{error}）。'
            "请改成文字",
        )
    except msgspec.DecodeError as error:
        shown = content[:_SHOWN].decode("utf-8", "replace").strip()
        return Problem(
            None, number, f"第 {number} 行：应为每行一个 JSON 对象，实际是“{shown}”（{error}）"
        )
    if message.title is None and message.body is None:
        return Problem(message.id, number, f'第 {number} 行：没有 "title" 和 "body"，请至少写一个')
    return message


def _decode(content: bytes) -> _Message:
    try:
        return msgspec.json.decode(content, type=_Message)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        # Some programs write half a character; the rest of the letter is worth reading.
        whole = _ESCAPES.sub(lambda match: rb"\ufffd" if match[1] else match[0], content)
        if whole == content:
            content.decode("utf-8")  # tells other encodings (GBK) from what is no JSON
            raise
        return msgspec.json.decode(whole, type=_Message)


def _identifier(content: bytes) -> Identifier:
    try:
        return msgspec.json.decode(content, type=_OnlyId).id
    except msgspec.MsgspecError:
        return None


def _evidence(item: Evidence) -> EvidenceLine:
    return EvidenceLine(item.label, item.text, item.field, item.start, item.end, item.weight)
