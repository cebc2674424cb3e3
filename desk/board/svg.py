"""Charts drawn on the server as SVG: no script, nothing from elsewhere, and the page's content
security policy stays as it is. Colours are classes of board.css, so that they follow the theme. The
table beside a chart has its links for the keyboard.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from markupsafe import Markup, escape

from desk.board.charts import Bar, Chart, Segment

_WIDTH = 640
_LETTER = 12
"""Width of a Chinese character, and the size of the type."""
_LEFT_UPRIGHT, _HEIGHT, _FOOT = 40, 220, 24
_ROW, _BAR, _NAMES = 26, 18, 190
_MOST_LABELS = 12


def drawn(chart: Chart) -> Markup:
    """The picture of a chart; its text stands beside it on the page."""
    parts = _upright(chart) if chart.upright else _lying(chart)
    height = _HEIGHT + _FOOT + 8 if chart.upright else _ROW * len(chart.bars) + _FOOT
    label = escape(f"{chart.question}{chart.answer}")
    # Markup escapes what is put in with %.
    head = Markup('<svg viewBox="0 0 %d %d" role="group" aria-label="%s">') % (
        _WIDTH,
        height,
        label,
    )
    return head + Markup("").join(parts) + Markup("</svg>")


def whole_ticks(most: int) -> list[int]:
    """Marks of an axis that counts: whole numbers, four or so, the last not below `most`."""
    step, tens = 1, 1
    while step * 4 < most:
        # 1, 2, 5, 10, 20, 50 …
        step = {1: 2, 2: 5, 5: 10}[step // tens] * tens
        tens = 10 ** (len(str(step)) - 1)
    return [n * step for n in range(-(-max(most, 1) // step) + 1)]


def _upright(chart: Chart) -> Iterator[Markup]:
    totals: list[float] = [sum(one.value for one in bar.segments) for bar in chart.bars]
    ticks = whole_ticks(ceil(max(totals, default=0)))
    scale = (_HEIGHT - 8) / ticks[-1]
    for tick in ticks:
        y = round(_HEIGHT - tick * scale, 1)
        yield Markup('<line class="grid" x1="%d" x2="%d" y1="%s" y2="%s"/>') % (
            _LEFT_UPRIGHT, _WIDTH, y, y,
        )  # fmt: skip
        yield _text(_LEFT_UPRIGHT - 6, y + 4, f"{tick:,}", "end")
    wide = (_WIDTH - _LEFT_UPRIGHT) / max(1, len(chart.bars))
    every = -(-len(chart.bars) // _MOST_LABELS)
    for number, bar in enumerate(chart.bars):
        x, below = _LEFT_UPRIGHT + number * wide, 0.0
        for one in bar.segments:
            if one.value:
                y = _HEIGHT - (below + one.value) * scale
                box = (x + wide * 0.1, y, wide * 0.8, one.value * scale)
                yield _piece(chart, bar, one, box)
                below += one.value
        if number % every == 0:
            yield _text(x + wide / 2, _HEIGHT + 22, bar.name, "middle")


def _lying(chart: Chart) -> Iterator[Markup]:
    room = _WIDTH - _NAMES - 24  # the last mark of the axis is centred on its end
    most = max((sum(one.value for one in bar.segments) for bar in chart.bars), default=0)
    ticks = whole_ticks(ceil(most))
    foot = _ROW * len(chart.bars)
    if not chart.shares:
        for tick in ticks:
            x = round(_NAMES + tick * room / ticks[-1], 1)
            yield Markup('<line class="grid" x1="%s" x2="%s" y1="0" y2="%d"/>') % (x, x, foot)
            yield _text(x, foot + 16, f"{tick:,}", "middle")
    for number, bar in enumerate(chart.bars):
        y = number * _ROW + (_ROW - _BAR) / 2
        yield _name(bar, y + 14)
        whole = sum(one.value for one in bar.segments) if chart.shares else ticks[-1]
        x = float(_NAMES)
        for one in bar.segments:
            if one.value and whole:
                width = one.value * room / whole
                yield _piece(chart, bar, one, (x, y, width, _BAR))
                text = one.text or f"{one.value:,}"
                if width > 7 * len(text) + 6:
                    tone = chart.series[one.series][1]
                    yield _text(x + 4, y + 13, text, "start", f"inside on-{tone}")
                x += width


def _piece(chart: Chart, bar: Bar, one: Segment, box: tuple[float, float, float, float]) -> Markup:
    name, tone = chart.series[one.series]
    x, y, width, height = (round(each, 1) for each in box)
    said = f"{bar.name}，{name} {one.value:,}"
    piece = Markup(
        '<rect class="%s" x="%s" y="%s" width="%s" height="%s"><title>%s</title></rect>'
    ) % (tone, x, y, width, height, said)
    return (
        Markup('<a href="%s" aria-label="%s" tabindex="-1">%s</a>') % (one.href, said, piece)
        if (one.href)
        else piece
    )


def _name(bar: Bar, y: float) -> Markup:
    most = (_NAMES - 12) // _LETTER
    short = bar.name if len(bar.name) <= most else bar.name[: most - 1] + "…"
    text = _text(_NAMES - 8, y, short, "end")
    named = Markup("<g><title>%s</title>%s</g>") % (bar.name, text)
    return Markup('<a href="%s" tabindex="-1">%s</a>') % (bar.href, named) if bar.href else named


def _text(x: float, y: float, text: str, anchor: str, sort: str = "") -> Markup:
    return Markup('<text class="%s" x="%s" y="%s" text-anchor="%s">%s</text>') % (
        sort or "label", round(x, 1), round(y, 1), anchor, text,
    )  # fmt: skip
