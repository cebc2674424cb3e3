"""Words that platforms use for yes, no and nothing."""

from __future__ import annotations

from typing import Final

YES: Final = frozenset(
    {"是", "有", "true", "1", "y", "yes", "已解决", "解决", "基本解决", "满意", "非常满意"}
    | {"很满意", "基本满意", "比较满意", "要求保密", "需要保密", "保密"}
)
NO: Final = frozenset(
    {"否", "无", "false", "0", "n", "no", "未解决", "不解决", "没有解决", "不满意", "非常不满意"}
    | {"很不满意", "不要求保密", "不需要保密", "不保密", "无需保密", "公开"}
)
NOTHING: Final = frozenset(
    {"", "-", "--", "—", "/", "无", "暂无", "空", "null", "none", "(null)", "暂无回复", "未回复"}
    | {"待回复", "未答复", "未评价", "未回访"}
)
"""Words that stand for an empty value in times, replies and yes/no."""
