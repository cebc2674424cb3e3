"""How the cells of a row are read, as config/sources.toml sets it."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from streams.sources.tables.header_map import ColumnMap, Words

_YES: Final = frozenset(
    (
        *("是", "有", "y", "yes", "true", "1", "√", "已解决", "解决", "基本解决"),
        *("满意", "非常满意", "很满意", "基本满意", "较满意", "比较满意"),
        *("要求保密", "需要保密", "保密"),
    )
)
_NO: Final = frozenset(
    (
        *("否", "无", "n", "no", "false", "0", "×", "未解决", "不解决", "没有解决"),
        *("不满意", "非常不满意", "很不满意", "较不满意"),
        *("不要求保密", "不需要保密", "不保密", "无需保密", "公开"),
    )
)
_NOTHING: Final = frozenset(
    (
        *("-", "--", "—", "——", "/", "\\", "无", "暂无", "空"),
        *("null", "none", "nan", "n/a", "(null)"),
        *("未回复", "待回复", "暂无回复", "未答复", "未评价", "未回访"),
    )
)


class RowRules(ColumnMap):
    """The column map and the words and habits of one export."""

    yes: Words = _YES
    no: Words = _NO
    nothing: Words = _NOTHING
    """Words that stand for an empty cell in times, counts, yes/no and replies."""
    title_from_body: bool = False
    """The export has no title column: the first sentence of the text is the title."""
    reply_time_from_closing: bool = False
    """A reply without a time of its own was given when the order was closed."""
    cut_length: int | None = Field(default=None, gt=0)
    """A text of at least this length that ends in a cut mark was cut by the source."""
    cut_marks: tuple[str, ...] = ("...", "…")
    max_cell_chars: int = Field(default=1_000_000, gt=0)
    """A longer cell makes its row a dead letter."""
