"""The public 问答库 as files: JSON for platforms, one HTML page for a site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec
from markupsafe import Markup
from msgspec import Struct

from cases.privacy.masking_public import mask_released
from cases.registers.qa import Document, QaEntry

_PAGE = Markup("""<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>政策咨询问答库</title></head>
<body><h1>政策咨询问答库</h1><p>截至 {day}，共 {number} 条。</p>
{parts}</body></html>
""")
_TOPIC = Markup("<section><h2>{topic}</h2>\n{entries}</section>\n")
_ENTRY = Markup(
    '<article id="{id}"><h3>{question}</h3><p>{answer}</p>'
    "<p><small>依据：{document}（{reference}）{clause}{until}</small></p></article>\n"
)


class PublicEntry(Struct, frozen=True, kw_only=True):
    """One entry as platforms read it."""

    id: str
    question: str
    answer: str
    topic: str
    unit: str
    document: str
    reference: str
    clause: str
    url: str
    valid_to: date | None
    """Last day; the earlier one of entry and document."""
    published_at: str


def public_entries(
    entries: Sequence[QaEntry], documents: Mapping[str, Document], unit_names: Mapping[str, str]
) -> list[PublicEntry]:
    """Of `entries`, all of them public; by their numbers. Personal data that the person who
    approved did not see is hidden all the same."""
    made = []
    for entry in sorted(entries, key=lambda one: one.number):
        shown = entry.published
        if shown is None:
            continue
        document = documents[shown.document]
        ends = [day for day in (shown.valid_to, document.valid_to) if day is not None]
        made.append(
            PublicEntry(
                id=entry.number,
                question=mask_released(shown.question),
                answer=mask_released(shown.answer),
                topic=shown.topic,
                unit=unit_names.get(shown.unit, shown.unit),
                document=document.title,
                reference=document.reference,
                clause=shown.clause,
                url=document.url,
                valid_to=min(ends, default=None),
                published_at=entry.published_at.isoformat() if entry.published_at else "",
            )
        )
    return made


def as_json(entries: Sequence[PublicEntry], day: date) -> bytes:
    """UTF-8, the same bytes for the same entries and day."""
    body = {"as_of": day, "count": len(entries), "entries": entries}
    return msgspec.json.format(msgspec.json.encode(body), indent=2) + b"\n"


def as_html(entries: Sequence[PublicEntry], day: date) -> bytes:
    """One page without script or style, by topic; UTF-8."""
    topics: dict[str, list[PublicEntry]] = {}
    for entry in entries:
        topics.setdefault(entry.topic or "其他", []).append(entry)
    parts = Markup().join(
        _TOPIC.format(topic=topic, entries=Markup().join(map(_article, members)))
        for topic, members in sorted(topics.items())
    )
    return str(_PAGE.format(day=day.isoformat(), number=len(entries), parts=parts)).encode()


def _article(entry: PublicEntry) -> Markup:
    answer = Markup("<br>").join(entry.answer.splitlines())
    until = f"，有效期至 {entry.valid_to}" if entry.valid_to else ""
    return _ENTRY.format(
        id=entry.id,
        question=entry.question,
        answer=answer,
        document=entry.document,
        reference=entry.reference,
        clause=entry.clause,
        until=until,
    )
