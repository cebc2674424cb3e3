"""The days of a hotspot as a small picture, drawn on the server like the charts of the board."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from markupsafe import Markup

from cases.figures.buckets import Bucket

_WIDTH: Final = 180
_HEIGHT: Final = 32


def spread_picture(name: str, buckets: Sequence[Bucket], spread: Sequence[int]) -> Markup:
    """One bar for each day, week or month; what it counts is its title."""
    most = max(spread, default=0) or 1
    wide = _WIDTH / max(1, len(buckets))
    bars = [
        Markup(
            '<rect class="c0" x="%s" y="%s" width="%s" height="%s"><title>%s：%d 件</title></rect>'
        )
        % (
            round(number * wide, 1),
            round(_HEIGHT * (1 - count / most), 1),
            round(max(1.0, wide * 0.8), 1),
            round(_HEIGHT * count / most, 1),
            _days(bucket),
            count,
        )
        for number, (bucket, count) in enumerate(zip(buckets, spread, strict=True))
        if count
    ]
    head = Markup('<svg viewBox="0 0 %d %d" role="img" aria-label="%s">') % (
        _WIDTH,
        _HEIGHT + 1,
        f"“{name}”的来件分布，最多一格 {max(spread, default=0)} 件",
    )
    foot = Markup('<line class="grid" x1="0" x2="%d" y1="%d" y2="%d"/></svg>')
    return head + Markup("").join(bars) + foot % (_WIDTH, _HEIGHT, _HEIGHT)


def _days(bucket: Bucket) -> str:
    first = bucket.first.isoformat()
    return first if bucket.first == bucket.last else f"{first} 至 {bucket.last.isoformat()}"
