"""What readers of files say stands beside the field that it is about, in the words of the page."""

from __future__ import annotations

import pytest

from desk.tables.beside import beside
from desk.tables.sheets import SHEETS


@pytest.mark.parametrize(
    ("sheet", "line", "key", "said"),
    [
        (
            "directory",
            "config/units.toml：[[event]] id = event-1 的 words：应为两个字以上的词，实际是“观”。",
            "words",
            "应为两个字以上的词，实际是“观”。",
        ),
        (
            "units",
            "overlay/units.toml 第 7 行：[[unit]] id = housing 的别名：应为只属于一个单位的名称。",
            "aliases",
            "应为只属于一个单位的名称。",
        ),
        (
            "clocks",
            (
                "overlay/deadlines.toml 第 1 行 表 [clock.第 3 项（id = reply）] 键 days：找到 0，"
                "应为不小于 1。请改正后重试"
            ),
            "days",
            "找到 0，应为不小于 1。请改正后重试",
        ),
        (
            "clocks",
            (
                "overlay/deadlines.toml 第 1 行：[[clock]] id = reply：working_days、days、hours "
                "必须且只能写一个，实际写了 working_days、days。"
            ),
            "working_days",
            "工作日、自然日、小时 必须且只能写一个，实际写了 工作日、自然日。",
        ),
        (
            "clocks",
            "overlay/deadlines.toml 第 4 行 表 [clock.第 3 项.when] 键 kind 第 1 项：应为以下之一",
            "when.kind",
            "应为以下之一",
        ),
    ],
)
def test_a_line_stands_beside_its_field(sheet: str, line: str, key: str, said: str) -> None:
    assert beside(SHEETS[sheet], [line]) == ({key: said}, [])


def test_what_is_about_another_file_or_no_field_stays_as_it_is() -> None:
    lines = [
        "overlay/units.toml 第 7 行：[[unit]] id = housing 的 words：应为别的",
        "overlay/deadlines.toml 第 1 行：没有“x”这一行可以修改或停用",
        "单位“县气象局”有账号 a，不能去掉",
    ]
    assert beside(SHEETS["clocks"], lines) == ({}, lines)
